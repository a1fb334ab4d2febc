/** What opens a job of a search, sealed to a process of its provider: HPKE as in envelope.ts, in base mode. */
import { concatBytes } from '@noble/hashes/utils.js';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import type { Hash } from '../protocol/hash.ts';
import { jobSecretInfo } from '../protocol/provider-jobs.ts';
import { CONTENT_KEY_BYTES } from './content.ts';
import type { SealKeyPair } from './envelope.ts';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

export interface JobSecret {
  readonly contentKey: Uint8Array;
  readonly datasetKey: Uint8Array;
  /** Specification and job: ml/search/task-bytes.ts. */
  readonly job: Uint8Array;
}

export interface SealedSecret {
  readonly encapsulated: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** `to`: a raw X25519 key of 32 bytes; one that is none throws. */
export async function sealJobSecret(
  to: Uint8Array,
  { contentKey, datasetKey, job }: JobSecret,
  genesisHash: Hash,
  order: Uint8Array,
): Promise<SealedSecret> {
  const key = await suite.DeserializePublicKey(to);
  const options = { info: jobSecretInfo(genesisHash), aad: order };
  const sealed = await suite.Seal(key, concatBytes(contentKey, datasetKey, job), options);
  return { encapsulated: sealed.encapsulatedSecret, ciphertext: sealed.ciphertext };
}

/** Undefined for what was not sealed to this key, for this order and network. */
export async function openJobSecret(
  pair: SealKeyPair,
  { encapsulated, ciphertext }: SealedSecret,
  genesisHash: Hash,
  order: Uint8Array,
): Promise<JobSecret | undefined> {
  // HPKE would derive the public key from the secret; giving both spares that.
  const [privateKey, publicKey] = await Promise.all([
    suite.DeserializePrivateKey(pair.secretKey),
    suite.DeserializePublicKey(pair.publicKey),
  ]);
  try {
    const options = { info: jobSecretInfo(genesisHash), aad: order };
    const plain = await suite.Open({ privateKey, publicKey }, encapsulated, ciphertext, options);
    const keys = 2 * CONTENT_KEY_BYTES;
    if (plain.length <= keys) return undefined;
    const [contentKey, datasetKey] = [plain.slice(0, CONTENT_KEY_BYTES), plain.slice(CONTENT_KEY_BYTES, keys)];
    return { contentKey, datasetKey, job: plain.slice(keys) };
  } catch {
    return undefined;
  }
}

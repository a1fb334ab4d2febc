/**
 * The sealed envelope of an order (codec: protocol/order/sealed.ts). The payload is under the order's content key; the
 * content key is sealed once for each recipient by HPKE (RFC 9180, base mode): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-256-GCM. `info` names the network, `aad` the demander.
 */
import { x25519 } from '@noble/curves/ed25519.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { equalBytes, type Hash } from '../protocol/hash.ts';
import {
  decodeEnvelope,
  decodePayload,
  encodeEnvelope,
  encodePayload,
  type Grant,
  grantInfo,
  SEALED_VERSION,
  type SealedEnvelope,
  type SealedPayload,
} from '../protocol/order/sealed.ts';
import { BoundedCache } from './bounded-cache.ts';
import { CONTENT_KEY_BYTES, openContent, sealContent } from './content.ts';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** Raw X25519 keys of 32 bytes each. */
export interface SealKeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A fresh key pair, or the one of a given secret. */
export function newSealKeyPair(secretKey: Uint8Array = x25519.utils.randomSecretKey()): SealKeyPair {
  return { publicKey: x25519.getPublicKey(secretKey), secretKey };
}

type PublicKey = Awaited<ReturnType<typeof suite.DeserializePublicKey>>;
type ImportedPair = { readonly publicKey: PublicKey; readonly privateKey: PublicKey };

/** Every provider and checker that a network may have at once, with room. */
const PUBLIC_KEYS_MAX = 256;
// Keys are cached, not promises of keys: in workerd a promise belongs to the request that made it, and may die with it.
const publicKeys = new BoundedCache<PublicKey>(PUBLIC_KEYS_MAX);
/** By the array that holds the secret: it goes when its owner drops it. */
const keyPairs = new WeakMap<Uint8Array, ImportedPair>();

async function importPublic(raw: Uint8Array): Promise<PublicKey> {
  const id = bytesToHex(raw);
  let key = publicKeys.get(id);
  if (!key) {
    key = await suite.DeserializePublicKey(raw);
    publicKeys.set(id, key);
  }
  return key;
}

async function importPair(secretKey: Uint8Array, publicKey: Uint8Array): Promise<ImportedPair> {
  let pair = keyPairs.get(secretKey);
  if (!pair) {
    // HPKE would derive the public key from the secret; giving both spares that.
    pair = { publicKey: await importPublic(publicKey), privateKey: await suite.DeserializePrivateKey(secretKey) };
    keyPairs.set(secretKey, pair);
  }
  return pair;
}

export interface EnvelopeContents {
  readonly contentKey: Uint8Array;
  readonly payload: SealedPayload;
  /** X25519 keys: the providers that may come to serve the order, and the checker. */
  readonly recipients: readonly Uint8Array[];
  readonly genesisHash: Hash;
  readonly demander: Uint8Array;
}

async function sealGrant(to: Uint8Array, contents: EnvelopeContents): Promise<Grant> {
  const { encapsulatedSecret, ciphertext } = await suite.Seal(await importPublic(to), contents.contentKey, {
    info: grantInfo(contents.genesisHash),
    aad: contents.demander,
  });
  return { to, encapsulated: encapsulatedSecret, sealedKey: ciphertext };
}

function withoutRepeats(keys: readonly Uint8Array[]): Uint8Array[] {
  return keys.filter((key, i) => keys.findIndex((other) => equalBytes(other, key)) === i);
}

/** The envelope's bytes. Throws CodecError for too many recipients or too large a payload, and on a key that is none. */
export async function sealEnvelope(contents: EnvelopeContents): Promise<Uint8Array> {
  const [ciphertext, ...grants] = await Promise.all([
    sealContent(contents.contentKey, 'payload', encodePayload(contents.payload)),
    ...withoutRepeats(contents.recipients).map((to) => sealGrant(to, contents)),
  ]);
  return encodeEnvelope({ version: SEALED_VERSION, grants, ciphertext });
}

function readEnvelope(bytes: Uint8Array): SealedEnvelope | undefined {
  try {
    const envelope = decodeEnvelope(bytes);
    return envelope.version === SEALED_VERSION ? envelope : undefined;
  } catch {
    return undefined;
  }
}

/** The X25519 keys that hold a grant, or undefined when the bytes are no envelope. Tells who could open, not that they can. */
export function grantedKeys(bytes: Uint8Array): Uint8Array[] | undefined {
  return readEnvelope(bytes)?.grants.map((grant) => grant.to);
}

/** The content key, or undefined: no envelope, no grant for this key, or one from another network or demander. */
export async function openGrant(
  bytes: Uint8Array,
  secretKey: Uint8Array,
  publicKey: Uint8Array,
  genesisHash: Hash,
  demander: Uint8Array,
): Promise<Uint8Array | undefined> {
  const grant = readEnvelope(bytes)?.grants.find(({ to }) => equalBytes(to, publicKey));
  if (!grant) return undefined;
  const pair = await importPair(secretKey, publicKey);
  try {
    const options = { info: grantInfo(genesisHash), aad: demander };
    const contentKey = await suite.Open(pair, grant.encapsulated, grant.sealedKey, options);
    return contentKey.length === CONTENT_KEY_BYTES ? contentKey : undefined;
  } catch {
    return undefined;
  }
}

/** The payload under a content key that is known already, or undefined. */
export async function openPayload(bytes: Uint8Array, contentKey: Uint8Array): Promise<SealedPayload | undefined> {
  const envelope = readEnvelope(bytes);
  const plain = envelope && (await openContent(contentKey, 'payload', envelope.ciphertext));
  if (!plain) return undefined;
  try {
    return decodePayload(plain);
  } catch {
    return undefined;
  }
}

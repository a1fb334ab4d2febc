/**
 * ed25519 by WebCrypto behind the rule of protocol/ed25519.ts: the same verdict as the reference on every input, some twenty
 * times faster once a key is known. Where WebCrypto has no Ed25519 (browsers before 2025) the reference answers.
 *
 * The rule's parts that runtimes disagree on are decided here, before WebCrypto is asked: the key is canonical and
 * torsion-free, S < L, and a signature whose R is the identity goes to the reference, because the WebCrypto standard refuses
 * R of small order where RFC 8032's equation holds for that one. Any other R of small order, or not canonical, or with torsion,
 * differs from SB - kA, which is torsion-free: every runtime refuses it.
 */
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { hasCanonicalScalar, isUsableKey, sign, type VerifySignature, verifySignature } from '../protocol/ed25519.ts';
import { equalBytes } from '../protocol/hash.ts';
import { sha256 } from '../protocol/sha256.ts';
import { BoundedCache } from './bounded-cache.ts';
import { bufferSource } from './buffer-source.ts';

/** 4096 senders and seats and up to as many again: at most 4 MB. */
const PUBLIC_KEYS_MAX = 8192;
/** A network's own keys, and as many again: 13 seats, searcher and checker of nine regions, 64 providers. */
const SIGNING_KEYS_MAX = 256;
const IDENTITY = Uint8Array.of(1, ...new Uint8Array(31));
/** RFC 8410: version 0, algorithm 1.3.101.112, an octet string within an octet string of 32 bytes. */
const PKCS8_PREFIX = hexToBytes('302e020100300506032b657004220420');

/** `unusable`: the rule refuses the key. `reference`: WebCrypto can't take it. */
type KnownKey = CryptoKey | 'unusable' | 'reference';

// Keys are cached, not promises of keys: in workerd a promise belongs to the request that made it, and may die with it.
const knownKeys = new BoundedCache<KnownKey>(PUBLIC_KEYS_MAX);
/** By the seed's hash, so that no copy of a seed lies in the cache. */
const signingKeys = new BoundedCache<CryptoKey | 'reference'>(SIGNING_KEYS_MAX);

async function importPublic(publicKey: Uint8Array): Promise<KnownKey> {
  if (!isUsableKey(publicKey)) return 'unusable';
  try {
    return await crypto.subtle.importKey('raw', bufferSource(publicKey), { name: 'Ed25519' }, false, ['verify']);
  } catch {
    return 'reference';
  }
}

async function knownKey(publicKey: Uint8Array): Promise<KnownKey> {
  const id = bytesToHex(publicKey);
  let key = knownKeys.get(id);
  if (!key) {
    key = await importPublic(publicKey);
    knownKeys.set(id, key);
  }
  return key;
}

/** Equals `verifySignature` of protocol/ed25519.ts on every input, and on one of an `evmClaim` protocol/swap/verify.ts. */
export const verifyFast: VerifySignature = async (publicKey, message, signature, scheme = 'ed25519') => {
  if (scheme === 'evmClaim') {
    const { verifyClaim } = await import('../protocol/swap/verify.ts');
    return verifyClaim(publicKey, message, signature);
  }
  if (publicKey.length !== 32 || !hasCanonicalScalar(signature)) return false;
  const key = await knownKey(publicKey);
  if (key === 'unusable') return false;
  if (key === 'reference' || equalBytes(signature.subarray(0, 32), IDENTITY)) {
    return verifySignature(publicKey, message, signature);
  }
  return crypto.subtle.verify({ name: 'Ed25519' }, key, bufferSource(signature), bufferSource(message));
};

async function importSeed(seed: Uint8Array): Promise<CryptoKey | 'reference'> {
  try {
    const pkcs8 = bufferSource(concatBytes(PKCS8_PREFIX, seed));
    return await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, false, ['sign']);
  } catch {
    return 'reference';
  }
}

/**
 * Signs with a 32-byte seed. RFC 8032 signatures are deterministic, but a browser on CryptoKit adds randomness: what must be
 * the same twice is kept, not signed again.
 */
export async function signFast(seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  if (seed.length !== 32) throw new RangeError(`a seed of ${seed.length} bytes`);
  const id = bytesToHex(sha256(seed));
  let key = signingKeys.get(id);
  if (!key) {
    key = await importSeed(seed);
    signingKeys.set(id, key);
  }
  if (key === 'reference') return sign(seed, message);
  return new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, key, bufferSource(message)));
}

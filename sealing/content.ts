/**
 * Content under a content key: AES-256-GCM by WebCrypto. Bytes: nonce (12) || ciphertext || tag (16). The label is
 * authenticated, so that a trace can't be passed off as a result.
 *
 * Nonces are random: one key encrypts an order's payload, chunks, result and trace, at most some 2^17 messages, far below the
 * 2^32 at which NIST SP 800-38D stops trusting random 96-bit nonces.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { type ContentLabel, contentAad } from '../protocol/order/sealed.ts';
import { bufferSource } from './buffer-source.ts';

export const CONTENT_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes that a ciphertext is longer than its plaintext. */
export const SEALING_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

export function newContentKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(CONTENT_KEY_BYTES));
}

/** Imported keys by the array that holds them; they go when it goes, so no secret outlives its owner in a cache. */
const imported = new WeakMap<Uint8Array, CryptoKey>();

/** Throws RangeError unless the key has 32 bytes. Callers never write to a content key after its first use. */
async function aesKey(contentKey: Uint8Array): Promise<CryptoKey> {
  if (contentKey.length !== CONTENT_KEY_BYTES) throw new RangeError(`a content key of ${contentKey.length} bytes`);
  let key = imported.get(contentKey);
  if (!key) {
    key = await crypto.subtle.importKey('raw', bufferSource(contentKey), 'AES-GCM', false, ['encrypt', 'decrypt']);
    imported.set(contentKey, key);
  }
  return key;
}

function parameters(nonce: Uint8Array, label: ContentLabel) {
  return { name: 'AES-GCM', iv: bufferSource(nonce), additionalData: bufferSource(contentAad(label)) };
}

export async function sealContent(
  contentKey: Uint8Array,
  label: ContentLabel,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const key = await aesKey(contentKey);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(parameters(nonce, label), key, bufferSource(plaintext));
  return concatBytes(nonce, new Uint8Array(sealed));
}

/** The plaintext, or undefined when the bytes are not this key's under this label. */
export async function openContent(
  contentKey: Uint8Array,
  label: ContentLabel,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed.length < SEALING_OVERHEAD_BYTES) return undefined;
  const key = await aesKey(contentKey);
  const nonce = sealed.subarray(0, NONCE_BYTES);
  try {
    const ciphertext = bufferSource(sealed.subarray(NONCE_BYTES));
    return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, label), key, ciphertext));
  } catch {
    return undefined;
  }
}

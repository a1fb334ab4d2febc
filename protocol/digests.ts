/**
 * Many SHA-256 digests at once. A host that has a faster way to them, such as the HPU's kernel of four lanes, gives it at its
 * start; without one they are made one after another. The bytes are the same either way.
 */
import { sha256 } from './sha256.ts';

export const DIGEST_BYTES = 32;

export interface Digests {
  /** The digests, one behind the other, of `count` messages of `length` bytes that stand one behind the other. */
  hashMany(messages: Uint8Array, count: number, length: number): Uint8Array;
  /** As hashMany, of messages of any lengths. */
  hashEach(messages: readonly Uint8Array[]): Uint8Array;
  /** The root of protocol/merkle.ts over at least one leaf. */
  merkleRoot(leaves: readonly Uint8Array[]): Uint8Array;
}

/** Fewer messages leave lanes idle: one after another is as fast. */
const FEW = 4;

let host: Digests | undefined;

/** For all of this realm from here on. Undefined: one after another. */
export function useDigests(digests: Digests | undefined): void {
  host = digests;
}

/** The host's, for so many messages. */
export const hostDigests = (messages: number): Digests | undefined => (messages < FEW ? undefined : host);

export function hashMany(messages: Uint8Array, count: number, length: number): Uint8Array {
  const fast = hostDigests(count);
  if (fast) return fast.hashMany(messages, count, length);
  const digests = new Uint8Array(count * DIGEST_BYTES);
  for (let i = 0; i < count; i++) {
    digests.set(sha256(messages.subarray(i * length, (i + 1) * length)), i * DIGEST_BYTES);
  }
  return digests;
}

export function hashEach(messages: readonly Uint8Array[]): Uint8Array {
  const fast = hostDigests(messages.length);
  if (fast) return fast.hashEach(messages);
  const digests = new Uint8Array(messages.length * DIGEST_BYTES);
  for (const [i, message] of messages.entries()) digests.set(sha256(message), i * DIGEST_BYTES);
  return digests;
}

/** Digest `i` of those that stand one behind the other: a copy, so that keeping one does not keep all. */
export const digestAt = (digests: Uint8Array, i: number): Uint8Array =>
  digests.slice(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);

/** The same, not to be kept. */
export const digestView = (digests: Uint8Array, i: number): Uint8Array =>
  digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES);

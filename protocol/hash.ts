/**
 * The collision-resistant hash of the chain (white paper 3.1, CRH): SHA-256 with a domain tag.
 * `H(tag, parts...) = sha256(len(tag) || tag || part || part ...)`; every part but the last has a fixed length for a given
 * tag, so the concatenation is unambiguous.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256 } from './sha256.ts';

export type Hash = Uint8Array;
export const ZERO_HASH: Hash = new Uint8Array(32);

const prefixes = new Map<string, Uint8Array>();

/** `len(tag) || tag`, the first bytes of everything that is hashed or signed under `tag`. */
export function domain(tag: string): Uint8Array {
  let prefix = prefixes.get(tag);
  if (!prefix) {
    const bytes = utf8ToBytes(tag);
    prefix = concatBytes(new Uint8Array([bytes.length]), bytes);
    prefixes.set(tag, prefix);
  }
  return prefix;
}

export function taggedHash(tag: string, ...parts: Uint8Array[]): Hash {
  return sha256(domain(tag), ...parts);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Byte order, shorter first on a common prefix: the one tie-break of the protocol. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

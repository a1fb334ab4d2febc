/** Keys made from names: the same in every run. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { publicKeyOf } from '../../protocol/ed25519.ts';
import { taggedHash } from '../../protocol/hash.ts';

export interface KeyPair {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly address: string;
}

const made = new Map<string, KeyPair>();

export function keyPair(name: string): KeyPair {
  const known = made.get(name);
  if (known) return known;
  const seed = taggedHash('HAI/test-seed', utf8ToBytes(name));
  const key = publicKeyOf(seed);
  const pair = { name, seed, key, address: addressOf(key) };
  made.set(name, pair);
  return pair;
}

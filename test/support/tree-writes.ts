/** Random writes to a state tree, and the plain map that they make. */
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { taggedHash } from '../../protocol/hash.ts';
import { leaf, type StateTree } from '../../protocol/state/node.ts';
import { setLeaves } from '../../protocol/state/tree.ts';

export interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly sum: bigint;
}

/** A few shared prefixes, so that keys part at any depth, the last bit included. */
export const treeKey = fc
  .tuple(fc.constantFrom(0, 1, 0x80), fc.nat(255), fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1))
  .map(([first, second, tail, last]) => {
    const bytes = new Uint8Array(32);
    bytes.set([first, second], 0);
    bytes.set([tail, last], 30);
    return bytes;
  });

export const treeWrite: fc.Arbitrary<Write> = fc.record({
  key: treeKey,
  value: fc.nat(5).map((n) => taggedHash('value', Uint8Array.of(n))),
  sum: fc.bigInt({ min: 0n, max: 10n ** 12n }),
});

/** Last write of each key, in key order. */
export function plainMap(writes: readonly Write[]): Write[] {
  const map = new Map(writes.map((one) => [bytesToHex(one.key), one]));
  return [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

export const treeOf = (writes: readonly Write[]): StateTree =>
  setLeaves(
    undefined,
    plainMap(writes).map(({ key, value, sum }) => leaf(key, value, sum)),
  );

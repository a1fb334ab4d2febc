/** The state tree against a plain map: the root depends on what is in it, not on how it got there. */
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { taggedHash, ZERO_HASH } from '../../../protocol/hash.ts';
import { leaf, type StateTree } from '../../../protocol/state/node.ts';
import { setLeaf, setLeaves, treeRoot } from '../../../protocol/state/tree.ts';
import { plainMap, treeOf, treeWrite, type Write } from '../../support/tree-writes.ts';

const inserted = (writes: readonly Write[], start?: StateTree): StateTree =>
  writes.reduce<StateTree>((tree, { key: at, value, sum }) => setLeaf(tree, at, value, sum), start);

/** The same root straight from the definition: split the sorted keys at the first bit in which they differ. */
function rootOf(leaves: readonly Write[]): { hash: Uint8Array; sum: bigint } {
  const u64 = (value: bigint) => Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  const [only] = leaves;
  if (!only) return { hash: ZERO_HASH, sum: 0n };
  if (leaves.length === 1)
    return { hash: taggedHash('HAI/leaf/1', only.key, only.value, u64(only.sum)), sum: only.sum };
  const bits = (one: Write) => [...one.key].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const [low, high] = [bits(only), bits(leaves.at(-1) as Write)];
  const bit = [...low].findIndex((digit, i) => digit !== high[i]);
  const left = rootOf(leaves.filter((one) => bits(one)[bit] === '0'));
  const right = rootOf(leaves.filter((one) => bits(one)[bit] === '1'));
  const where = Uint8Array.of(bit & 255, bit >> 8);
  const hash = taggedHash('HAI/branch/1', where, left.hash, u64(left.sum), right.hash, u64(right.sum));
  return { hash, sum: left.sum + right.sum };
}

const expectedRoot = (writes: readonly Write[]) => rootOf(plainMap(writes));

describe('the state tree', () => {
  test('equals the definition over the last write of each key, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (writes, shuffle) => {
        const last = plainMap(writes);
        const expected = rootOf(last);
        const { hash, sum } = treeRoot(inserted(writes));
        expect({ hash, sum }).toEqual(expected);
        const ranks = new Map(last.map((one) => [one, shuffle.next().value]));
        const shuffled = [...last].sort((a, b) => (ranks.get(a) as number) - (ranks.get(b) as number));
        expect(treeRoot(inserted(shuffled)).hash).toEqual(expected.hash);
        expect(treeRoot(treeOf(writes)).hash).toEqual(expected.hash);
      }),
    );
  });

  test('takes many leaves at once as one after another', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { maxLength: 30 }), fc.array(treeWrite, { maxLength: 30 }), (before, writes) => {
        const leaves = plainMap(writes).map(({ key: at, value, sum }) => leaf(at, value, sum));
        const tree = inserted(before);
        expect(treeRoot(setLeaves(tree, leaves))).toMatchObject(expectedRoot([...before, ...writes]));
      }),
    );
  });

  test('sums to the balances', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { maxLength: 30 }), (writes) => {
        expect(treeRoot(inserted(writes)).sum).toBe(plainMap(writes).reduce((sum, one) => sum + one.sum, 0n));
      }),
    );
  });

  test('any change of a value, a sum or a key changes the root', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { minLength: 1, maxLength: 20 }), treeWrite, (writes, extra) => {
        const before = treeRoot(inserted(writes)).hash;
        const same = plainMap(writes).find((one) => bytesToHex(one.key) === bytesToHex(extra.key));
        const unchanged = same && bytesToHex(same.value) === bytesToHex(extra.value) && same.sum === extra.sum;
        const after = treeRoot(inserted([extra], inserted(writes))).hash;
        expect(bytesToHex(after) === bytesToHex(before)).toBe(unchanged === true);
      }),
    );
  });

  test('is persistent: an update leaves the old tree as it was', () => {
    fc.assert(
      fc.property(fc.array(treeWrite, { minLength: 1 }), treeWrite, (writes, extra) => {
        const tree = inserted(writes);
        const before = bytesToHex(treeRoot(tree).hash);
        inserted([extra], tree);
        expect(bytesToHex(treeRoot(tree).hash)).toBe(before);
      }),
    );
  });

  test('empty is zero', () => {
    expect(treeRoot(undefined)).toEqual({ hash: ZERO_HASH, sum: 0n });
  });
});

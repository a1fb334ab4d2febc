/** Many digests at once: the same bytes with the host's kernel as without, wherever the chain makes them. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sha256Kernel } from '../../../hpu/hash/sha256.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { type Digests, digestAt, hashEach, hashMany, useDigests } from '../../../protocol/digests.ts';
import { merkleRoot } from '../../../protocol/merkle.ts';
import { sha256 } from '../../../protocol/sha256.ts';
import { areAsStated, branch, hashTree, leaf, type StateNode, stub } from '../../../protocol/state/node.ts';
import { setLeaves, treeRoot } from '../../../protocol/state/tree.ts';
import { plainMap, treeOf, treeWrite } from '../../support/tree-writes.ts';

const kernel = sha256Kernel(loadKernel('sha256'));
afterEach(() => useDigests(undefined));

const withKernel = <T>(make: () => T): T => {
  useDigests(kernel);
  try {
    return make();
  } finally {
    useDigests(undefined);
  }
};

describe('with the kernel as without', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });

  test('digests of messages', () => {
    fc.assert(
      fc.property(messages, (each) => {
        const digests = withKernel(() => hashEach(each));
        expect(digests).toEqual(hashEach(each));
        for (const [i, message] of each.entries()) expect(digestAt(digests, i)).toEqual(sha256(message));
      }),
    );
    fc.assert(
      fc.property(fc.nat(40), fc.nat(130), fc.nat(255), (count, length, seed) => {
        const bytes = Uint8Array.from({ length: count * length }, (_, i) => i * 7 + seed);
        expect(withKernel(() => hashMany(bytes, count, length))).toEqual(hashMany(bytes, count, length));
      }),
    );
  });

  test('Merkle roots', () => {
    fc.assert(
      fc.property(messages, (each) => void expect(withKernel(() => merkleRoot(each))).toEqual(merkleRoot(each))),
    );
  });

  test('state trees, built and changed', () => {
    const writes = fc.array(treeWrite, { maxLength: 60 });
    fc.assert(
      fc.property(writes, writes, (before, after) => {
        const changed = () => {
          const leaves = plainMap(after).map(({ key, value, sum }) => leaf(key, value, sum));
          const { hash, sum } = treeRoot(setLeaves(treeOf(before), leaves));
          return { hash, sum };
        };
        expect(withKernel(changed)).toEqual(changed());
      }),
    );
  });
});

test('the kernel is asked for many, and not for a few', () => {
  const host: Digests = {
    hashMany: vi.fn(kernel.hashMany),
    hashEach: vi.fn(kernel.hashEach),
    merkleRoot: vi.fn(kernel.merkleRoot),
  };
  useDigests(host);
  const messages = Array.from({ length: 4 }, (_, i) => Uint8Array.of(i));
  hashEach(messages.slice(1));
  hashMany(new Uint8Array(3), 3, 1);
  merkleRoot(messages.slice(1));
  expect([host.hashMany, host.hashEach, host.merkleRoot].map((of) => vi.mocked(of).mock.calls.length)).toEqual([
    0, 0, 0,
  ]);
  hashEach(messages);
  hashMany(new Uint8Array(4), 4, 1);
  merkleRoot(messages);
  expect([host.hashMany, host.hashEach, host.merkleRoot].map((of) => vi.mocked(of).mock.calls.length)).toEqual([
    1, 1, 1,
  ]);
});

describe('branches that are said to have a hash', () => {
  const key = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? n : 0));
  const sides = (): [StateNode, StateNode] => [leaf(key(0), key(1), 1n), leaf(key(0x80), key(2), 2n)];
  const { hash } = branch(0, ...sides());
  const stated = (said: Uint8Array, bit = 0, [left, right] = sides()) => ({ ...plain(bit, left, right), hash: said });
  const plain = (bit: number, left: StateNode, right: StateNode) =>
    ({ kind: 'branch', bit, key: left.key, left, right, sum: left.sum + right.sum }) as const;

  test('have it, or one of them does not', () => {
    expect(areAsStated([])).toBe(true);
    expect(areAsStated([stated(hash), stated(hash)])).toBe(true);
    for (let byte = 0; byte < 32; byte++) {
      const other = hash.map((one, i) => one ^ Number(i === byte));
      expect(areAsStated([stated(hash), stated(other)])).toBe(false);
    }
    expect(areAsStated([stated(hash, 1)])).toBe(false);
    const [left, right] = sides();
    expect(areAsStated([stated(hash, 0, [right, left])])).toBe(false);
    expect(areAsStated([stated(hash, 0, [left, stub({ hash: right.hash, sum: right.sum + 1n })])])).toBe(false);
  });
});

test('a hash that is asked for early is the one that all get at once', () => {
  const make = () => branch(3, branch(9, ...two(0)), branch(7, ...two(0x10)));
  const two = (from: number): [StateNode, StateNode] => [
    leaf(
      Uint8Array.from({ length: 32 }, () => from),
      new Uint8Array(32).fill(1),
      1n,
    ),
    leaf(
      Uint8Array.from({ length: 32 }, () => from + 1),
      new Uint8Array(32).fill(2),
      2n,
    ),
  ];
  const [early, late] = [make(), make()];
  const expected = early.hash;
  hashTree(late);
  expect(late.hash).toEqual(expected);
  hashTree(early);
  expect(early.hash).toEqual(expected);
});

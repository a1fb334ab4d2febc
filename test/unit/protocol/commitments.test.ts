/** The commitment tree against a plain one, and Poseidon against circomlib's own vectors. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO_HASH } from '../../../protocol/hash.ts';
import { fieldBytes, fieldElement, poseidon2 } from '../../../protocol/poseidon.ts';
import {
  appended,
  COMMITMENT_DEPTH,
  commitmentPath,
  commitmentRoot,
  type Frontier,
  NO_COMMITMENTS,
  verifyCommitment,
} from '../../../protocol/state/commitments.ts';

describe('poseidon2', () => {
  // github.com/iden3/circomlib, test/poseidoncircuit.js, "hash t=3".
  test.each([
    [1n, 2n, 7853200120776062878684798364095072458815029376092732009249414926327459813530n],
    [3n, 4n, 14763215145315200506921711489642608356394854266165572616578112107564877678998n],
  ])('of %s and %s is circomlib’s', (left, right, hash) => {
    expect(poseidon2(left, right)).toBe(hash);
  });
});

const frontierOver = (leaves: readonly Uint8Array[]): Frontier => leaves.reduce(appended, NO_COMMITMENTS);

/** Level by level over all leaves, the empty ones on the right folded as the roots of empty subtrees. */
function plainRoot(leaves: readonly bigint[]): bigint {
  let [nodes, zero] = [[...leaves], 0n];
  for (let level = 0; level < COMMITMENT_DEPTH; level++) {
    const next: bigint[] = [];
    for (let i = 0; i < nodes.length; i += 2) next.push(poseidon2(nodes[i] ?? zero, nodes[i + 1] ?? zero));
    [nodes, zero] = [next, poseidon2(zero, zero)];
  }
  return nodes[0] ?? zero;
}

const someLeaves = fc.array(fc.bigInt({ min: 1n, max: 1n << 250n }), { minLength: 1, maxLength: 20 });

describe('the commitment tree', () => {
  test('has, from its frontier alone, the root of the plain tree, and proves every leaf', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), (elements, at) => {
        const leaves = elements.map(fieldBytes);
        const root = commitmentRoot(frontierOver(leaves));
        expect(fieldElement(root)).toBe(plainRoot(elements));
        const index = at % leaves.length;
        const leaf = leaves[index] as Uint8Array;
        const path = commitmentPath(leaves, index);
        expect(verifyCommitment(leaf, BigInt(index), path, root)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  test('is all zero while it is empty, and each append changes the root', () => {
    expect(commitmentRoot(NO_COMMITMENTS)).toEqual(ZERO_HASH);
    let frontier = NO_COMMITMENTS;
    const roots = new Set<string>();
    for (let i = 1n; i <= 9n; i++) {
      frontier = appended(frontier, fieldBytes(5n));
      roots.add(String(commitmentRoot(frontier)));
      expect(frontier.count).toBe(i);
      expect(frontier.peaks).toHaveLength(i.toString(2).replaceAll('0', '').length);
    }
    expect(roots.size).toBe(9);
  });

  test('takes no zero, no more than the field has, and no leaf beyond its last', () => {
    expect(() => appended(NO_COMMITMENTS, ZERO_HASH)).toThrow('not a commitment');
    expect(() => appended(NO_COMMITMENTS, new Uint8Array(32).fill(255))).toThrow('not a commitment');
    const full = { count: (1n << 32n) - 1n, peaks: Array.from({ length: 32 }, () => fieldBytes(1n)) };
    expect(() => appended(full, fieldBytes(1n))).toThrow('full');
  });

  const leaves = [11n, 12n, 13n, 14n, 15n].map(fieldBytes);
  const root = commitmentRoot(frontierOver(leaves));
  const path = commitmentPath(leaves, 2);
  const leaf = leaves[2] as Uint8Array;
  const changed = path.map((hash, level) => (level === 7 ? fieldBytes(1n) : hash));
  test.each<[string, [Uint8Array, bigint, Uint8Array[], Uint8Array]]>([
    ['another leaf', [leaves[3] as Uint8Array, 2n, path, root]],
    ['another place', [leaf, 3n, path, root]],
    ['a place beyond the tree', [leaf, (1n << 32n) + 2n, path, root]],
    ['a negative place', [leaf, -1n, path, root]],
    ['another root', [leaf, 2n, path, fieldBytes(9n)]],
    ['a shorter path', [leaf, 2n, path.slice(0, -1), root]],
    ['a longer path', [leaf, 2n, [...path, fieldBytes(0n)], root]],
    ['another sibling', [leaf, 2n, changed, root]],
    ['a sibling that is no element', [leaf, 2n, path.map(() => new Uint8Array(32).fill(255)), root]],
    ['an inner node as a leaf', [fieldBytes(poseidon2(13n, 14n)), 1n, path.slice(1), root]],
    ['an empty leaf', [ZERO_HASH, 5n, commitmentPath(leaves, 4), root]],
  ])('a proof fails with %s', (_, [one, index, siblings, under]) => {
    expect(verifyCommitment(leaf, 2n, path, root)).toBe(true);
    expect(verifyCommitment(one, index, siblings, under)).toBe(false);
  });

  test('proves no leaf that is not there', () => {
    expect(() => commitmentPath(leaves, 5)).toThrow(RangeError);
    expect(() => commitmentPath(leaves, -1)).toThrow(RangeError);
  });
});

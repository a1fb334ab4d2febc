import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { merklePath, merkleRoot, PATH_MAX, verifyMerklePath } from '../../../protocol/merkle.ts';

/**
 * The tree of eight leaves with which Certificate Transparency tests its RFC 6962 trees: the leaves, the roots of the first
 * 0 to 8 of them, and audit paths. Origin: google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc; since then in
 * transparency-dev/merkle. The root of none is SHA-256 of the empty string, as RFC 6962 section 2.1 has it.
 */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hexToBytes,
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const FIRST_OF_EIGHT = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
];

describe('the tree of RFC 6962', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))('root of %i leaves', (size, root) => {
    expect(bytesToHex(merkleRoot(LEAVES.slice(0, size)))).toBe(root);
  });

  test('audit path of the first of eight leaves', () => {
    expect(merklePath(LEAVES, 0).map(bytesToHex)).toEqual(FIRST_OF_EIGHT);
    expect(
      verifyMerklePath(LEAVES[0] as Uint8Array, 0, 8, FIRST_OF_EIGHT.map(hexToBytes), hexToBytes(ROOTS[8] as string)),
    ).toBe(true);
  });

  test('a single leaf has an empty path; no leaf beyond the last has one', () => {
    expect(merklePath([LEAVES[0] as Uint8Array], 0)).toEqual([]);
    for (const index of [-1, 8, 0.5]) expect(() => merklePath(LEAVES, index)).toThrow(RangeError);
    expect(() => merklePath([], 0)).toThrow(RangeError);
  });
});

const leaves = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 });
const chosen = leaves.chain((all) => fc.record({ all: fc.constant(all), index: fc.nat(all.length - 1) }));

describe('paths', () => {
  test('every leaf verifies at its place', () => {
    fc.assert(
      fc.property(chosen, ({ all, index }) => {
        const path = merklePath(all, index);
        expect(path.length).toBeLessThanOrEqual(PATH_MAX);
        expect(verifyMerklePath(all[index] as Uint8Array, index, all.length, path, merkleRoot(all))).toBe(true);
      }),
    );
  });

  test('and at no other, nor with a longer, shorter or changed path, nor another leaf or root', () => {
    fc.assert(
      fc.property(chosen, fc.nat(50), fc.nat(), ({ all, index }, other, bit) => {
        const leaf = all[index] as Uint8Array;
        const root = merkleRoot(all);
        const path = merklePath(all, index);
        const verifies = (i: number, p: Uint8Array[], l = leaf, r = root, size = all.length) =>
          verifyMerklePath(l, i, size, p, r);
        const sameLeaf = other < all.length && bytesToHex(all[other] as Uint8Array) === bytesToHex(leaf);
        if (other !== index && !sameLeaf) expect(verifies(other, path)).toBe(false);
        expect(verifies(index, [...path, root])).toBe(false);
        if (path.length > 0) {
          expect(verifies(index, path.slice(1))).toBe(false);
          expect(verifies(index, path.slice(0, -1))).toBe(false);
          const at = bit % path.length;
          const changed = path.map((hash, i) =>
            i === at ? hash.map((byte, n) => (n === bit % 32 ? byte ^ 1 : byte)) : hash,
          );
          expect(verifies(index, changed)).toBe(false);
        }
        expect(verifies(index, path, Uint8Array.of(...leaf, 0))).toBe(false);
        expect(
          verifies(
            index,
            path,
            leaf,
            root.map((byte, n) => (n === bit % 32 ? byte ^ 1 : byte)),
          ),
        ).toBe(false);
      }),
    );
  });

  test('a root of another size proves nothing: neither of a smaller tree nor of a larger one', () => {
    const [a, b] = [LEAVES[0] as Uint8Array, LEAVES[1] as Uint8Array];
    const root = merkleRoot([a, b]);
    expect(verifyMerklePath(a, 0, 2, merklePath([a, b], 0), root)).toBe(true);
    expect(verifyMerklePath(a, 0, 4, merklePath([a, b], 0), root)).toBe(false);
    expect(verifyMerklePath(b, 1, 2, merklePath([a, b], 1), root)).toBe(true);
    expect(verifyMerklePath(b, 0, 1, merklePath([a, b], 1), root)).toBe(false);
  });

  test('an inner node is not a leaf', () => {
    const [a, b] = [LEAVES[0] as Uint8Array, LEAVES[1] as Uint8Array];
    const node = Uint8Array.of(...merkleRoot([a]), ...merkleRoot([b]));
    expect(merkleRoot([node])).not.toEqual(merkleRoot([a, b]));
  });

  test.each([
    [0, 0],
    [-1, 8],
    [8, 8],
    [0.5, 8],
    [0, Number.NaN],
  ])('no leaf %d of %d', (index, size) => {
    expect(verifyMerklePath(LEAVES[0] as Uint8Array, index, size, [], merkleRoot([LEAVES[0] as Uint8Array]))).toBe(
      false,
    );
  });
});

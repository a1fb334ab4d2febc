import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Kernel } from '../../../hpu/hash/sha256.ts';
import { loadKernel } from '../../../hpu/node.ts';
import { leafHash, merklePath, merkleRoot, verifyMerklePath } from '../../../protocol/merkle.ts';
import vectors from '../../vectors/sha256.json' with { type: 'json' };

const kernel = sha256Kernel(loadKernel('sha256'));
const numbered = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => new Uint8Array(length).fill(i % 251));

/** The audit path of a leaf, read off the levels. */
function pathOf(levels: readonly Uint8Array[], index: number): Uint8Array[] {
  return levels.flatMap((level, height) => {
    const at = (Math.floor(index / 2 ** height) ^ 1) * 32;
    return at < level.length ? [level.slice(at, at + 32)] : [];
  });
}

describe('Merkle trees in four lanes', () => {
  it('gives the roots of Certificate Transparency', () => {
    const leaves = vectors.leaves.map((hex) => hexToBytes(hex));
    const roots = leaves.map((_, i) => bytesToHex(kernel.merkleRoot(leaves.slice(0, i + 1))));
    expect(roots).toEqual(vectors.roots);
  });

  it('equals protocol/merkle.ts for 0 to 70 leaves', () => {
    for (let count = 0; count <= 70; count++) {
      const leaves = numbered(count, count);
      expect(kernel.merkleRoot(leaves), `${count} leaves`).toEqual(merkleRoot(leaves));
    }
  });

  it('equals it for leaves of any lengths', () => {
    const leaf = fc.oneof(
      fc
        .constantFrom(0, 1, 54, 55, 62, 63, 64, 118, 119, 126, 127, 128)
        .map((length) => new Uint8Array(length).fill(1)),
      fc.uint8Array({ maxLength: 400 }),
    );
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 40 }), (leaves) => {
        expect(kernel.merkleRoot(leaves)).toEqual(merkleRoot(leaves));
      }),
      { numRuns: 300 },
    );
  });

  it('equals it over more nodes than one batch holds', () => {
    const leaves = numbered(4_101, 3);
    expect(kernel.merkleRoot(leaves)).toEqual(merkleRoot(leaves));
  });

  it('gives levels from which every audit path can be read', () => {
    for (const count of [1, 2, 3, 5, 6, 7, 8, 13]) {
      const leaves = numbered(count, 20);
      const levels = kernel.merkleLevels(leaves);
      expect(levels[0]).toEqual(concatBytes(...leaves.map(leafHash)));
      expect(levels.at(-1)).toEqual(merkleRoot(leaves));
      for (let index = 0; index < count; index++) expect(pathOf(levels, index)).toEqual(merklePath(leaves, index));
    }
    expect(kernel.merkleLevels([])).toEqual([]);
  });

  it('keeps leaves and nodes apart, and order', () => {
    const leaves = numbered(4, 32);
    const root = kernel.merkleRoot(leaves);
    const [hashes = new Uint8Array(0), nodes = new Uint8Array(0)] = kernel.merkleLevels(leaves);
    const forged = [hashes.subarray(0, 64), hashes.subarray(64)];
    expect(kernel.merkleRoot(forged)).not.toEqual(root);
    expect(kernel.merkleRoot([nodes])).not.toEqual(root);
    expect(kernel.merkleRoot([...leaves].reverse())).not.toEqual(root);
    expect(verifyMerklePath(leaves[1] as Uint8Array, 1, 4, pathOf(kernel.merkleLevels(leaves), 1), root)).toBe(true);
    expect(verifyMerklePath(leaves[1] as Uint8Array, 2, 4, pathOf(kernel.merkleLevels(leaves), 1), root)).toBe(false);
  });
});

import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../protocol/codec.ts';
import { EMPTY_LOG, type LogFrontier, logFrontierCodec, logRoot, withLeaf } from '../../../protocol/log/frontier.ts';
import {
  consistencyNodes,
  inclusionNodes,
  type LogNode,
  proofOfNodes,
  rootOfNodes,
  treeNodes,
} from '../../../protocol/log/make-proof.ts';
import {
  decodeConsistencyProof,
  decodeInclusionProof,
  encodeConsistencyProof,
  encodeInclusionProof,
} from '../../../protocol/log/proof-file.ts';
import { verifyConsistency, verifyInclusion } from '../../../protocol/log/verify-proof.ts';
import { leafHash, merklePath, merkleRoot } from '../../../protocol/merkle.ts';
import { flipsRefused } from '../../support/flip.ts';
import vectors from '../../vectors/merkle-proofs.json' with { type: 'json' };

/** Certificate Transparency's eight leaves; their roots are in test/unit/protocol/merkle.test.ts. */
const EIGHT = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hexToBytes,
);

const numbered = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Uint8Array.of(i & 255, i >> 8));
const treeOf = (leaves: readonly Uint8Array[]): LogFrontier =>
  leaves.reduce((frontier, leaf) => withLeaf(frontier, leafHash(leaf)), EMPTY_LOG);
/** Nodes from the definition: the root over the leaves below. */
const nodesOf =
  (leaves: readonly Uint8Array[]) =>
  ({ level, index }: LogNode): Uint8Array => {
    const width = 2 ** level;
    const from = Number(index) * width;
    const below = leaves.slice(from, from + width);
    expect(below).toHaveLength(width);
    return merkleRoot(below);
  };

/** Its two roots are one and the same text of 12 bytes: equal there, and no hashes here. */
const NO_HASHES = 'consistency/additional/sizes-are-equal-one-and-proof-is-empty.json';

const decoded = (hashes: readonly string[]): Uint8Array[] => hashes.map((hash) => base64.decode(hash));

describe("transparency-dev's proofs", () => {
  test('as many as there are', () => {
    expect(vectors.inclusion).toHaveLength(98);
    expect(vectors.consistency).toHaveLength(98);
    for (const kind of [vectors.inclusion, vectors.consistency]) {
      expect(kind.filter(({ wantErr }) => !wantErr).length).toBeGreaterThan(4);
    }
  });

  test.each(vectors.inclusion.map((one) => [one.file, one] as const))('%s', (_, one) => {
    const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = one;
    const verdict = verifyInclusion(
      base64.decode(leaf),
      BigInt(leafIdx),
      BigInt(treeSize),
      decoded(proof),
      base64.decode(root),
    );
    expect(verdict).toBe(!wantErr);
  });

  test.each(vectors.consistency.map((one) => [one.file, one] as const))('%s', (_, one) => {
    const { file, size1, root1, size2, root2, proof, wantErr } = one;
    const verdict = verifyConsistency(
      BigInt(size1),
      base64.decode(root1),
      BigInt(size2),
      base64.decode(root2),
      decoded(proof),
    );
    expect(verdict).toBe(!wantErr && file !== NO_HASHES);
  });
});

describe('the frontier', () => {
  test('names the root of every tree of 0 to 300 leaves', () => {
    const leaves = numbered(300);
    let frontier = EMPTY_LOG;
    expect(logRoot(frontier)).toEqual(merkleRoot([]));
    for (const [i, leaf] of leaves.entries()) {
      frontier = withLeaf(frontier, leafHash(leaf));
      expect(frontier.size).toBe(BigInt(i + 1));
      expect(logRoot(frontier)).toEqual(merkleRoot(leaves.slice(0, i + 1)));
    }
  });

  test('has one encoding; one with a peak too many or too few is refused', () => {
    const frontier = treeOf(EIGHT.slice(0, 7));
    expect(frontier.peaks).toHaveLength(3);
    expect(decode(logFrontierCodec, encode(logFrontierCodec, frontier))).toEqual(frontier);
    for (const size of [8n, 3n, 15n, 1n << 63n]) {
      expect(() => decode(logFrontierCodec, encode(logFrontierCodec, { ...frontier, size }))).toThrow('no frontier');
    }
  });

  test('the root comes from the full subtrees too', () => {
    for (let size = 1; size <= 70; size++) {
      const leaves = numbered(size);
      expect(rootOfNodes(treeNodes(BigInt(size)), nodesOf(leaves))).toEqual(merkleRoot(leaves));
    }
  });
});

describe('proofs that are made', () => {
  test('every leaf of every tree of up to 40: the path of merkle.ts, which verifies there and nowhere else', () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = numbered(size);
      const root = merkleRoot(leaves);
      for (let index = 0; index < size; index++) {
        const proof = proofOfNodes(inclusionNodes(BigInt(index), BigInt(size)), nodesOf(leaves));
        expect(proof).toEqual(merklePath(leaves, index));
        const leaf = leafHash(leaves[index] as Uint8Array);
        for (let other = 0; other < size; other++) {
          expect(verifyInclusion(leaf, BigInt(other), BigInt(size), proof, root)).toBe(other === index);
        }
      }
    }
  });

  test('every pair of trees of up to 40 leaves is consistent, and with no other root', () => {
    const leaves = numbered(40);
    const other = merkleRoot([Uint8Array.of(9)]);
    for (let size = 0; size <= 40; size++) {
      const root = merkleRoot(leaves.slice(0, size));
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const oldRoot = merkleRoot(leaves.slice(0, oldSize));
        const sizes = [BigInt(oldSize), BigInt(size)] as const;
        const proof = proofOfNodes(consistencyNodes(...sizes), nodesOf(leaves.slice(0, size)));
        expect(verifyConsistency(sizes[0], oldRoot, sizes[1], root, proof)).toBe(true);
        expect(verifyConsistency(sizes[0], other, sizes[1], root, proof)).toBe(false);
        // Nothing is known of what follows the empty tree: every tree does.
        if (oldSize > 0) expect(verifyConsistency(sizes[0], oldRoot, sizes[1], other, proof)).toBe(false);
        expect(verifyConsistency(sizes[0], oldRoot, sizes[1], root, [...proof, root])).toBe(false);
        if (oldSize < size) expect(verifyConsistency(sizes[1], root, sizes[0], oldRoot, proof)).toBe(false);
      }
    }
  });

  test('no leaf or tree beyond the last', () => {
    expect(() => inclusionNodes(8n, 8n)).toThrow(RangeError);
    expect(() => inclusionNodes(-2n, 8n)).toThrow(RangeError);
    expect(() => consistencyNodes(9n, 8n)).toThrow(RangeError);
  });

  test('a tree with one other leaf is a fork of the old one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (size, oldDraw, changedDraw) => {
        const leaves = numbered(size);
        const oldSize = 1 + (oldDraw % size);
        const changed = changedDraw % oldSize;
        const forked = leaves.map((leaf, i) => (i === changed ? Uint8Array.of(255, 255, 255) : leaf));
        const proof = proofOfNodes(consistencyNodes(BigInt(oldSize), BigInt(size)), nodesOf(forked));
        const oldRoot = merkleRoot(leaves.slice(0, oldSize));
        expect(verifyConsistency(BigInt(oldSize), oldRoot, BigInt(size), merkleRoot(forked), proof)).toBe(false);
      }),
    );
  });
});

describe('proofs in files', () => {
  const leaves = numbered(600);
  const [older, newer] = [merkleRoot(leaves.slice(0, 411)), merkleRoot(leaves)];

  test('each single byte of a consistency proof that is changed: refused', () => {
    const path = proofOfNodes(consistencyNodes(411n, 600n), nodesOf(leaves));
    const bytes = encodeConsistencyProof({ oldSize: 411n, size: 600n, path });
    const holds = (changed: Uint8Array): boolean => {
      const proof = decodeConsistencyProof(changed);
      if (proof?.oldSize !== 411n || proof.size !== 600n) return false;
      return verifyConsistency(proof.oldSize, older, proof.size, newer, proof.path);
    };
    expect(holds(bytes)).toBe(true);
    expect(flipsRefused(bytes, holds)).toBe(bytes.length);
    expect(decodeConsistencyProof(bytes.subarray(1))).toBeUndefined();
    expect(decodeConsistencyProof(Uint8Array.of(...bytes, 0))).toBeUndefined();
  });

  test('each single byte of an inclusion proof that is changed: refused', () => {
    const path = proofOfNodes(inclusionNodes(410n, 600n), nodesOf(leaves));
    const bytes = encodeInclusionProof({ index: 410n, size: 600n, path });
    const leaf = leafHash(leaves[410] as Uint8Array);
    const holds = (changed: Uint8Array): boolean => {
      const proof = decodeInclusionProof(changed);
      if (proof?.index !== 410n || proof.size !== 600n) return false;
      return verifyInclusion(leaf, proof.index, proof.size, proof.path, newer);
    };
    expect(holds(bytes)).toBe(true);
    expect(flipsRefused(bytes, holds)).toBe(bytes.length);
    expect(decodeInclusionProof(bytes.subarray(0, -1))).toBeUndefined();
  });
});

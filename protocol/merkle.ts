/**
 * MerkleCRH (white paper 3.1): the binary tree of RFC 6962 section 2.1 over SHA-256. Leaves are hashed under 0x00 and inner
 * nodes under 0x01, so that a node can't be passed off as a leaf (second preimage).
 */
import { hostDigests } from './digests.ts';
import { equalBytes, type Hash } from './hash.ts';
import { sha256 } from './sha256.ts';

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);
/** Depth of a tree of 2^32 leaves; no honest path is longer. */
export const PATH_MAX = 32;

export const leafHash = (leaf: Uint8Array): Hash => sha256(LEAF, leaf);
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(NODE, left, right);

/** The largest power of two smaller than n (n >= 2). */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function rootOfHashes(hashes: Hash[]): Hash {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0] as Hash;
  const k = splitPoint(hashes.length);
  return nodeHash(rootOfHashes(hashes.slice(0, k)), rootOfHashes(hashes.slice(k)));
}

export function merkleRoot(leaves: readonly Uint8Array[]): Hash {
  return hostDigests(leaves.length)?.merkleRoot(leaves) ?? rootOfHashes(leaves.map(leafHash));
}

/**
 * The root over the leaves of subtrees that stand in a row, from their roots: each subtree but the last has 2^k leaves, the
 * last at most as many. The tree splits at powers of two, so it splits between such subtrees first.
 */
export const merkleRootOfSubtrees = (roots: readonly Hash[]): Hash => rootOfHashes([...roots]);

function pathOfHashes(hashes: Hash[], index: number): Hash[] {
  if (hashes.length <= 1) return [];
  const k = splitPoint(hashes.length);
  return index < k
    ? [...pathOfHashes(hashes.slice(0, k), index), rootOfHashes(hashes.slice(k))]
    : [...pathOfHashes(hashes.slice(k), index - k), rootOfHashes(hashes.slice(0, k))];
}

/** Audit path of leaf `index`, leaf side first. */
export function merklePath(leaves: readonly Uint8Array[], index: number): Hash[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`);
  return pathOfHashes(leaves.map(leafHash), index);
}

/**
 * RFC 9162 section 2.1.3.2: the root that the path leads to, or undefined where no tree of this size has such a path: a wrong
 * index, or a path of another length.
 */
export function rootOfPath(leaf: Uint8Array, index: number, size: number, path: readonly Hash[]): Hash | undefined {
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return undefined;
  let fn = index;
  let sn = size - 1;
  let hash = leafHash(leaf);
  for (const sibling of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? hash : undefined;
}

/** False for any wrong leaf, index, size, path length or root. */
export function verifyMerklePath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): boolean {
  const reached = rootOfPath(leaf, index, size, path);
  return reached !== undefined && equalBytes(reached, root);
}

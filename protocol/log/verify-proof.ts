/**
 * Inclusion and consistency proofs of a log, verified by the algorithms of RFC 9162 (sections 2.1.3.2 and 2.1.4.2): each hash of a
 * proof is used exactly once, so a proof with a hash too many, too few or in another place is refused.
 */
import { equalBytes, type Hash } from '../hash.ts';
import { nodeHash } from '../merkle.ts';
import { sha256 } from '../sha256.ts';
import { SIZE_BITS } from './frontier.ts';

const HASH_BYTES = 32;

/** A tree of less than 2^63 leaves has no longer proof: a consistency proof names one node more than a path. */
export const PROOF_MAX = SIZE_BITS + 1;

const areHashes = (hashes: readonly Uint8Array[]): boolean =>
  hashes.length <= PROOF_MAX && hashes.every((hash) => hash.length === HASH_BYTES);

const isSize = (n: bigint): boolean => n >= 0n && n >> BigInt(SIZE_BITS) === 0n;

/**
 * Whether the leaf with this leaf hash stands at `index` (from 0) in the tree of `size` leaves under `root`. False for anything
 * that is wrong; never throws.
 */
export function verifyInclusion(leaf: Hash, index: bigint, size: bigint, proof: readonly Hash[], root: Hash): boolean {
  if (!isSize(size) || index < 0n || index >= size) return false;
  if (!areHashes([leaf, root]) || !areHashes(proof)) return false;
  let at = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if ((at & 1n) === 1n || at === last) {
      hash = nodeHash(sibling, hash);
      while ((at & 1n) === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equalBytes(hash, root);
}

/** What a consistency proof says the two roots are, or undefined where it has not as many hashes as the sizes want. */
function foldBoth(oldSize: bigint, size: bigint, proof: readonly Hash[]): { older: Hash; newer: Hash } | undefined {
  let at = oldSize - 1n;
  let last = size - 1n;
  // The old tree is a full subtree of the new one up to here: its nodes are the same in both.
  while ((at & 1n) === 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  const [first, ...rest] = proof;
  if (!first) return undefined;
  let older = first;
  let newer = first;
  for (const sibling of rest) {
    if (last === 0n) return undefined;
    if ((at & 1n) === 1n || at === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while ((at & 1n) === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      newer = nodeHash(newer, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? { older, newer } : undefined;
}

/**
 * Whether the tree of `oldSize` leaves under `oldRoot` is the beginning of the tree of `size` leaves under `root`. The empty tree is
 * the beginning of every tree, and a tree is consistent with itself: in both cases the proof is empty.
 */
export function verifyConsistency(
  oldSize: bigint,
  oldRoot: Hash,
  size: bigint,
  root: Hash,
  proof: readonly Hash[],
): boolean {
  if (!isSize(oldSize) || !isSize(size) || oldSize > size) return false;
  if (!areHashes([oldRoot, root]) || !areHashes(proof)) return false;
  if (oldSize === size) return proof.length === 0 && equalBytes(oldRoot, root);
  if (oldSize === 0n) return proof.length === 0 && equalBytes(oldRoot, sha256());
  // A full old tree is itself the proof's first node, which is therefore left out.
  const isFull = (oldSize & (oldSize - 1n)) === 0n;
  const roots = foldBoth(oldSize, size, isFull ? [oldRoot, ...proof] : proof);
  return roots !== undefined && equalBytes(roots.older, oldRoot) && equalBytes(roots.newer, root);
}

/**
 * Audit paths of many leaves of one tree: the tree of protocol/merkle.ts, hashed once and by levels. A window of events asks
 * for dozens of paths in one block; hashing the block anew for each would cost seconds on a full one.
 *
 * Pairing each level from the left and carrying a last odd node up unchanged gives the tree of RFC 6962 section 2.1, whose
 * left subtree is the largest full one.
 */
import type { Hash } from '../hash.ts';
import { leafHash, nodeHash } from '../merkle.ts';

export interface MerklePaths {
  /** Audit path of leaf `index`, leaf side first. RangeError for a leaf that is not there. */
  path(index: number): Hash[];
}

export function merklePathsOf(leaves: readonly Uint8Array[]): MerklePaths {
  const levels: Hash[][] = [leaves.map(leafHash)];
  for (let level = levels[0] as Hash[]; level.length > 1; ) {
    const above: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Hash, level[i + 1]];
      above.push(right ? nodeHash(left, right) : left);
    }
    levels.push(above);
    level = above;
  }
  return {
    path(index) {
      if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`);
      const siblings = levels.map((level, height) => level[Math.floor(index / 2 ** height) ^ 1]);
      // The last node of an odd level has no sibling there: it goes up as it is.
      return siblings.filter((hash) => hash !== undefined);
    },
  };
}

/**
 * The commitment to an order's results: the Merkle root over n salted leaves, one a prediction row, or one for a model.
 * The salt comes from the order's content key, so a root shows nothing of a label that could be guessed, while the
 * demander can open any single row to a third party.
 */
import { type Hash, taggedHash } from '../hash.ts';
import { merkleRoot, merkleRootOfSubtrees } from '../merkle.ts';

export function resultSalt(contentKey: Uint8Array): Hash {
  return taggedHash('HAI/result-salt/1', contentKey);
}

function indexBytes(index: number): Uint8Array {
  return new Uint8Array([index & 255, (index >>> 8) & 255, (index >>> 16) & 255, index >>> 24]);
}

export function resultLeaf(salt: Hash, index: number, result: Uint8Array): Hash {
  return taggedHash('HAI/result/1', salt, indexBytes(index), result);
}

/** Over results whose first one has the index `first`: 0 for all of them, its first row for a tile (order/tiles.ts). */
export function resultRoot(salt: Hash, results: readonly Uint8Array[], first = 0): Hash {
  return merkleRoot(results.map((result, i) => resultLeaf(salt, first + i, result)));
}

/** `resultRoot` over all rows, from the roots of all tiles in order. */
export const tiledResultRoot = (tileRoots: readonly Hash[]): Hash => merkleRootOfSubtrees(tileRoots);

/**
 * The state tree: a path-compressed sparse Merkle-sum tree over 256-bit keys (its nodes: node.ts). Persistent: an update makes
 * new nodes along the paths to what changed and shares the rest, so a proposed block costs nothing until it is taken.
 *
 * A tree may be partial: a stub stands for a subtree of which only hash and sum are known.
 */
import { equalBytes, type Hash, ZERO_HASH } from '../hash.ts';
import { branch, hashTree, type Leaf, leaf, type Root, type StateNode, type StateTree } from './node.ts';

/** Branches stand at bits 0 to 255, each below one of a smaller bit: the longest path has one at each. */
export const DEPTH_MAX = 256;

/** A key was asked for, or is to be changed, in a part of the tree that is not there. Never the same as absent. */
export class UncoveredKeyError extends Error {
  override name = 'UncoveredKeyError';
}

export const bitAt = (key: Uint8Array, bit: number): number => ((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1;

/** Index of the first differing bit, 256 when equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) {
    const difference = (a[i] as number) ^ (b[i] as number);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return 256;
}

/** Inserts or replaces one leaf. */
export function setLeaf(tree: StateTree, key: Uint8Array, valueHash: Hash, sum: bigint): StateNode {
  return setLeaves(tree, [leaf(key, valueHash, sum)]) as StateNode;
}

/** Inserts or replaces leaves of different keys, in any order. */
export function setLeaves(tree: StateTree, leaves: readonly Leaf[]): StateTree {
  const set = withLeaves(tree, leaves);
  hashTree(set);
  return set;
}

/** Without hashes. Recursion is at most DEPTH_MAX + 1 deep. */
function withLeaves(tree: StateTree, leaves: readonly Leaf[]): StateTree {
  const [first] = leaves;
  if (!first) return tree;
  if (!tree && leaves.length === 1) return first;
  if (tree && !tree.key) throw new UncoveredKeyError('a change below a stub');
  // The first bit at which any two of the keys, those of the tree included, part.
  const known = tree?.key ?? first.key;
  let bit = tree?.kind === 'branch' ? tree.bit : 256;
  for (const { key } of leaves) bit = Math.min(bit, firstDifference(known, key));
  if (bit === 256) return first;
  const low: Leaf[] = [];
  const high: Leaf[] = [];
  for (const one of leaves) (bitAt(one.key, bit) === 0 ? low : high).push(one);
  const [left, right] = sidesOf(tree, bit);
  return branch(bit, withLeaves(left, low) as StateNode, withLeaves(right, high) as StateNode);
}

/** What of the tree is on either side of `bit`: its children if it parts there, else the whole on one side. */
function sidesOf(tree: StateTree, bit: number): [StateTree, StateTree] {
  if (!tree) return [undefined, undefined];
  if (tree.kind === 'branch' && tree.bit === bit) return [tree.left, tree.right];
  return bitAt(tree.key as Uint8Array, bit) === 0 ? [tree, undefined] : [undefined, tree];
}

/**
 * The one leaf that has `key` if any has: each branch says by one bit of the key where to go. It may be another key's leaf: then
 * `key` is absent. Undefined in the empty tree. Throws UncoveredKeyError at a stub.
 */
export function leafTowards(tree: StateTree, key: Uint8Array): Leaf | undefined {
  let node = tree;
  while (node?.kind === 'branch') node = bitAt(key, node.bit) === 0 ? node.left : node.right;
  if (node?.kind === 'stub') throw new UncoveredKeyError('a key below a stub');
  return node;
}

export const treeRoot = (tree: StateTree): Root => tree ?? { hash: ZERO_HASH, sum: 0n };

export const sameRoot = (a: Root, b: Root): boolean => a.sum === b.sum && equalBytes(a.hash, b.hash);

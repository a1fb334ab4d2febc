/**
 * The state tree: a path-compressed sparse Merkle-sum tree over 256-bit keys. Each node carries the sum of the balances
 * below it, so the root states the supply. Persistent: an update makes new nodes along the paths to what changed and shares
 * the rest, so a proposed block costs nothing until it is taken.
 *
 * leaf   = H('HAI/leaf/1', key, valueHash, sum u64)
 * branch = H('HAI/branch/1', bit u16, left hash, left sum, right hash, right sum)
 *
 * A tree may be partial: a stub stands for a subtree of which only hash and sum are known.
 */
import { equalBytes, type Hash, taggedHash, ZERO_HASH } from '../hash.ts';

/** Branches stand at bits 0 to 255, each below one of a smaller bit: the longest path has one at each. */
export const DEPTH_MAX = 256;

export interface Leaf {
  readonly kind: 'leaf';
  readonly bit: 256;
  readonly key: Uint8Array;
  readonly valueHash: Hash;
  readonly hash: Hash;
  readonly sum: bigint;
}
export interface Branch {
  readonly kind: 'branch';
  /** The first bit at which the keys below differ; 0 is the most significant. */
  readonly bit: number;
  /** Any key below: shares all bits before `bit`. Undefined over two stubs, below which nothing can be found or changed. */
  readonly key: Uint8Array | undefined;
  readonly left: StateNode;
  readonly right: StateNode;
  readonly hash: Hash;
  readonly sum: bigint;
}
export interface Stub {
  readonly kind: 'stub';
  readonly key: undefined;
  readonly hash: Hash;
  readonly sum: bigint;
}
export type StateNode = Leaf | Branch | Stub;
export type StateTree = StateNode | undefined;

/** A key was asked for, or is to be changed, in a part of the tree that is not there. Never the same as absent. */
export class UncoveredKeyError extends Error {
  override name = 'UncoveredKeyError';
}

export interface Root {
  readonly hash: Hash;
  readonly sum: bigint;
}

function u64Bytes(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  const low = Number(value & 0xffffffffn);
  const high = Number((value >> 32n) & 0xffffffffn);
  for (let i = 0; i < 4; i++) {
    out[i] = low >>> (8 * i);
    out[i + 4] = high >>> (8 * i);
  }
  return out;
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

export const leafHashOf = (key: Uint8Array, valueHash: Hash, sum: bigint): Hash =>
  taggedHash('HAI/leaf/1', key, valueHash, u64Bytes(sum));

export function branchHashOf(bit: number, left: Root, right: Root): Hash {
  const bits = new Uint8Array([bit & 255, bit >> 8]);
  return taggedHash('HAI/branch/1', bits, left.hash, u64Bytes(left.sum), right.hash, u64Bytes(right.sum));
}

export function leaf(key: Uint8Array, valueHash: Hash, sum: bigint): Leaf {
  return { kind: 'leaf', bit: 256, key, valueHash, hash: leafHashOf(key, valueHash, sum), sum };
}

export function branch(bit: number, left: StateNode, right: StateNode): Branch {
  const hash = branchHashOf(bit, left, right);
  return { kind: 'branch', bit, key: left.key ?? right.key, left, right, hash, sum: left.sum + right.sum };
}

export const stub = ({ hash, sum }: Root): Stub => ({ kind: 'stub', key: undefined, hash, sum });

/** Inserts or replaces one leaf. */
export function setLeaf(tree: StateTree, key: Uint8Array, valueHash: Hash, sum: bigint): StateNode {
  return setLeaves(tree, [leaf(key, valueHash, sum)]) as StateNode;
}

/** Inserts or replaces leaves of different keys, in any order. Recursion is at most DEPTH_MAX + 1 deep. */
export function setLeaves(tree: StateTree, leaves: readonly Leaf[]): StateTree {
  const [first] = leaves;
  if (!first) return tree;
  if (!tree && leaves.length === 1) return first;
  if (tree && !tree.key) throw new UncoveredKeyError('a change below a stub');
  // The first bit at which any two of the keys, those of the tree included, part.
  const known = tree?.key ?? first.key;
  let bit = tree?.kind === 'branch' ? tree.bit : 256;
  for (const { key } of leaves) bit = Math.min(bit, firstDifference(known, key));
  if (bit === 256) return first;
  const low = leaves.filter(({ key }) => bitAt(key, bit) === 0);
  const high = leaves.filter(({ key }) => bitAt(key, bit) === 1);
  const [left, right] = sidesOf(tree, bit);
  return branch(bit, setLeaves(left, low) as StateNode, setLeaves(right, high) as StateNode);
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

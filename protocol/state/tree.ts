/**
 * The state tree: a path-compressed sparse Merkle-sum tree over 256-bit keys. Each node carries the sum of the balances
 * below it, so the root states the supply. Persistent: an update makes new nodes along one path and shares the rest, so
 * a proposed block costs nothing until it is taken.
 *
 * leaf   = H('HAI/leaf/1', key, valueHash, sum u64)
 * branch = H('HAI/branch/1', bit u16, left hash, left sum, right hash, right sum)
 */
import { type Hash, taggedHash, ZERO_HASH } from '../hash.ts';

interface Leaf {
  readonly bit: 256;
  readonly key: Uint8Array;
  readonly hash: Hash;
  readonly sum: bigint;
}
interface Branch {
  /** The first bit at which the keys below differ; 0 is the most significant. */
  readonly bit: number;
  /** Any key below: shares all bits before `bit`. */
  readonly key: Uint8Array;
  readonly left: StateNode;
  readonly right: StateNode;
  readonly hash: Hash;
  readonly sum: bigint;
}
type StateNode = Leaf | Branch;
export type StateTree = StateNode | undefined;

function u64Bytes(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  let rest = value;
  for (let i = 0; i < 8; i++) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}

const bitAt = (key: Uint8Array, bit: number): number => ((key[bit >> 3] as number) >> (7 - (bit & 7))) & 1;

/** Index of the first differing bit, 256 when equal. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) {
    const difference = (a[i] as number) ^ (b[i] as number);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return 256;
}

function leaf(key: Uint8Array, valueHash: Hash, sum: bigint): Leaf {
  return { bit: 256, key, hash: taggedHash('HAI/leaf/1', key, valueHash, u64Bytes(sum)), sum };
}

function branch(bit: number, left: StateNode, right: StateNode): Branch {
  const bits = new Uint8Array([bit & 255, bit >> 8]);
  const hash = taggedHash('HAI/branch/1', bits, left.hash, u64Bytes(left.sum), right.hash, u64Bytes(right.sum));
  return { bit, key: left.key, left, right, hash, sum: left.sum + right.sum };
}

/** Inserts or replaces one leaf. Depth, and so recursion, is at most 256. */
export function setLeaf(tree: StateTree, key: Uint8Array, valueHash: Hash, sum: bigint): StateNode {
  const added = leaf(key, valueHash, sum);
  return tree ? insert(tree, added) : added;
}

function insert(node: StateNode, added: Leaf): StateNode {
  const at = firstDifference(node.key, added.key);
  if (at < node.bit) return bitAt(added.key, at) === 0 ? branch(at, added, node) : branch(at, node, added);
  if (!('left' in node)) return added;
  return bitAt(added.key, node.bit) === 0
    ? branch(node.bit, insert(node.left, added), node.right)
    : branch(node.bit, node.left, insert(node.right, added));
}

export function treeRoot(tree: StateTree): { readonly hash: Hash; readonly sum: bigint } {
  return tree ?? { hash: ZERO_HASH, sum: 0n };
}

export const accountLeafKey = (account: Uint8Array): Hash => taggedHash('HAI/account-key/1', account);
export const orderLeafKey = (order: Uint8Array): Hash => taggedHash('HAI/order-key/1', order);
export const leafValueHash = (value: Uint8Array): Hash => taggedHash('HAI/leaf-value/1', value);

/**
 * Nodes of the state tree. Each carries the sum of the balances below it, so the root states the supply.
 *
 * leaf   = H('HAI/leaf/1', key, valueHash, sum u64)
 * branch = H('HAI/branch/1', bit u16, left hash, left sum, right hash, right sum)
 *
 * A node's hash is made when it is first asked for, or with all others that wait for theirs (`hashTree`): a block makes some
 * 20,000 of them, and many at once are several times faster than one after another.
 */
import { digestAt, digestView, hashMany } from '../digests.ts';
import { domain, equalBytes, type Hash } from '../hash.ts';
import { sha256 } from '../sha256.ts';

export interface Root {
  readonly hash: Hash;
  readonly sum: bigint;
}

export interface Leaf extends Root {
  readonly kind: 'leaf';
  readonly bit: 256;
  readonly key: Uint8Array;
  readonly valueHash: Hash;
}
export interface Branch extends Root {
  readonly kind: 'branch';
  /** The first bit at which the keys below differ; 0 is the most significant. */
  readonly bit: number;
  /** Any key below: shares all bits before `bit`. Undefined over two stubs, below which nothing can be found or changed. */
  readonly key: Uint8Array | undefined;
  readonly left: StateNode;
  readonly right: StateNode;
}
/** A subtree of which only hash and sum are known. */
export interface Stub extends Root {
  readonly kind: 'stub';
  readonly key: undefined;
}
export type StateNode = Leaf | Branch | Stub;
export type StateTree = StateNode | undefined;

const LEAF_TAG = domain('HAI/leaf/1');
const LEAF_BYTES = LEAF_TAG.length + 32 + 32 + 8;
const BRANCH_TAG = domain('HAI/branch/1');
const BRANCH_BYTES = BRANCH_TAG.length + 2 + 2 * (32 + 8);

/** Preimages of one length, one behind the other. */
class Preimages {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(count: number, length: number) {
    this.bytes = new Uint8Array(count * length);
    this.#view = new DataView(this.bytes.buffer);
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  putU16(value: number): void {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  putU64(value: bigint): void {
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }
}

function putLeaf(into: Preimages, key: Uint8Array, valueHash: Hash, sum: bigint): void {
  into.put(LEAF_TAG);
  into.put(key);
  into.put(valueHash);
  into.putU64(sum);
}

function putBranch(into: Preimages, bit: number, left: Root, right: Root): void {
  into.put(BRANCH_TAG);
  into.putU16(bit);
  into.put(left.hash);
  into.putU64(left.sum);
  into.put(right.hash);
  into.putU64(right.sum);
}

export function leafHashOf(key: Uint8Array, valueHash: Hash, sum: bigint): Hash {
  const preimage = new Preimages(1, LEAF_BYTES);
  putLeaf(preimage, key, valueHash, sum);
  return sha256(preimage.bytes);
}

export function branchHashOf(bit: number, left: Root, right: Root): Hash {
  const preimage = new Preimages(1, BRANCH_BYTES);
  putBranch(preimage, bit, left, right);
  return sha256(preimage.bytes);
}

class LeafNode implements Leaf {
  readonly kind = 'leaf';
  readonly bit = 256;
  readonly key: Uint8Array;
  readonly valueHash: Hash;
  readonly sum: bigint;
  made: Hash | undefined;

  constructor(key: Uint8Array, valueHash: Hash, sum: bigint) {
    this.key = key;
    this.valueHash = valueHash;
    this.sum = sum;
  }

  get hash(): Hash {
    this.made ??= leafHashOf(this.key, this.valueHash, this.sum);
    return this.made;
  }
}

class BranchNode implements Branch {
  readonly kind = 'branch';
  readonly bit: number;
  readonly key: Uint8Array | undefined;
  readonly left: StateNode;
  readonly right: StateNode;
  readonly sum: bigint;
  made: Hash | undefined;

  constructor(bit: number, left: StateNode, right: StateNode, made?: Hash) {
    this.bit = bit;
    this.key = left.key ?? right.key;
    this.left = left;
    this.right = right;
    this.sum = left.sum + right.sum;
    this.made = made;
  }

  get hash(): Hash {
    this.made ??= branchHashOf(this.bit, this.left, this.right);
    return this.made;
  }
}

export const leaf = (key: Uint8Array, valueHash: Hash, sum: bigint): Leaf => new LeafNode(key, valueHash, sum);
export const branch = (bit: number, left: StateNode, right: StateNode): Branch => new BranchNode(bit, left, right);
export const stub = ({ hash, sum }: Root): Stub => ({ kind: 'stub', key: undefined, hash, sum });

/** The same branch with more of its sides to be seen. */
export const withSides = ({ bit, hash }: Branch, left: StateNode, right: StateNode): Branch =>
  new BranchNode(bit, left, right, hash);

/** Makes all hashes of the tree that are not made yet. */
export function hashTree(tree: StateTree): void {
  const leaves: LeafNode[] = [];
  const levels: BranchNode[][] = [];
  if (tree) gather(tree, leaves, levels);
  hashLeaves(leaves);
  for (const level of levels) {
    const digests = branchDigests(level);
    for (const [i, node] of level.entries()) node.made = digestAt(digests, i);
  }
}

/** How many levels of nodes without a hash are below and at this one, leaves not counted. At most 256 deep. */
function gather(node: StateNode, leaves: LeafNode[], levels: BranchNode[][]): number {
  if (node instanceof LeafNode && !node.made) leaves.push(node);
  if (!(node instanceof BranchNode) || node.made) return 0;
  const height = Math.max(gather(node.left, leaves, levels), gather(node.right, leaves, levels));
  const level = levels[height];
  if (level) level.push(node);
  else levels[height] = [node];
  return height + 1;
}

function hashLeaves(leaves: readonly LeafNode[]): void {
  const preimages = new Preimages(leaves.length, LEAF_BYTES);
  for (const { key, valueHash, sum } of leaves) putLeaf(preimages, key, valueHash, sum);
  const digests = hashMany(preimages.bytes, leaves.length, LEAF_BYTES);
  for (const [i, node] of leaves.entries()) node.made = digestAt(digests, i);
}

function branchDigests(branches: readonly Branch[]): Uint8Array {
  const preimages = new Preimages(branches.length, BRANCH_BYTES);
  for (const { bit, left, right } of branches) putBranch(preimages, bit, left, right);
  return hashMany(preimages.bytes, branches.length, BRANCH_BYTES);
}

/** Whether each branch has the hash that a store says it has, by the hashes of its two sides. */
export function areAsStated(branches: readonly Branch[]): boolean {
  const leaves: LeafNode[] = [];
  for (const { left, right } of branches) {
    for (const side of [left, right]) if (side instanceof LeafNode && !side.made) leaves.push(side);
  }
  hashLeaves(leaves);
  const digests = branchDigests(branches);
  return branches.every(({ hash }, i) => equalBytes(digestView(digests, i), hash));
}

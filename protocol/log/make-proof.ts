/**
 * Makes what verify-proof.ts verifies, from nodes of the tree. A proof is a list of ranges of leaves (RFC 6962 sections 2.1.1 and
 * 2.1.2); each falls apart into full subtrees, whose roots a reader gives: from memory, or from tiles (tile.ts). Which nodes those
 * are is known beforehand, so that whoever has to fetch them does so at once.
 */
import type { Hash } from '../hash.ts';
import { nodeHash } from '../merkle.ts';

/** The full subtree over leaves `[index * 2^level, (index + 1) * 2^level)`. */
export interface LogNode {
  readonly level: number;
  readonly index: bigint;
}
export type ReadNode = (node: LogNode) => Hash;

/** Leaves `[from, to)`; `from` is a multiple of the smallest power of two that is at least `to - from`. */
interface LeafRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** The largest power of two below n (n >= 2). */
function splitOf(n: bigint): bigint {
  let k = 1n;
  while (k * 2n < n) k *= 2n;
  return k;
}

function inclusionRanges(index: bigint, size: bigint): LeafRange[] {
  const ranges: LeafRange[] = [];
  let from = 0n;
  let to = size;
  while (to - from > 1n) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
    }
  }
  return ranges;
}

function consistencyRanges(oldSize: bigint, size: bigint): LeafRange[] {
  if (oldSize === 0n || oldSize === size) return [];
  const ranges: LeafRange[] = [];
  let from = 0n;
  let to = size;
  while (to !== oldSize) {
    const middle = from + splitOf(to - from);
    if (oldSize <= middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
    }
  }
  // From leaf 0 on it is the old tree itself, whose root the verifier has.
  return from === 0n ? ranges : [{ from, to }, ...ranges];
}

/** The full subtrees that a range falls into, from left to right. */
function nodesOfRange({ from, to }: LeafRange): LogNode[] {
  const nodes: LogNode[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    // Aligned ranges need no check of `at`: sizes fall from left to right.
    while (at + (2n << BigInt(level)) <= to) level++;
    nodes.push({ level, index: at >> BigInt(level) });
    at += 1n << BigInt(level);
  }
  return nodes;
}

function checkSizes(smaller: bigint, size: bigint): void {
  if (smaller < 0n || smaller > size) throw new RangeError(`${smaller} is not within a tree of ${size}`);
}

/** A hash of the proof for each list: the root over its nodes. */
export function inclusionNodes(index: bigint, size: bigint): LogNode[][] {
  checkSizes(index + 1n, size);
  return inclusionRanges(index, size).map(nodesOfRange);
}

export function consistencyNodes(oldSize: bigint, size: bigint): LogNode[][] {
  checkSizes(oldSize, size);
  return consistencyRanges(oldSize, size).map(nodesOfRange);
}

/** The full subtrees of a whole tree: from their roots comes the tree's. */
export const treeNodes = (size: bigint): LogNode[] => nodesOfRange({ from: 0n, to: size });

/** The root over full subtrees that stand in a row, each smaller than the one before. */
export function rootOfNodes(nodes: readonly LogNode[], read: ReadNode): Hash {
  return nodes.map(read).reduceRight((right, left) => nodeHash(left, right));
}

/** What verifyInclusion or verifyConsistency takes, of the nodes that inclusionNodes or consistencyNodes named. */
export const proofOfNodes = (lists: readonly LogNode[][], read: ReadNode): Hash[] =>
  lists.map((nodes) => rootOfNodes(nodes, read));

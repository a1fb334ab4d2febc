// What grows a boosted tree: a Booster with addresses and constants, laid out by ml/trainers/trees/boost-memory.ts, and the tree's
// nodes in the order in which they were made.

@unmanaged
export class Booster {
  rows: u32;
  /** Columns that this tree may use. */
  used: u32;
  maxLeaves: u32;
  maxDepth: u32;
  minLeaf: u32;
  /** Histograms in the pool besides the first, which is scratch. */
  slots: u32;
  /** u8[cols][rows]. */
  codes: usize;
  /** u32[cols + 1]: first histogram entry of each column, which has one a code and one for missing cells. */
  offsets: usize;
  /** u32[used]. */
  columns: usize;
  /** u8[cols]: 1 where codes are categories. */
  categorical: usize;
  /** i64x2[rows]: a row's gradient, and hessian << 24 | 1 (0 for rows that were not drawn). */
  pairs: usize;
  /** The pairs of a node's rows, in its order. */
  ordered: usize;
  /** u32[rows] each: the rows, each node's in a range, and a spare. */
  order: usize;
  spare: usize;
  pool: usize;
  histogramBytes: usize;
  /** u32[slots]: free ones, from the bottom. */
  free: usize;
  freeCount: u32;
  nodes: usize;
  nodeCount: u32;
  leaves: u32;
  /** Penalties in units of the quantised hessian. */
  l2: f64;
  categoryL2: f64;
  minHessian: f64;
  /** Gain of quantised sums times this is in units of the loss. */
  gainUnit: f64;
  /** A leaf's Newton step = -leafUnit * gradient / (hessian + l2); its value is `rate` of that. */
  leafUnit: f64;
  rate: f64;
  /** In units of the loss: what a split must gain. */
  gainMin: f64;
  /** Work so far in this tree: histogram updates, entries scanned, rows moved. */
  updates: f64;
  scanned: f64;
  moved: f64;
}

@unmanaged
export class Node {
  start: u32;
  end: u32;
  depth: u32;
  /** Of its histogram; -1 without one. */
  slot: i32;
  gradient: i64;
  hessian: i64;
  leftGradient: i64;
  leftHessian: i64;
  /** Of the best split; 0 if there is none. */
  gain: f64;
  column: u32;
  /** Codes up to this one go left. */
  code: u32;
  /** MISSING_LEFT, CATEGORICAL. */
  flags: u32;
  /** The left child; the right one follows it. 0 for a leaf. */
  child: u32;
  value: f32;
  unused: u32;
}

/** A Node's bytes, and after them 32 more: the set of categories that go left, a bit a code. */
export const SET_OFFSET: usize = 80;
export const NODE_BYTES: usize = 112;
export const MISSING_LEFT: u32 = 1;
export const CATEGORICAL: u32 = 2;

/** The low bits of the second sum count rows: at most 2^24 of them, far above what memory holds. */
export const COUNT_BITS: i64 = 24;
export const COUNT_MASK: i64 = 0xffffff;

// @ts-ignore: decorator
@inline
export function nodeAt(booster: Booster, index: u32): Node {
  return changetype<Node>(booster.nodes + <usize>index * NODE_BYTES);
}

// @ts-ignore: decorator
@inline
export function setOf(node: Node): usize {
  return changetype<usize>(node) + SET_OFFSET;
}

// What grows a forest's tree: a Grove, which is the same for every tree of a fit, and a Growth, the tree under way. A Growth is one
// block of memory without addresses in it: its bytes are the checkpoint.

/** Addresses and constants; laid out by ml/trainers/trees/forest-memory.ts. */
@unmanaged
export class Grove {
  rows: u32;
  cols: u32;
  /** 0 for values. */
  classes: u32;
  /** Columns to try at a node, at least 1. */
  candidates: u32;
  minLeaf: u32;
  maxDepth: u32;
  /** Thresholds are drawn, not searched. */
  drawn: u32;
  key0: u32;
  key1: u32;
  /** u16[cols][rows]. */
  codes: usize;
  /** f32: largest value of each code of each column, where `offsets` (u32[cols + 1]) says. */
  highs: usize;
  offsets: usize;
  /** u8[cols] of 1: the column has missing cells; 2: its codes stand for more than one value each. */
  traits: usize;
  /** Classes: u32[rows], label | weight << 16. Values: f64x2[rows], (weight * y, weight). */
  target: usize;
  /** Values only: f64[rows]. */
  y: usize;
  /** u64[rows] each: items to sort and a spare. */
  items: usize;
  spare: usize;
  /** 16 bytes for each of `tallyMax` tallies. */
  tallies: usize;
  tallyMax: u32;
  /** u32[3][classes]: left, right, missing. */
  sides: usize;
}

@unmanaged
export class Growth {
  tree: u32;
  nodes: u32;
  stack: u32;
  /** Whether a node is under way. */
  busy: u32;
  start: u32;
  end: u32;
  depth: u32;
  /** Columns tried at this node so far. */
  tried: u32;
  /** 1 once one of them gave a split. */
  found: u32;
  feature: u32;
  code: u32;
  threshold: f32;
  missingLeft: u32;
  /** Random words drawn, and the four at hand. */
  words: u32;
  word0: u32;
  word1: u32;
  word2: u32;
  word3: u32;
  /** Rows in the tree. */
  count: u32;
  unused: u32;
  score: f64;
  nodeScore: f64;
  /** Sum of the weights of the node's rows. */
  weight: f64;
  /** Values only. */
  sum: f64;
  /** Work so far: cells looked at, keys sorted, tallies scanned, rows moved. */
  cells: f64;
  sorted: f64;
  scanned: f64;
  moved: f64;
}

/** Bytes of a Growth's parts, in order: itself, stack, class totals, gains, order of columns, order of rows, nodes. */
export const GROWTH_BYTES: usize = 144;
export const STACK_BYTES: usize = 12;

// @ts-ignore: decorator
@inline
export function stackOf(growth: Growth): usize {
  return changetype<usize>(growth) + GROWTH_BYTES;
}

/** u32[max(classes, 1)]: weights of the node's classes. */
// @ts-ignore: decorator
@inline
export function totalsOf(grove: Grove, growth: Growth): usize {
  return stackOf(growth) + <usize>(grove.maxDepth + 2) * STACK_BYTES;
}

/** f64[cols], by column, of impurity times weight; the address is a multiple of 8. */
// @ts-ignore: decorator
@inline
export function gainsOf(grove: Grove, growth: Growth): usize {
  return (totalsOf(grove, growth) + (<usize>grove.classes << 2) + 7) & ~7;
}

/** u32[cols], a permutation. */
// @ts-ignore: decorator
@inline
export function columnsOf(grove: Grove, growth: Growth): usize {
  return gainsOf(grove, growth) + (<usize>grove.cols << 3);
}

/** u32[rows]: rows of the tree, each node's in a range. */
// @ts-ignore: decorator
@inline
export function rowsOf(grove: Grove, growth: Growth): usize {
  return columnsOf(grove, growth) + (<usize>grove.cols << 2);
}

/** Nodes in preorder, 12 bytes each: u32 column | MISSING_LEFT, f32 threshold, u32 0; or u32 LEAF, u32 start, u32 end. */
// @ts-ignore: decorator
@inline
export function nodesOf(grove: Grove, growth: Growth): usize {
  return rowsOf(grove, growth) + (<usize>grove.rows << 2);
}

export const NODE_BYTES: usize = 12;
export const LEAF: u32 = 0x80000000;
export const MISSING_LEFT: u32 = 0x40000000;

/**
 * How large a forest may become: its model, and the checkpoint of its fit, stay within the bytes that a search keeps of either
 * (ml/search/results.ts, 16 MiB), and each tree with its tables within the kernel's memory while it predicts.
 */
import type { ForestPlan } from './forest-memory.ts';
import { FIT_BYTES_MAX, MODEL_LEAVES_MAX } from './params.ts';

/** Of a leaf in the model, with the split that made it: two kinds, a column, a threshold and a payload. */
const LEAF_BYTES = 12;
/** Of a leaf of the tree under way, with the split that made it (forest-memory.ts). */
const GROWING_LEAF_BYTES = 24;
const COUNT_BYTES = 2;
/** Counts in the tables of a tree: 8 MiB as the f64 shares that a prediction adds. */
const TREE_COUNTS_MAX = 1 << 20;

/** Bytes of the model's nodes that the tree under way leaves room for. */
const roomOf = (rows: number, leaves: number): number => FIT_BYTES_MAX - rows * 4 - leaves * GROWING_LEAF_BYTES;

/** Rows that a leaf must have for a forest of so many trees to stay within bounds. */
export function leastLeaf(rows: number, trees: number): number {
  const leaves = Math.floor(roomOf(rows, 0) / (trees * LEAF_BYTES + GROWING_LEAF_BYTES));
  return Math.ceil(rows / Math.max(1, Math.min(MODEL_LEAVES_MAX / trees, leaves)));
}

/**
 * Rows from which on a leaf of several classes keeps the shares of all; one of fewer says its most frequent class. Leaves of w rows
 * or more are rows / w at most, so that their tables find room however mixed the rows are. 1 or 2 unless classes and trees are many.
 */
export function tableWeight({ rows, classes, trees, minLeaf, maxDepth }: ForestPlan): number {
  const leaves = Math.min(Math.max(1, Math.floor(rows / minLeaf)), 2 ** maxDepth);
  const room = roomOf(rows, leaves) / trees - leaves * LEAF_BYTES;
  const tables = Math.floor(Math.min(room / COUNT_BYTES, TREE_COUNTS_MAX) / Math.max(1, classes));
  return tables < 1 ? Number.POSITIVE_INFINITY : Math.ceil(rows / tables);
}

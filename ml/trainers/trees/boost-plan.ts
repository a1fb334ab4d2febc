/** A boosting's constants, from its shape and parameters, and the memory it takes. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Params, ProblemShape } from '../trainer.ts';
import { codingBytes } from './columns.ts';
import { TREE_SCRATCH_BYTES_MAX } from './kernel.ts';
import { FIT_BYTES_MAX, numberOf } from './params.ts';

export interface BoostPlan {
  readonly rows: number;
  readonly cols: number;
  /** 0 for values. */
  readonly classes: number;
  /** Trees of a round: the classes, or 1 for values and two classes. */
  readonly trees: number;
  readonly rounds: number;
  readonly learningRate: number;
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly minLeaf: number;
  readonly l2: number;
  /** Columns of a tree. */
  readonly used: number;
  readonly rowSample: number;
  readonly bins: number;
  /** Rounds without a better loss of the watched rows before it stops; 0: never. */
  readonly patience: number;
}

export function boostPlanOf({ rows, cols, classes }: ProblemShape, params: Params): BoostPlan {
  return {
    rows,
    cols,
    classes,
    trees: classes > 2 ? classes : 1,
    rounds: numberOf(params, 'rounds'),
    learningRate: numberOf(params, 'learningRate'),
    maxLeaves: Math.min(numberOf(params, 'maxLeaves'), 2 ** numberOf(params, 'maxDepth')),
    maxDepth: numberOf(params, 'maxDepth'),
    minLeaf: numberOf(params, 'minLeaf'),
    l2: numberOf(params, 'l2'),
    used: Math.max(1, Math.min(cols, Math.round(cols * numberOf(params, 'columnSample')))),
    rowSample: numberOf(params, 'rowSample'),
    bins: numberOf(params, 'bins'),
    patience: numberOf(params, 'patience'),
  };
}

export const BOOST_NODE_BYTES = 112;
export const ENTRY_BYTES = 16;
/** Watched rows that the check of memory allows for, as a share of the rows. */
const WATCHED_SHARE = 0.25;
/** Cells of watched rows that walk down a tree at once. */
export const WALK_CELLS_MAX = 1 << 18;

/** Of a leaf in the model, with the split that made it: two kinds, a column, a subset and a value. */
export const BOOST_LEAF_BYTES = 40;
/** Bytes of nodes that a fit's checkpoint must have room for. */
const NODES_BYTES_MIN = 1 << 20;

/** Bytes of the model's nodes at most: what the margins of the rows leave of a checkpoint. */
export function boostNodesMax({ rows, trees }: BoostPlan): number {
  return FIT_BYTES_MAX - Math.ceil(rows * 4 * trees * (trees > 1 ? 2 + WATCHED_SHARE : 1 + WATCHED_SHARE));
}

/** Everything but histograms. */
export function boostFixedBytes({ rows, cols, classes, trees, maxLeaves, bins }: BoostPlan): number {
  const labelled = classes > 0 ? 2 : 8;
  const row = cols + 32 + 8 + 4 * trees + (trees > 1 ? 4 * trees : 0) + labelled + 1;
  const watched = (4 * trees + (trees > 1 ? 4 * trees : 16) + labelled + 1) * WATCHED_SHARE;
  const walking = WALK_CELLS_MAX * 4 + cols * 4 + maxLeaves * 2 * 48;
  const nodes = 2 * maxLeaves * BOOST_NODE_BYTES + maxLeaves * 4;
  return Math.ceil(rows * (row + watched)) + codingBytes(rows, bins) + walking + nodes + cols * 16 + 8192;
}

/** Entries of a histogram at most: a column has a code for each of its values, up to `bins`, and one for missing cells. */
const entriesMax = (rows: number, cols: number, bins: number): number => cols * (Math.min(rows, bins) + 1);

/** The most codes a column for which a scratch histogram and two more fit. */
export function binsFitting(shape: ProblemShape, fixedBytes: number): number {
  const room = TREE_SCRATCH_BYTES_MAX - fixedBytes;
  const fitting = [255, 127, 63, 31, 15].find(
    (bins) => 3 * ENTRY_BYTES * entriesMax(shape.rows, shape.cols, bins) <= room,
  );
  return fitting ?? 2;
}

/** work_too_large for rows that the kernel's memory does not hold with three histograms, or whose margins a checkpoint does not. */
export function checkBoostMemory(plan: BoostPlan): Result<true> {
  const { rows, cols, bins } = plan;
  const bytes = boostFixedBytes(plan) + 3 * ENTRY_BYTES * entriesMax(rows, cols, bins);
  return bytes <= TREE_SCRATCH_BYTES_MAX && boostNodesMax(plan) >= NODES_BYTES_MIN
    ? ok(true)
    : fail('work_too_large', `${rows} rows of ${cols} columns and ${plan.classes} classes for boosting`);
}

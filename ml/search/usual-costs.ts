/**
 * What a fold of a trial is expected to take before any trial of its family is measured: the trainer's estimate, by the share of it
 * that fits were measured to take, and what preparing and predicting the rows adds. The shares are of fourteen tables of 20 to 50,000
 * rows, each candidate of the portfolio in two folds; a share is the middle of what was seen, on a scale of ratios.
 */
import type { Family, Params, ProblemShape } from '../trainers/trainer.ts';
import { trainerOf } from '../trainers/trainers.ts';
import type { TableShape } from './search.ts';
import type { Choice } from './space.ts';

/** Shares and margins are in thousandths. */
export const UNIT = 1000n;

/** Evaluations that the estimate of a logistic fit reckons with, and those that a fit takes beside its iterations. */
const EVALUATIONS = 60;
const MORE_EVALUATIONS = 3;

/** Fits end the sooner the stronger the penalty: 0.06 to 0.7 of the estimate for c of 1 and less, up to 1.1 above. */
function logisticShare({ c, iterations }: Params): bigint {
  const strength = Number(c);
  const usual = strength <= 0.01 ? 150 : strength <= 0.1 ? 230 : strength <= 1 ? 300 : 400;
  return BigInt(Math.min(usual, Math.floor(((Number(iterations) + MORE_EVALUATIONS) * 1000) / EVALUATIONS)));
}

/**
 * The estimate takes trees for full; the more leaves they may have, the fewer of them they grow: 0.6 to 1.4, 0.25 to 1.1, 0.1 to 1.1.
 * Of several classes most trees soon have nothing left to part.
 */
function boostShare({ maxLeaves }: Params, classes: number): bigint {
  const leaves = Number(maxLeaves);
  const share = leaves <= 8 ? 900n : leaves <= 20 ? 650n : 550n;
  return classes > 2 ? (share * 7n) / 10n : share;
}

const SHARES: Readonly<Record<Family, (filled: Params, classes: number) => bigint>> = {
  // Its estimate leaves out what is not the Gram matrix: 2.4 to 3 where there are few columns.
  ridge: () => 2000n,
  logistic: logisticShare,
  extraTrees: () => 850n,
  randomForest: () => 850n,
  boost: boostShare,
  // Steps have no end but the last one: 1.00 to 1.02 on every table.
  mlp: () => UNIT,
  cnn: () => UNIT,
  kmeans: () => 550n,
};

/** Families whose fits take as many steps as they are told to: one trial tells of all others. */
export const STEADY: ReadonlySet<Family> = new Set(['mlp', 'cnn']);

/** A trial that is given this many times what is expected comes to its end, as good as always; of a family with no trial yet. */
export const FIRST_MARGINS: Readonly<Record<Family, bigint>> = {
  ridge: 1500n,
  logistic: 2500n,
  extraTrees: 1750n,
  randomForest: 1750n,
  boost: 2500n,
  mlp: 1250n,
  cnn: 1250n,
  kmeans: 2500n,
};

/** The same when trials of the family were measured. */
export const MARGINS: Readonly<Record<Family, bigint>> = {
  ...FIRST_MARGINS,
  boost: 2000n,
  extraTrees: 1500n,
  randomForest: 1500n,
  kmeans: 2000n,
};

/** Of a fold, whatever is fitted. */
const FOLD_CYCLES = 100;
/** Cells that are learned from, encoded and predicted, for a cycle. */
const CELLS_A_CYCLE = 4;
/** However few rows a tree has, its levels are begun and ended; where thresholds are drawn there is less to begin. */
const TREE_CYCLES = 80;
const DRAWN_TREE_CYCLES = 6;

function treeCycles({ family }: Choice, { trees, rounds }: Params, classes: number): number {
  if (family === 'boost') return TREE_CYCLES * Number(rounds) * (classes > 2 ? classes : 1);
  if (family === 'randomForest') return TREE_CYCLES * Number(trees);
  return family === 'extraTrees' ? DRAWN_TREE_CYCLES * Number(trees) : 0;
}

/** The planner doesn't see the images: their sides are guessed, for an estimate. */
function imageOf({ columns }: TableShape): NonNullable<ProblemShape['image']> {
  const channels = columns % 3 === 0 && Number.isInteger(Math.sqrt(columns / 3)) ? 3 : 1;
  const side = Math.max(1, Math.floor(Math.sqrt(columns / channels)));
  return { height: side, width: Math.max(1, Math.floor(columns / channels / side)), channels };
}

/** Of a fit to `rows` rows, with the prediction of the others. */
export function usualCycles(choice: Choice, shape: TableShape, rows: number): bigint {
  const trainer = trainerOf(choice.family);
  const problem: ProblemShape = {
    rows,
    cols: Math.max(1, shape.columns),
    classes: shape.classes,
    ...(trainer.view === 'image' ? { image: imageOf(shape) } : {}),
  };
  const prepared = BigInt(FOLD_CYCLES + Math.ceil((shape.rows * shape.columns) / CELLS_A_CYCLE));
  const filled = trainer.params(choice.params, problem);
  // A candidate that the trainer refuses costs what preparing it costs, and ends as a failed trial.
  if (!filled.ok) return prepared;
  const fit = (trainer.estimate(problem, filled.value) * SHARES[choice.family](filled.value, shape.classes)) / UNIT;
  return prepared + fit + BigInt(treeCycles(choice, filled.value, shape.classes));
}

/**
 * Successive halving. A candidate is first tried at low effort: on the first folds of several, or, where there is one hold-out, on
 * a share of the training rows. A promotion does the rest.
 */
export const FULL_EFFORT = 16;
/** Two folds of five. */
export const LOW_EFFORT = 6;

/** Folds that a trial is scored in, from the first on. */
export const foldsAt = (effort: number, folds: number): number =>
  Math.max(1, Math.floor((folds * effort + FULL_EFFORT / 2) / FULL_EFFORT));

/** Training rows of a fold: fewer at a low effort only where there are no folds to leave out. */
export const rowsAt = (effort: number, folds: number, train: number): number =>
  folds > 1 ? train : Math.max(1, Math.floor((train * effort) / FULL_EFFORT));

/** One fold of two says too little, and clusters are found in all rows. */
export const hasLowEffort = (task: 'classes' | 'values' | 'clusters', folds: number): boolean =>
  folds !== 2 && task !== 'clusters';

/** What a search is asked for. */
import { METRICS } from '../../../ml/metrics/metrics.ts';
import type { Metric } from '../../../ml/search/search.ts';
import { familiesOf } from '../../../ml/search/space.ts';
import { type SearchBounds, shapeOf, taskOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';

export interface SearchPlan extends SearchBounds {
  readonly metric: Metric;
  readonly families: readonly Family[];
}

export const SEED = 1n;
/** Cycles at most to predict a row: some forests of hundreds of deep trees. */
export const ROW_CYCLES = 100_000;
export const BUDGET_DEFAULT = 2_000_000_000n;
export const TRIALS_DEFAULT = 24;
export const FOLDS_DEFAULT = 5;

/** The families that can do the task on such a table, in the order in which they are tried. */
export const familiesFor = (table: Table): Family[] =>
  familiesOf({ task: taskOf(table), families: [] }, shapeOf(table));

export function planFor(table: Table): SearchPlan {
  return {
    metric: METRICS[taskOf(table)][0] as Metric,
    families: familiesFor(table),
    trials: TRIALS_DEFAULT,
    folds: FOLDS_DEFAULT,
    budget: BUDGET_DEFAULT,
    rowCycles: ROW_CYCLES,
    seed: SEED,
  };
}

/** What a search is asked for on the command line, as ml/search and as the network know it. */
import { METRICS } from '../../../ml/metrics/metrics.ts';
import type { Metric, SearchSpec } from '../../../ml/search/search.ts';
import { familiesOf } from '../../../ml/search/space.ts';
import { shapeOf, taskOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';
import { UsageError } from '../exit-codes.ts';

export interface SpecOptions {
  readonly budget: bigint;
  readonly trials: number;
  readonly folds: number;
  readonly rowCycles: number;
  readonly seed: bigint;
  readonly families?: readonly Family[];
  readonly metric?: string;
}

/** `usual`: the metric unless one is named. Throws UsageError for a metric or for families that the task does not have. */
export function specOf(table: Table, usual: Metric, options: SpecOptions): SearchSpec {
  const { budget, trials, folds, rowCycles, seed } = options;
  const task = taskOf(table);
  const metrics = METRICS[task];
  const metric = options.metric === undefined ? usual : metrics.find((one) => one === options.metric);
  if (metric === undefined) throw new UsageError(`--metric is one of ${metrics.join(', ')} where ${task} are learned`);
  const families = familiesOf({ task, families: options.families ?? [] }, shapeOf(table));
  if (families.length === 0) throw new UsageError(`none of ${options.families?.join(', ')} learns ${task}`);
  return { task, metric, families, budget, trials, folds, rowCycles, seed };
}

/** What scores of some rows take from all rows of the table. */
import { classWeights } from '../metrics/balance.ts';
import type { Whole } from '../metrics/metrics.ts';
import { varianceOf } from '../metrics/values.ts';
import type { Target } from '../table/table.ts';
import type { Metric } from './search.ts';

/** `offset`: of centred values (centred.ts). */
export function wholeOf(target: Target, offset: number, metric: Metric): Whole {
  if (target.kind === 'values') return { variance: varianceOf(target.values.map((value) => value - offset)) };
  if (target.kind !== 'classes' || metric !== 'balancedAccuracy') return {};
  return { classWeights: classWeights(target.labels, target.classes.length) };
}

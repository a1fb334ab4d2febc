/** What can be had without any model: the shares of the classes, or the mean (of absolute errors the median), of a fold's training rows. */
import { scoreOf } from '../metrics/metrics.ts';
import { mean } from '../numeric/mean.ts';
import { centredTargets } from './centred.ts';
import type { JobContext } from './context.ts';
import type { Scored } from './selection.ts';

/** The lower of two in the middle. */
const medianOf = (values: Float64Array): number => values.slice().sort()[(values.length - 1) >> 1] ?? 0;

/** Predicted for each of `count` rows: row-major, count x outputs. */
function prior(truth: Float64Array, classes: number, count: number): Float32Array {
  const outputs = Math.max(1, classes);
  const sums = new Float64Array(outputs);
  for (const y of truth) {
    if (classes > 0) sums[y] = (sums[y] as number) + 1;
    else sums[0] = (sums[0] as number) + y;
  }
  return Float32Array.from({ length: count * outputs }, (_, i) => (sums[i % outputs] as number) / truth.length);
}

/** Its mean score over the folds that were scored; undefined for clusters. */
export function baselineScore(
  { table, folds, spec, classes, offset, whole }: JobContext,
  { truths }: Scored,
): number | undefined {
  if (spec.task === 'clusters') return undefined;
  const scores = truths.map((truth, fold) => {
    const train = centredTargets(table.target, offset, folds[fold]?.train ?? new Int32Array(0));
    const predicted =
      spec.metric === 'mae'
        ? new Float32Array(truth.length).fill(medianOf(train))
        : prior(train, classes, truth.length);
    return scoreOf(spec.metric, classes, predicted, truth, whole);
  });
  return mean(scores);
}

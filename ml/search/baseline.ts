/** What can be had without any model: the shares of the classes, or the mean, of a fold's training rows. */
import { scoreOf } from '../metrics/metrics.ts';
import { centredTargets } from './centred.ts';
import type { JobContext } from './context.ts';
import type { Scored } from './selection.ts';

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
  { table, folds, spec, classes, offset }: JobContext,
  { truths }: Scored,
): number | undefined {
  if (spec.task === 'clusters') return undefined;
  const scores = truths.map((truth, fold) => {
    const train = centredTargets(table.target, offset, folds[fold]?.train ?? new Int32Array(0));
    return scoreOf(spec.metric, classes, prior(train, classes, truth.length), truth);
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

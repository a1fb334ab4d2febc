/**
 * Which models to combine, and how: forward selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble
 * selection from libraries of models", 2004). Each step adds the model whose addition to the mean is best for the criterion; the
 * best of all steps is kept, hence never worse than the best single model on the rows it is chosen by.
 */
import { criterionOf, scoreOf, type Whole } from '../metrics/metrics.ts';
import { mean } from '../numeric/mean.ts';
import type { Metric } from './search.ts';

/** Weights are counted in 1/64. */
export const WEIGHT_UNIT = 64;

/** Rows of one fold: the class or value of each. */
export interface Scored {
  readonly metric: Metric;
  readonly classes: number;
  readonly whole: Whole;
  readonly truths: readonly Float64Array[];
}

/** Predictions fold by fold, row-major. */
export type Predictions = readonly Float32Array[];

export const foldScores = (
  { metric, classes, whole, truths }: Scored,
  predicted: readonly (Float32Array | Float64Array)[],
) => truths.map((truth, fold) => scoreOf(metric, classes, predicted[fold] as Float32Array, truth, whole));

export const foldCriteria = (
  { metric, classes, whole, truths }: Scored,
  predicted: readonly (Float32Array | Float64Array)[],
) => truths.map((truth, fold) => criterionOf(metric, classes, predicted[fold] as Float32Array, truth, whole));

/** The sum of weighted predictions, in the order of the members, rounded to f32 once. */
export function combined(
  members: readonly { readonly predicted: Predictions; readonly share: number }[],
): Float32Array[] {
  const [first] = members;
  return (first?.predicted ?? []).map((_, fold) => {
    const length = first?.predicted[fold]?.length ?? 0;
    const sum = new Float64Array(length);
    for (const { predicted, share } of members) {
      const part = predicted[fold] as Float32Array;
      for (let i = 0; i < length; i++) sum[i] = (sum[i] as number) + share * (part[i] as number);
    }
    return Float32Array.from(sum);
  });
}

/** The criterion of the models named by `chosen`, repeated as often as they are there, with equal weights. */
function criterionOfBag(scored: Scored, models: readonly Predictions[], chosen: readonly number[]): number {
  const counts = countsOf(chosen);
  const members = [...counts].map(([at, count]) => ({
    predicted: models[at] as Predictions,
    share: count / chosen.length,
  }));
  return mean(foldCriteria(scored, combined(members)));
}

function countsOf(chosen: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const at of [...chosen].sort((a, b) => a - b)) counts.set(at, (counts.get(at) ?? 0) + 1);
  return counts;
}

/** One step: the model to add, of those that `may` be added to what is chosen; undefined when none may. */
export function bestAddition(
  scored: Scored,
  models: readonly Predictions[],
  chosen: readonly number[],
  may: (at: number) => boolean,
): { readonly at: number; readonly criterion: number } | undefined {
  let best: { at: number; criterion: number } | undefined;
  for (let at = 0; at < models.length; at++) {
    if (!may(at)) continue;
    const criterion = criterionOfBag(scored, models, [...chosen, at]);
    if (!best || criterion > best.criterion) best = { at, criterion };
  }
  return best;
}

/** Shares of `chosen` in 1/64 that sum to 64, by the largest remainders; the earlier model of equals. */
export function weightsOf(chosen: readonly number[]): Map<number, number> {
  const counts = [...countsOf(chosen)];
  const parts = counts.map(([at, count]) => {
    const exact = count * WEIGHT_UNIT;
    const weight = Math.floor(exact / chosen.length);
    return { at, weight, remainder: exact - weight * chosen.length };
  });
  let lacking = WEIGHT_UNIT - parts.reduce((sum, { weight }) => sum + weight, 0);
  const order = [...parts].sort((a, b) => b.remainder - a.remainder || a.at - b.at);
  for (const part of order) {
    if (lacking-- <= 0) break;
    part.weight += 1;
  }
  return new Map(parts.map(({ at, weight }) => [at, weight]));
}

/** Measures of predicted values, as scikit-learn's of the same names. Sums are in row order. */
import type { Numbers } from './classes.ts';

function meanOf(count: number, term: (row: number) => number): number {
  let sum = 0;
  for (let row = 0; row < count; row++) sum += term(row);
  return count === 0 ? 0 : sum / count;
}

export function meanSquaredError(predicted: Numbers, truth: Float64Array): number {
  return meanOf(truth.length, (row) => {
    const difference = (truth[row] as number) - (predicted[row] as number);
    return difference * difference;
  });
}

export const rootMeanSquaredError = (predicted: Numbers, truth: Float64Array): number =>
  Math.sqrt(meanSquaredError(predicted, truth));

export const meanAbsoluteError = (predicted: Numbers, truth: Float64Array): number =>
  meanOf(truth.length, (row) => Math.abs((truth[row] as number) - (predicted[row] as number)));

/** Mean squared distance from the mean. 0 where all values are equal, whatever their mean is rounded to. */
export function varianceOf(values: Float64Array): number {
  if (values.every((value) => value === values[0])) return 0;
  const mean = meanOf(values.length, (row) => values[row] as number);
  return meanOf(values.length, (row) => ((values[row] as number) - mean) * ((values[row] as number) - mean));
}

/** Share of `variance`, that of the truth unless said, that is explained; where there is none, 1 for an exact prediction and 0 for any other. */
export function r2(predicted: Numbers, truth: Float64Array, variance = varianceOf(truth)): number {
  const error = meanSquaredError(predicted, truth);
  if (variance === 0) return error === 0 ? 1 : 0;
  return 1 - error / variance;
}

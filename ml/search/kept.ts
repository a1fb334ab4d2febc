/** The out-of-fold predictions of an ensemble that lost members: what the delivered model is scored by. */
import type { Predictions } from './selection.ts';
import { combined, WEIGHT_UNIT, weightsOf } from './selection.ts';

/** Weights brought back to a sum of 64, each in its place; all 0 when nothing is left. */
export function rescaled(weights: readonly number[]): number[] {
  if (weights.every((weight) => weight === 0)) return weights.map(() => 0);
  const shares = weightsOf(weights.flatMap((weight, i) => Array<number>(weight).fill(i)));
  return weights.map((_, i) => shares.get(i) ?? 0);
}

/**
 * `parts`: the kept members' predictions, fold by fold. `weights`: theirs in the model. `bags`: for each fold, theirs among those that
 * were chosen on the other folds; where none of those is kept, the model's own.
 */
export function keptPredictions(
  parts: readonly Predictions[],
  weights: readonly number[],
  bags: readonly (readonly number[])[],
): Float32Array[] {
  return (parts[0] ?? []).map((_, fold) => {
    const bag = rescaled(bags[fold] ?? []);
    const shares = bag.some((weight) => weight > 0) ? bag : weights;
    const members = parts.map((part, i) => ({
      predicted: [part[fold] as Float32Array],
      share: (shares[i] ?? 0) / WEIGHT_UNIT,
    }));
    return combined(members)[0] as Float32Array;
  });
}

/**
 * Predicted values as a search stores them: f32, less the mean of the table's target. f32 alone would round values far from zero
 * (dates, identifiers) to one; what is learned is their spread. Every measure of values is of differences, so it stays as it was
 * when truth and prediction are moved alike.
 */
import { targetsOf } from '../features/train-set.ts';
import { F32_MAX } from '../table/fault.ts';
import type { Target } from '../table/table.ts';

/** What is taken off; 0 unless the target is values. Summed in row order. */
export function offsetOf(target: Target): number {
  if (target.kind !== 'values' || target.values.length === 0) return 0;
  let sum = 0;
  for (const value of target.values) sum += value;
  return sum / target.values.length;
}

/** Class indices of the rows, or their values less the offset; empty without a target. */
export function centredTargets(target: Target, offset: number, rows: Int32Array): Float64Array {
  const truth = targetsOf(target, rows);
  return target.kind === 'values' ? truth.map((value) => value - offset) : truth;
}

/** A value beyond f32 is its nearest one: two values of f32 may be farther apart than f32 reaches. NaN stays. */
export function centredPredictions(predicted: Float64Array, offset: number): Float32Array {
  return Float32Array.from(predicted, (value) => Math.min(F32_MAX, Math.max(-F32_MAX, value - offset)));
}

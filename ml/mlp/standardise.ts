import type { Meter } from '../meter.ts';

/** Per column, from the training rows: mean and 1 / standard deviation (0 for a constant column, which so never speaks). */
export type Scaling = { readonly mean: Float64Array; readonly inverse: Float64Array };

/**
 * Standardised values are clamped to +-8 deviations: rows far outside the training data can't overflow anything, and one
 * outlier doesn't take the int8 range from the rest.
 */
export const STANDARDISED_MAX = 8;

/**
 * Writes (x - mean) * inverse of row-major rows, in f64 and rounded once to f32, to `out`. IEEE arithmetic alone, whose bits
 * JavaScript fixes.
 */
export function standardise(x: Float32Array, { mean, inverse }: Scaling, out: Float32Array, meter: Meter): void {
  const features = mean.length;
  for (let i = 0, column = 0; i < x.length; i++) {
    const z = ((x[i] as number) - (mean[column] as number)) * (inverse[column] as number);
    out[i] = Math.max(-STANDARDISED_MAX, Math.min(STANDARDISED_MAX, z));
    column = column + 1 === features ? 0 : column + 1;
  }
  meter.vector(x.length, 'standardise');
}

/** Predictions of several folds, one after the other, and apart. */
import type { JobContext } from './context.ts';

export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The predictions of the first `count` folds from `whole`. */
export function cut({ folds, outputs }: JobContext, whole: Float32Array, count: number): Float32Array[] {
  let at = 0;
  return folds.slice(0, count).map(({ scored }) => {
    const from = at;
    at += scored.length * outputs;
    return whole.subarray(from, at);
  });
}

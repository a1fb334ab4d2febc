/** Softmax and the logistic function in f64, with the exp of exp.ts. */
import { exp64 } from './exp.ts';

/** 1 / (1 + e^-x), in the form whose exponential is at most 1: neither end overflows. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp64(-x));
  const e = exp64(x);
  return e / (1 + e);
}

/**
 * In place: the `count` scores from `from` on become probabilities that sum to 1 (to rounding). Sums run in index order; the
 * largest score's exponential is 1, so the sum lies in [1, count]. Scores are finite.
 */
export function softmax(scores: Float64Array, from = 0, count = scores.length): void {
  const end = from + count;
  let top = scores[from] as number;
  for (let i = from + 1; i < end; i++) top = Math.max(top, scores[i] as number);
  let sum = 0;
  for (let i = from; i < end; i++) {
    const e = exp64((scores[i] as number) - top);
    scores[i] = e;
    sum += e;
  }
  for (let i = from; i < end; i++) scores[i] = (scores[i] as number) / sum;
}

// Losses of classification by row, with their gradients in the scores. Labels are i32, weights f64 by class.
import { exp64, expPair, log1p64, log64 } from './transcendental';

/** In place: rows of k scores become probabilities. As softmax in ml/numeric/softmax.ts. */
export function softmaxRows(z: usize, rows: i32, k: i32): void {
  for (let r = 0; r < rows; r++) {
    softmaxRow(z, k);
    z += <usize>k * 8;
  }
}

/** Returns the sum of the exponentials, in [1, k], in their order. */
function softmaxRow(z: usize, k: i32): f64 {
  const end = z + <usize>k * 8;
  const even = z + <usize>(k & ~1) * 8;
  let top = load<f64>(z);
  for (let at = z; at < end; at += 8) top = max(top, load<f64>(at));
  let sum: f64 = 0;
  let at = z;
  for (; at < even; at += 16) {
    const pair = expPair(f64x2.sub(v128.load(at), f64x2.splat(top)));
    v128.store(at, pair);
    sum += f64x2.extract_lane(pair, 0);
    sum += f64x2.extract_lane(pair, 1);
  }
  if (at < end) {
    const e = exp64(load<f64>(at) - top);
    store<f64>(at, e);
    sum += e;
  }
  for (at = z; at < end; at += 8) store<f64>(at, load<f64>(at) / sum);
  return sum;
}

/** In place: z becomes weight * (softmax(z) - onehot(label)). Returns the sum of weight * cross-entropy. */
export function softmaxResiduals(z: usize, labels: usize, weights: usize, rows: i32, k: i32): f64 {
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = <usize>load<i32>(labels + <usize>r * 4);
    const weight = load<f64>(weights + label * 8);
    let top = load<f64>(z);
    for (let c = 1; c < k; c++) top = max(top, load<f64>(z + <usize>c * 8));
    const own = load<f64>(z + label * 8) - top;
    loss += weight * (log64(softmaxRow(z, k)) - own);
    const at = z + label * 8;
    store<f64>(at, load<f64>(at) - 1);
    for (let c = 0; c < k; c++) store<f64>(z + <usize>c * 8, load<f64>(z + <usize>c * 8) * weight);
    z += <usize>k * 8;
  }
  return loss;
}

/**
 * In place: z becomes weight * (p - label) with p = 1 / (1 + e^-z) and labels 0 or 1. Returns the sum of weight * cross-entropy.
 */
export function logisticResiduals(z: usize, labels: usize, weights: usize, rows: i32): f64 {
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + <usize>r * 4);
    const weight = load<f64>(weights + <usize>label * 8);
    const score = load<f64>(z);
    const e = exp64(-Math.abs(score));
    // Of the likelier and the less likely class.
    const high = 1 / (1 + e);
    const low = e / (1 + e);
    const against = label == 1 ? -score : score;
    loss += weight * (log1p64(e) + max(against, 0));
    store<f64>(z, weight * (label == 1 ? -(score >= 0 ? low : high) : score >= 0 ? high : low));
    z += 8;
  }
  return loss;
}

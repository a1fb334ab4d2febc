// Gradients and hessians of the losses as pairs of fixed-point integers, and the losses. Each is a function of one row in f64 or
// f32 with this module's own exp and log; integers make every sum over rows exact and so free of its order.
import { philoxBlock } from '../training/philox';
import { expF32, logF32 } from '../training/transcendental';
import { COUNT_BITS } from './boost-state';

const PURPOSE_SAMPLE: u32 = 3;
const PURPOSE_COLUMNS: u32 = 4;
const BLOCK: usize = memory.data(16, 16);

/** The smallest p whose logarithm is taken. */
const TINY: f32 = 1e-30;

/** sample[r] = 1 with probability limit / 2^32, else 0. */
export function drawSample(sample: usize, rows: u32, limit: u32, round: u32, key0: u32, key1: u32): void {
  for (let r: u32 = 0; r < rows; r++) {
    if ((r & 3) == 0) philoxBlock(BLOCK, r >> 2, round, PURPOSE_SAMPLE, 0, key0, key1);
    store<u8>(sample + r, load<u32>(BLOCK + (<usize>(r & 3) << 2)) < limit ? 1 : 0);
  }
}

/** The first `used` of a random order of the `cols` columns, u32[cols] at `out`. */
export function drawColumns(out: usize, cols: u32, used: u32, tree: u32, key0: u32, key1: u32): void {
  for (let c: u32 = 0; c < cols; c++) store<u32>(out + (<usize>c << 2), c);
  if (used == cols) return;
  for (let i: u32 = 0; i < used; i++) {
    if ((i & 3) == 0) philoxBlock(BLOCK, i >> 2, tree, PURPOSE_COLUMNS, 0, key0, key1);
    const word = load<u32>(BLOCK + (<usize>(i & 3) << 2));
    const a = out + (<usize>i << 2);
    const b = a + (<usize>((<u64>word * <u64>(cols - i)) >> 32) << 2);
    const column = load<u32>(b);
    store<u32>(b, load<u32>(a));
    store<u32>(a, column);
  }
}

// @ts-ignore: decorator
@inline
function storePair(at: usize, keep: bool, gradient: f64, hessian: f64): void {
  // A hessian of at least one unit keeps sums of rows that were drawn positive.
  const h = max<i64>(1, <i64>nearest(hessian));
  store<i64>(at, keep ? <i64>nearest(gradient) : 0);
  store<i64>(at, keep ? (h << COUNT_BITS) | 1 : 0, 8);
}

/** Largest |margin - y|. `y`: f64[rows]. */
export function largestResidual(margins: usize, y: usize, rows: u32): f64 {
  let top: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    top = max(top, Math.abs(<f64>load<f32>(margins + (r << 2)) - load<f64>(y + (r << 3))));
  }
  return top;
}

/** Squared error: gradient margin - y times `scale`, hessian 1. Returns the sum of squares. */
export function squaredPairs(pairs: usize, margins: usize, y: usize, rows: u32, sample: usize, scale: f64): f64 {
  let loss: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const residual = <f64>load<f32>(margins + (r << 2)) - load<f64>(y + (r << 3));
    loss += residual * residual;
    storePair(pairs + (r << 4), load<u8>(sample + r) != 0, residual * scale, 1);
  }
  return loss;
}

/** Two classes, one margin: the logistic loss. `labels`: u16[rows]. Scales turn into fixed point. Returns the summed loss in nats. */
export function logisticPairs(
  pairs: usize, margins: usize, labels: usize, rows: u32, sample: usize, scaleG: f64, scaleH: f64,
): f64 {
  let loss: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const margin = load<f32>(margins + (r << 2));
    const one = load<u16>(labels + (r << 1)) != 0;
    // e = exp(-|m|) <= 1; the share of the class that the margin speaks against is e / (1 + e).
    const e = expF32(-Mathf.abs(margin));
    const against = <f64>e / (1 + <f64>e);
    const p = margin >= 0 ? 1 - against : against;
    const right = margin >= 0 == one;
    loss += <f64>logF32(1 + e) + (right ? 0 : <f64>Mathf.abs(margin));
    storePair(pairs + (r << 4), load<u8>(sample + r) != 0, (one ? p - 1 : p) * scaleG, p * (1 - p) * scaleH);
  }
  return loss;
}

/** shares[k][r] = softmax over k of margins[k][r], f32. Returns the summed loss in nats. */
export function softmaxShares(shares: usize, margins: usize, labels: usize, rows: u32, classes: u32): f64 {
  const stride = <usize>rows << 2;
  const size = stride * <usize>classes;
  let loss: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const from = margins + (r << 2);
    const to = shares + (r << 2);
    let top = load<f32>(from);
    for (let k = stride; k < size; k += stride) top = max(top, load<f32>(from + k));
    let sum: f32 = 0;
    for (let k: usize = 0; k < size; k += stride) {
      const e = expF32(load<f32>(from + k) - top);
      store<f32>(to + k, e);
      sum += e;
    }
    for (let k: usize = 0; k < size; k += stride) store<f32>(to + k, load<f32>(to + k) / sum);
    loss -= <f64>logF32(max(TINY, load<f32>(to + <usize>load<u16>(labels + (r << 1)) * stride)));
  }
  return loss;
}

/** Pairs of class k: p - y, and factor * p (1 - p). */
export function softmaxPairs(
  pairs: usize, shares: usize, labels: usize, rows: u32, k: u32, sample: usize, scaleG: f64, scaleH: f64,
): void {
  const own = shares + <usize>k * (<usize>rows << 2);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const p = <f64>load<f32>(own + (r << 2));
    const one = <u32>load<u16>(labels + (r << 1)) == k;
    storePair(pairs + (r << 4), load<u8>(sample + r) != 0, (one ? p - 1 : p) * scaleG, p * (1 - p) * scaleH);
  }
}

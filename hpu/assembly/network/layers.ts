// Element-wise and row-wise steps of a network's training. Rows are `ld` floats apart, a multiple of 8; columns from `cols` to `ld`
// are padding and stay zero. Lanes run over columns; every sum runs in an order that the shape alone fixes.
import { logF32 } from '../training/transcendental';

/** z[r][c] += bias[c]; with `relu`, negatives become +0. */
export function addBias(z: usize, bias: usize, rows: i32, ld: i32, relu: bool): void {
  const zero = f32x4.splat(0);
  const line = <usize>ld * 4;
  for (let r = 0; r < rows; r++) {
    for (let c: usize = 0; c < line; c += 16) {
      const y = f32x4.add(v128.load(z + c), v128.load(bias + c));
      v128.store(z + c, relu ? f32x4.pmax(zero, y) : y);
    }
    z += line;
  }
}

const LOG2_E: f32 = 1.44269504088896341;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/** expF32 of training/transcendental, four at once and to the same bits. */
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const n = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(0.5)));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(y, scale), f32x4.lt(x, f32x4.splat(-87)));
}

/** Exponentials of a row above its largest entry, in place, zeros in the padding; returns their sum, at least 1. */
function exponentials(row: usize, cols: i32, ld: i32): f32 {
  const line = <usize>ld * 4;
  let top = load<f32>(row);
  for (let c = 1; c < cols; c++) top = max(top, load<f32>(row + <usize>c * 4));
  // Far enough below the largest entry, whatever its size, that e^ of it is 0: padding adds nothing to the sum.
  const below = top - max(<f32>1000, abs(top));
  for (let c = cols; c < ld; c++) store<f32>(row + <usize>c * 4, below);
  const top4 = f32x4.splat(top);
  let sums = f32x4.splat(0);
  for (let c: usize = 0; c < line; c += 16) {
    const e = exp4(f32x4.sub(v128.load(row + c), top4));
    v128.store(row + c, e);
    sums = f32x4.add(sums, e);
  }
  return (
    (f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/** Logits become e^(logit - largest of the row): probabilities up to their sum. */
export function exponentialRows(z: usize, rows: i32, cols: i32, ld: i32): void {
  for (let r = 0; r < rows; r++) exponentials(z + <usize>r * <usize>ld * 4, cols, ld);
}

/**
 * z (logits) becomes the gradient (softmax(z) - onehot(y)) / rows of the mean cross-entropy; returns the rows' summed losses.
 * Labels are i32.
 */
export function crossEntropy(z: usize, labels: usize, rows: i32, cols: i32, ld: i32): f64 {
  const line = <usize>ld * 4;
  const share = <f32>1 / <f32>rows;
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const own = z + <usize>load<i32>(labels + <usize>r * 4) * 4;
    const logit = load<f32>(own);
    let top = load<f32>(z);
    for (let c = 1; c < cols; c++) top = max(top, load<f32>(z + <usize>c * 4));
    const sum = exponentials(z, cols, ld);
    const scale = f32x4.splat(share / sum);
    for (let c: usize = 0; c < line; c += 16) v128.store(z + c, f32x4.mul(v128.load(z + c), scale));
    store<f32>(own, load<f32>(own) - share);
    loss += <f64>(logF32(sum) + (top - logit));
    z += line;
  }
  return loss;
}

/**
 * z (one output a row) becomes 2 (z - target) / rows, the gradient of the mean squared error, with the error clamped to
 * +-`limit`; returns the sum of the squared errors.
 */
export function squaredError(z: usize, targets: usize, rows: i32, ld: i32, limit: f32): f64 {
  const share = <f32>2 / <f32>rows;
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const error = max(-limit, min(limit, load<f32>(z) - load<f32>(targets + <usize>r * 4)));
    store<f32>(z, error * share);
    loss += <f64>error * <f64>error;
    z += <usize>ld * 4;
  }
  return loss;
}

/** gradient[i] = output[i] > 0 ? gradient[i] * scale : 0, where `output` is what ReLU (and dropout by 1 / scale) gave. */
export function reluGradient(gradient: usize, output: usize, count: i32, scale: f32): void {
  const zero = f32x4.splat(0);
  const by = f32x4.splat(scale);
  const end = gradient + <usize>count * 4;
  for (; gradient < end; gradient += 16, output += 16) {
    const passes = f32x4.gt(v128.load(output), zero);
    v128.store(gradient, v128.and(f32x4.mul(v128.load(gradient), by), passes));
  }
}

/** out[c] = sum over r of x[r][c]. */
export function columnSums(x: usize, rows: i32, ld: i32, out: usize): void {
  const line = <usize>ld * 4;
  for (let c: usize = 0; c < line; c += 16) {
    let sum = f32x4.splat(0);
    let at = x + c;
    for (let r = 0; r < rows; r++) {
      sum = f32x4.add(sum, v128.load(at));
      at += line;
    }
    v128.store(out + c, sum);
  }
}

/** z[i] = 0 where byte i of the random words is below `dropped`, else z[i] * scale. A multiple of four. */
export function dropout(z: usize, count: i32, words: usize, dropped: u32, scale: f32): void {
  for (let i = 0; i < count; i++) {
    const at = z + <usize>i * 4;
    store<f32>(at, load<u8>(words + i) < dropped ? 0 : load<f32>(at) * scale);
  }
}

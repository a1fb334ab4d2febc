// Element-wise and row-wise steps of float training. Every sum runs in index order. Pointers are bytes, counts elements.
import { expF32, logF32 } from './transcendental';

/** sums[c] (f64) += x[r][c]. Exact for a constant column: at most 2^16 equal f32 fit 53 bits. */
export function addColumns(x: usize, rows: i32, cols: i32, sums: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const at = sums + <usize>c * 8;
      store<f64>(at, load<f64>(at) + <f64>load<f32>(x));
      x += 4;
    }
  }
}

/** squares[c] (f64) += (x[r][c] - mean[c])^2 */
export function addSquares(x: usize, rows: i32, cols: i32, mean: usize, squares: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const d = <f64>load<f32>(x) - load<f64>(mean + <usize>c * 8);
      const at = squares + <usize>c * 8;
      store<f64>(at, load<f64>(at) + d * d);
      x += 4;
    }
  }
}

/** In place: at[c] /= count. */
export function divideF64(at: usize, cols: i32, count: f64): void {
  for (let c = 0; c < cols; c++) store<f64>(at + <usize>c * 8, load<f64>(at + <usize>c * 8) / count);
}

/** In place: sums of squares become 1 / standard deviation; a constant column gets 0 and so never speaks. */
export function inverseDeviations(at: usize, cols: i32, count: f64): void {
  for (let c = 0; c < cols; c++) {
    const variance = load<f64>(at + <usize>c * 8) / count;
    store<f64>(at + <usize>c * 8, variance > 0 ? 1 / Math.sqrt(variance) : 0);
  }
}

/** z[r][c] += bias[c]; with `relu`, negatives become +0. */
export function addBias(z: usize, bias: usize, rows: i32, cols: i32, relu: bool): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const y = load<f32>(z) + load<f32>(bias + <usize>c * 4);
      store<f32>(z, relu && !(y > 0) ? 0 : y);
      z += 4;
    }
  }
}

/**
 * z (logits) becomes the gradient (softmax(z) - onehot(y)) / rows of the mean cross-entropy; returns the sum of the rows'
 * losses. The largest exponent is e^0 = 1, so the sum lies in [1, cols].
 */
export function softmaxGradient(z: usize, y: usize, rows: i32, cols: i32): f32 {
  const share = <f32>1 / <f32>rows;
  let loss: f32 = 0;
  for (let r = 0; r < rows; r++) {
    const row = z + <usize>r * <usize>cols * 4;
    const label = <i32>load<u8>(y + r);
    let top = load<f32>(row);
    for (let c = 1; c < cols; c++) top = max(top, load<f32>(row + <usize>c * 4));
    const own = load<f32>(row + <usize>label * 4) - top;
    let sum: f32 = 0;
    for (let c = 0; c < cols; c++) {
      const e = expF32(load<f32>(row + <usize>c * 4) - top);
      store<f32>(row + <usize>c * 4, e);
      sum += e;
    }
    for (let c = 0; c < cols; c++) {
      const at = row + <usize>c * 4;
      store<f32>(at, (load<f32>(at) / sum - (c == label ? <f32>1 : <f32>0)) * share);
    }
    loss += logF32(sum) - own;
  }
  return loss;
}

/** out[c] = sum over r of x[r][c]. */
export function columnSums(x: usize, rows: i32, cols: i32, out: usize): void {
  memory.fill(out, 0, <usize>cols * 4);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const at = out + <usize>c * 4;
      store<f32>(at, load<f32>(at) + load<f32>(x));
      x += 4;
    }
  }
}

export function transpose(x: usize, rows: i32, cols: i32, out: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      store<f32>(out + (<usize>c * <usize>rows + <usize>r) * 4, load<f32>(x));
      x += 4;
    }
  }
}

/** gradient[i] = 0 where the ReLU's output is 0. */
export function maskRelu(gradient: usize, output: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    if (!(load<f32>(output + <usize>i * 4) > 0)) store<f32>(gradient + <usize>i * 4, 0);
  }
}

/**
 * v = momentum * v + (g + decay * w); w = clamp(w - rate * v, -limit, limit). The clamp keeps every weight finite, and with
 * it (inputs are clamped too) every activation and gradient: no NaN can arise.
 */
export function momentumStep(
  w: usize, v: usize, g: usize, count: i32, rate: f32, momentum: f32, decay: f32, limit: f32,
): void {
  const r4 = f32x4.splat(rate);
  const m4 = f32x4.splat(momentum);
  const d4 = f32x4.splat(decay);
  const high = f32x4.splat(limit);
  const low = f32x4.splat(-limit);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const weight = v128.load(w);
    const slope = f32x4.add(v128.load(g), f32x4.mul(d4, weight));
    const velocity = f32x4.add(f32x4.mul(m4, v128.load(v)), slope);
    v128.store(v, velocity);
    v128.store(w, f32x4.max(low, f32x4.min(high, f32x4.sub(weight, f32x4.mul(r4, velocity)))));
    w += 16;
    v += 16;
    g += 16;
  }
  for (; i < count; i++) {
    const weight = load<f32>(w);
    const velocity = momentum * load<f32>(v) + (load<f32>(g) + decay * weight);
    store<f32>(v, velocity);
    store<f32>(w, max(-limit, min(limit, weight - rate * velocity)));
    w += 4;
    v += 4;
    g += 4;
  }
}

/** Index of the largest entry of each row, the first among equals. */
export function argmax(z: usize, rows: i32, cols: i32, labels: usize): void {
  for (let r = 0; r < rows; r++) {
    let best = 0;
    let top = load<f32>(z);
    for (let c = 1; c < cols; c++) {
      const x = load<f32>(z + <usize>c * 4);
      if (x > top) {
        top = x;
        best = c;
      }
    }
    store<u8>(labels + r, <u8>best);
    z += <usize>cols * 4;
  }
}

/** Smallest and largest of 0 and the x, at `out` (two f32). */
export function extent(x: usize, count: i32, out: usize): void {
  let low: f32 = 0;
  let high: f32 = 0;
  for (let i = 0; i < count; i++) {
    const v = load<f32>(x + <usize>i * 4);
    low = min(low, v);
    high = max(high, v);
  }
  store<f32>(out, low);
  store<f32>(out, high, 4);
}

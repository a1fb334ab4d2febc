// Float <-> int8 by the one rule of hpu/quantise.ts: round half up (toward +infinity) after one exact product.

function roundShift(product: i64, shift: i32): i64 {
  return (product + ((<i64>1) << (shift - 1))) >> shift;
}

/**
 * out[r][c] = clamp(round((acc + bias[c]) * multiplier[c] / 2^shift[c]) + zero, low, high).
 * |acc + bias| < 3 * 2^30, multiplier < 2^31, shift <= 62: the sum with the half stays below 2^63.
 */
export function requantise(
  acc: usize, rows: i32, cols: i32, bias: usize, multiplier: usize, shift: usize,
  zero: i32, low: i32, high: i32, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const x = <i64>load<i32>(acc) + <i64>load<i32>(bias + c * 4);
      const y = roundShift(x * <i64>load<i32>(multiplier + c * 4), load<i32>(shift + c * 4)) + zero;
      store<i8>(out, <i8>max(<i64>low, min(<i64>high, y)));
      acc += 4;
      out += 1;
    }
  }
}

/** As requantise, but to int32, clamped to its range, with no zero point. */
export function rescale(
  acc: usize, rows: i32, cols: i32, bias: usize, multiplier: usize, shift: usize, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const x = <i64>load<i32>(acc) + <i64>load<i32>(bias + c * 4);
      const y = roundShift(x * <i64>load<i32>(multiplier + c * 4), load<i32>(shift + c * 4));
      store<i32>(out, <i32>max(<i64>i32.MIN_VALUE, min(<i64>i32.MAX_VALUE, y)));
      acc += 4;
      out += 4;
    }
  }
}

/** out[i] = clamp(floor(x[i] * inverseScale + 0.5) + zero, -128, 127), in f64; a NaN becomes `zero`. */
export function quantise(x: usize, count: i32, inverseScale: f64, zero: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const scaled = Math.floor(<f64>load<f32>(x + <usize>i * 4) * inverseScale + 0.5) + <f64>zero;
    const bounded = scaled < -128 ? -128 : scaled > 127 ? 127 : scaled;
    store<i8>(out + i, bounded == bounded ? <i8>(<i32>bounded) : <i8>zero);
  }
}

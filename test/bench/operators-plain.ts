/**
 * The operators as anyone would write them in JavaScript: typed arrays, one loop, no WebAssembly. Faster than hpu/reference/,
 * which gathers windows and counts in BigInt; only requantisation with sums of 63 bits is measured against that.
 */
import type { AddScaling } from '../../hpu/quantise.ts';

/** 3 x 3, padding 1; x: size x size x channels. */
export function depthwise3x3(x: Int8Array, size: number, channels: number, w: Int8Array, stride: number): Int32Array {
  const out = Math.floor((size - 1) / stride) + 1;
  const result = new Int32Array(out * out * channels);
  for (let y = 0; y < out; y++) {
    for (let column = 0; column < out; column++) {
      const to = (y * out + column) * channels;
      for (let i = 0; i < 3; i++) {
        const row = y * stride - 1 + i;
        if (row < 0 || row >= size) continue;
        for (let j = 0; j < 3; j++) {
          const at = column * stride - 1 + j;
          if (at < 0 || at >= size) continue;
          const from = (row * size + at) * channels;
          const tap = (i * 3 + j) * channels;
          for (let c = 0; c < channels; c++) {
            result[to + c] = (result[to + c] as number) + (x[from + c] as number) * (w[tap + c] as number);
          }
        }
      }
    }
  }
  return result;
}

/** Windows of `side`, stride = side, no padding. */
export function maxPool(x: Int8Array, size: number, channels: number, side: number): Int8Array {
  const out = Math.floor(size / side);
  const result = new Int8Array(out * out * channels).fill(-128);
  for (let y = 0; y < out * side; y++) {
    for (let column = 0; column < out * side; column++) {
      const from = (y * size + column) * channels;
      const to = (Math.floor(y / side) * out + Math.floor(column / side)) * channels;
      for (let c = 0; c < channels; c++) {
        const value = x[from + c] as number;
        if (value > (result[to + c] as number)) result[to + c] = value;
      }
    }
  }
  return result;
}

export function averagePool(x: Int8Array, size: number, channels: number, side: number): Int8Array {
  const out = Math.floor(size / side);
  const sums = new Int32Array(out * out * channels);
  for (let y = 0; y < out * side; y++) {
    for (let column = 0; column < out * side; column++) {
      const from = (y * size + column) * channels;
      const to = (Math.floor(y / side) * out + Math.floor(column / side)) * channels;
      for (let c = 0; c < channels; c++) sums[to + c] = (sums[to + c] as number) + (x[from + c] as number);
    }
  }
  const n = side * side;
  const result = new Int8Array(sums.length);
  for (let i = 0; i < sums.length; i++) result[i] = Math.floor((2 * (sums[i] as number) + n) / (2 * n));
  return result;
}

export function mapInt8(x: Int8Array, of: (value: number) => number): Int8Array {
  const result = new Int8Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = of(x[i] as number);
  return result;
}

/** The sum is below 2^40, and f64 holds it. */
export function addInt8(a: Int8Array, b: Int8Array, { left, right, shift }: AddScaling, zero: number): Int8Array {
  const result = new Int8Array(a.length);
  const unit = 2 ** -shift;
  for (let i = 0; i < a.length; i++) {
    const sum = ((a[i] as number) - left.zero) * left.multiplier + ((b[i] as number) - right.zero) * right.multiplier;
    result[i] = Math.max(-128, Math.min(127, Math.floor(sum * unit + 0.5) + zero));
  }
  return result;
}

/** For |acc + bias| below 2^21: f64 then holds the product. */
export function requantise(acc: Int32Array, bias: number, multiplier: number, shift: number, zero: number): Int8Array {
  const result = new Int8Array(acc.length);
  const unit = 2 ** -shift;
  for (let i = 0; i < acc.length; i++) {
    const y = Math.floor(((acc[i] as number) + bias) * multiplier * unit + 0.5) + zero;
    result[i] = Math.max(-128, Math.min(127, y));
  }
  return result;
}

export function addBias(acc: Int32Array, columns: number, bias: Int32Array): Int32Array {
  const result = new Int32Array(acc.length);
  for (let from = 0; from < acc.length; from += columns) {
    for (let c = 0; c < columns; c++) {
      const sum = (acc[from + c] as number) + (bias[c] as number);
      result[from + c] = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, sum));
    }
  }
  return result;
}

export function binaryF32(a: Float32Array, b: Float32Array, of: (x: number, y: number) => number): Float32Array {
  const result = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = of(a[i] as number, b[i] as number);
  return result;
}

export function extent(x: Float32Array): { low: number; high: number } {
  let low = x[0] as number;
  let high = low;
  for (let i = 1; i < x.length; i++) {
    const value = x[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

export function quantise(x: Float32Array, scale: number, zero: number): Int8Array {
  const result = new Int8Array(x.length);
  const inverse = 1 / scale;
  for (let i = 0; i < x.length; i++) {
    result[i] = Math.max(-128, Math.min(127, Math.floor((x[i] as number) * inverse + 0.5) + zero));
  }
  return result;
}

export function dequantise(q: Int8Array, scale: number, zero: number): Float32Array {
  const result = new Float32Array(q.length);
  for (let i = 0; i < q.length; i++) result[i] = ((q[i] as number) - zero) * scale;
  return result;
}

/** The meaning of the kernels: three loops and BigInt. Slow on purpose; every fast kernel equals these bit for bit. */
import { requireLength, requireProduct } from './shape.ts';

/** c = a b for row-major a (m x k), b (k x n). Exact: |c| <= k * 2^14 < 2^31. */
export function gemmReference(a: Int8Array, b: Int8Array, m: number, k: number, n: number): Int32Array {
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  requireLength('b', b.length, k * n);
  const c = new Int32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += (a[i * k + p] as number) * (b[p * n + j] as number);
      c[i * n + j] = sum;
    }
  }
  return c;
}

/** f32 product: each element is ((0 + a0 b0) + a1 b1) + ..., every operation rounded to f32, k in ascending order. */
export function gemmF32Reference(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  requireLength('b', b.length, k * n);
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum = Math.fround(sum + Math.fround((a[i * k + p] as number) * (b[p * n + j] as number)));
      }
      c[i * n + j] = sum;
    }
  }
  return c;
}

/** floor((x * multiplier + 2^(shift - 1)) / 2^shift): the one rounding of hpu/quantise.ts. */
function roundShift(x: bigint, multiplier: bigint, shift: bigint): bigint {
  return (x * multiplier + (1n << (shift - 1n))) >> shift;
}

const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x);

/** One accumulator to int8. */
export function requantiseReference(
  acc: number,
  channel: { bias: number; multiplier: number; shift: number },
  range: { zero: number; low: number; high: number },
): number {
  const y = roundShift(BigInt(acc) + BigInt(channel.bias), BigInt(channel.multiplier), BigInt(channel.shift));
  return Number(clamp(y + BigInt(range.zero), BigInt(range.low), BigInt(range.high)));
}

/** One accumulator to int32. */
export function rescaleReference(acc: number, channel: { bias: number; multiplier: number; shift: number }): number {
  const y = roundShift(BigInt(acc) + BigInt(channel.bias), BigInt(channel.multiplier), BigInt(channel.shift));
  return Number(clamp(y, -(1n << 31n), (1n << 31n) - 1n));
}

/** One float to int8. */
export function quantiseReference(x: number, inverseScale: number, zero: number): number {
  const y = Math.floor(x * inverseScale + 0.5) + zero;
  return Number.isNaN(y) ? zero : Math.max(-128, Math.min(127, y));
}

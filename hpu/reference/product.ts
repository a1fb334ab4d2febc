/** The meaning of the kernels: three loops and BigInt. Slow on purpose; every fast kernel equals these bit for bit. */
import { type ImageShape, type Window, walkOf } from '../operators/window.ts';
import { requireLength, requireProduct } from '../shape.ts';

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

/** conv2d by its definition, over NHWC; b is (window.height * window.width * channels) x n. Padding counts as `zero`. */
export function conv2dReference(
  x: Int8Array | Float32Array,
  shape: ImageShape,
  window: Window,
  b: Int8Array | Float32Array,
  n: number,
  zero: number,
): Int32Array | Float32Array {
  const { down, across } = walkOf(shape, window);
  const length = shape.images * down.output * across.output * n;
  const c = x instanceof Float32Array ? new Float32Array(length) : new Int32Array(length);
  const round = x instanceof Float32Array ? Math.fround : (value: number) => value;
  const at = (image: number, row: number, column: number, channel: number): number => {
    const inside = row >= 0 && row < shape.height && column >= 0 && column < shape.width;
    return inside
      ? (x[((image * shape.height + row) * shape.width + column) * shape.channels + channel] as number)
      : zero;
  };
  const sumOf = (image: number, oy: number, ox: number, filter: number): number => {
    let [sum, p] = [0, 0];
    for (let ky = 0; ky < down.taps; ky++) {
      for (let kx = 0; kx < across.taps; kx++) {
        const row = oy * down.stride - down.before + ky * down.dilation;
        const column = ox * across.stride - across.before + kx * across.dilation;
        for (let channel = 0; channel < shape.channels; channel++, p++)
          sum = round(sum + round(at(image, row, column, channel) * (b[p * n + filter] as number)));
      }
    }
    return sum;
  };
  let next = 0;
  for (let image = 0; image < shape.images; image++)
    for (let oy = 0; oy < down.output; oy++)
      for (let ox = 0; ox < across.output; ox++)
        for (let filter = 0; filter < n; filter++) c[next++] = sumOf(image, oy, ox, filter);
  return c;
}

// d16: exact int8 x int8 -> int32 products by i32x4.dot_i16x8_s, with a kernel of its own for a single row, on the operands of
// pack-d16.
import { accumulateTiles, addProducts, multiplyTiles, Shuffle, Splat } from './tile';

export function multiply(a: usize, b: usize, c: usize, mPanels: i32, kp: i32, nPanels: i32): void {
  multiplyTiles<i16, Splat>(a, b, c, mPanels, kp, nPanels);
}

export function multiplyShuffled(a: usize, b: usize, c: usize, mPanels: i32, kp: i32, nPanels: i32): void {
  multiplyTiles<i16, Shuffle>(a, b, c, mPanels, kp, nPanels);
}

export function accumulate(
  a: usize, aStride: usize, b: usize, bStride: usize, base: usize, ldBase: usize, c: usize, ldc: usize,
  mPanels: i32, pairs: i32, nPanels: i32,
): void {
  accumulateTiles<i16, Splat>(a, aStride, b, bStride, base, ldBase, c, ldc, mPanels, pairs, nPanels);
}

export function accumulateShuffled(
  a: usize, aStride: usize, b: usize, bStride: usize, base: usize, ldBase: usize, c: usize, ldc: usize,
  mPanels: i32, pairs: i32, nPanels: i32,
): void {
  accumulateTiles<i16, Shuffle>(a, aStride, b, bStride, base, ldBase, c, ldc, mPanels, pairs, nPanels);
}

/**
 * c (one row, 8 * nPanels columns) = one packed row times b panels. One panel after the other: a single stream of weights is
 * read faster than several. Two pairs at a time, with sums of their own, hide the latency of a dot.
 */
export function multiplyRow(a: usize, b: usize, c: usize, kp: i32, nPanels: i32): void {
  for (let j = 0; j < nPanels; j++) {
    let x = a;
    const end = x + <usize>(kp & ~1) * 4;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let t0 = i32x4.splat(0);
    let t1 = t0;
    while (x < end) {
      const x0 = v128.load32_splat(x);
      s0 = addProducts<i16>(s0, x0, v128.load(b));
      s1 = addProducts<i16>(s1, x0, v128.load(b, 16));
      const x1 = v128.load32_splat(x, 4);
      t0 = addProducts<i16>(t0, x1, v128.load(b, 32));
      t1 = addProducts<i16>(t1, x1, v128.load(b, 48));
      x += 8;
      b += 64;
    }
    if (kp & 1) {
      const x0 = v128.load32_splat(x);
      s0 = addProducts<i16>(s0, x0, v128.load(b));
      s1 = addProducts<i16>(s1, x0, v128.load(b, 16));
      b += 32;
    }
    v128.store(c, i32x4.add(s0, t0));
    v128.store(c, i32x4.add(s1, t1), 16);
    c += 32;
  }
}

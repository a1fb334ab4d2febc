// Row dots modulo p = 2^31 - 1 for Freivalds' check, two random vectors at once. Source: Freivalds, "Probabilistic machines
// can use less running time" (1977). Vectors are in limbs (limbs.ts), both side by side.
import { RADIX } from './residues/limbs';
import { folded, reduced } from './residues/modulo';

export { expand } from './residues/chacha';
export { split } from './residues/limbs';

/** int8 entries between two flushes: 720 * 2^7 * LIMB_MAX < 2^31, so that even the sum of the lanes is an int32. */
const FLUSH_BYTES: i32 = 720;

/** A vector loaded from memory stays in its register; a constant one is made again in every step. */
const MASK = memory.data(16, 16);

export function heapBase(): usize {
  return __heap_base;
}

/** The sums (a, b, c, d) of four vectors' lanes. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const x = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const y = i32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return i32x4.add(i32x4.shuffle(x, y, 0, 1, 4, 5), i32x4.shuffle(x, y, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function storePair(out: usize, plane: usize, residues: v128): void {
  v128.store32_lane(out, residues, 0);
  v128.store32_lane(out + plane, residues, 2);
}

/** For each of `rows` rows of `cols` int8: the dots with both vectors, mod p, as u32 to `out` and to `out + plane`. */
export function dotBytes(rowsAt: usize, rows: i32, cols: i32, limbs: usize, out: usize, plane: usize): void {
  for (let r = 0; r < rows; r += 2) {
    // An odd last row is paired with itself.
    const second = r + 1 < rows ? 1 : 0;
    const row = rowsAt + <usize>r * <usize>cols;
    dotTwoRows(row, row + <usize>second * <usize>cols, cols, limbs, out + <usize>r * 4, <usize>second * 4, plane);
  }
}

/** Reads up to 7 bytes past a row. */
// @ts-ignore: decorator
@inline
function dotTwoRows(row: usize, next: usize, cols: i32, limbs: usize, out: usize, step: usize, plane: usize): void {
  const zero = i64x2.splat(0);
  let first = zero;
  let second = zero;
  for (let from = 0; from < cols; from += FLUSH_BYTES) {
    const to = min(from + FLUSH_BYTES, cols);
    let a = zero;
    let b = zero;
    let c = zero;
    let d = zero;
    let e = zero;
    let f = zero;
    let g = zero;
    let h = zero;
    for (let j = from; j < to; j += 8) {
      const v = v128.load8x8_s(row + j);
      const w = v128.load8x8_s(next + j);
      const at = limbs + <usize>j * 8;
      let l = v128.load(at);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v, l));
      e = i32x4.add(e, i32x4.dot_i16x8_s(w, l));
      l = v128.load(at, 16);
      b = i32x4.add(b, i32x4.dot_i16x8_s(v, l));
      f = i32x4.add(f, i32x4.dot_i16x8_s(w, l));
      l = v128.load(at, 32);
      c = i32x4.add(c, i32x4.dot_i16x8_s(v, l));
      g = i32x4.add(g, i32x4.dot_i16x8_s(w, l));
      l = v128.load(at, 48);
      d = i32x4.add(d, i32x4.dot_i16x8_s(v, l));
      h = i32x4.add(h, i32x4.dot_i16x8_s(w, l));
    }
    const x = sums(a, c, b, d);
    const y = sums(e, g, f, h);
    const radix = i32x4.splat(RADIX);
    first = reduced(i64x2.add(first, i64x2.add(i64x2.extend_low_i32x4_s(x), i64x2.extmul_high_i32x4_s(x, radix))));
    second = reduced(i64x2.add(second, i64x2.add(i64x2.extend_low_i32x4_s(y), i64x2.extmul_high_i32x4_s(y, radix))));
  }
  storePair(out, plane, first);
  storePair(out + step, plane, second);
}

/** The int64 lanes of x plus both pairs of int32 lanes of v. */
// @ts-ignore: decorator
@inline
function widened(x: v128, v: v128): v128 {
  return i64x2.add(x, i64x2.add(i64x2.extend_low_i32x4_s(v), i64x2.extend_high_i32x4_s(v)));
}

/** The sums (a, b) of two vectors' int64 lanes. */
// @ts-ignore: decorator
@inline
function wideSums(a: v128, b: v128): v128 {
  return i64x2.add(i64x2.shuffle(a, b, 0, 2), i64x2.shuffle(a, b, 1, 3));
}

/**
 * As dotBytes for rows of int32, each entry split at bit `shift` into two int16: a lower part that is not negative and a
 * signed upper part. `flush` entries, a multiple of eight, may be summed in int32 lanes. Returns the largest absolute value of
 * an upper part, at which a saturated one stands out. Reads up to 28 bytes past the last row, which count in that value.
 */
// @ts-ignore: decorator
@inline
function dotWords(
  shift: i32,
  rowsAt: usize,
  rows: i32,
  cols: i32,
  flush: i32,
  limbs: usize,
  out: usize,
  plane: usize,
): i32 {
  const zero = i64x2.splat(0);
  v128.store(MASK, i32x4.splat((1 << shift) - 1));
  const mask = v128.load(MASK);
  let largest = zero;
  for (let r = 0; r < rows; r++) {
    const row = rowsAt + <usize>r * <usize>cols * 4;
    let a = zero;
    let b = zero;
    let c = zero;
    let d = zero;
    let e = zero;
    let f = zero;
    let g = zero;
    let h = zero;
    for (let from = 0; from < cols; from += flush) {
      const to = min(from + flush, cols);
      let a0 = zero;
      let b0 = zero;
      let c0 = zero;
      let d0 = zero;
      let e0 = zero;
      let f0 = zero;
      let g0 = zero;
      let h0 = zero;
      for (let j = from; j < to; j += 8) {
        const v = v128.load(row + <usize>j * 4);
        const w = v128.load(row + <usize>j * 4, 16);
        const low = i16x8.narrow_i32x4_s(v128.and(v, mask), v128.and(w, mask));
        const high = i16x8.narrow_i32x4_s(i32x4.shr_s(v, shift), i32x4.shr_s(w, shift));
        largest = i16x8.max_u(largest, i16x8.abs(high));
        const at = limbs + <usize>j * 8;
        let l = v128.load(at);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(low, l));
        e0 = i32x4.add(e0, i32x4.dot_i16x8_s(high, l));
        l = v128.load(at, 16);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(low, l));
        f0 = i32x4.add(f0, i32x4.dot_i16x8_s(high, l));
        l = v128.load(at, 32);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(low, l));
        g0 = i32x4.add(g0, i32x4.dot_i16x8_s(high, l));
        l = v128.load(at, 48);
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(low, l));
        h0 = i32x4.add(h0, i32x4.dot_i16x8_s(high, l));
      }
      a = widened(a, a0);
      b = widened(b, b0);
      c = widened(c, c0);
      d = widened(d, d0);
      e = widened(e, e0);
      f = widened(f, f0);
      g = widened(g, g0);
      h = widened(h, h0);
    }
    const low = i64x2.add(wideSums(a, c), i64x2.shl(folded(wideSums(e, g)), shift));
    const high = folded(i64x2.add(wideSums(b, d), i64x2.shl(folded(wideSums(f, h)), shift)));
    const scaled = i64x2.extmul_low_i32x4_u(i32x4.shuffle(high, high, 0, 2, 0, 2), i32x4.splat(RADIX));
    storePair(out + <usize>r * 4, plane, reduced(i64x2.add(low, scaled)));
  }
  v128.store(MASK, largest);
  let most = 0;
  for (let i: usize = 0; i < 16; i += 2) most = max(most, <i32>load<u16>(MASK + i));
  return most;
}


export function dotWords11(at: usize, rows: i32, cols: i32, flush: i32, limbs: usize, out: usize, plane: usize): i32 {
  return dotWords(11, at, rows, cols, flush, limbs, out, plane);
}

export function dotWords12(at: usize, rows: i32, cols: i32, flush: i32, limbs: usize, out: usize, plane: usize): i32 {
  return dotWords(12, at, rows, cols, flush, limbs, out, plane);
}

export function dotWords13(at: usize, rows: i32, cols: i32, flush: i32, limbs: usize, out: usize, plane: usize): i32 {
  return dotWords(13, at, rows, cols, flush, limbs, out, plane);
}

export function dotWords15(at: usize, rows: i32, cols: i32, flush: i32, limbs: usize, out: usize, plane: usize): i32 {
  return dotWords(15, at, rows, cols, flush, limbs, out, plane);
}

/** Whether two vectors of `count` u32 are equal. */
export function equal(x: usize, y: usize, count: i32): bool {
  let difference = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    difference = v128.or(difference, v128.xor(v128.load(x + <usize>i * 4), v128.load(y + <usize>i * 4)));
  }
  for (; i < count; i++) {
    difference = v128.or(difference, i32x4.splat(load<i32>(x + <usize>i * 4) ^ load<i32>(y + <usize>i * 4)));
  }
  return !v128.any_true(difference);
}

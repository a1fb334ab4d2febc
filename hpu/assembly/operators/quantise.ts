// Floats, int32 and int8 by the one rule of hpu/quantise.ts: round half up (toward +infinity) after one exact product.
//
// The SIMD forms take shifts of 32 to 62 (ratios below 1/2): with S = acc * m + (bias * m + 2^(shift - 1)), which is the same
// integer as (acc + bias) * m + 2^(shift - 1) and below 2^63,
//   floor(S / 2^shift) = floor(floor(S / 2^32) / 2^t), t = shift - 32,
// and lanes shift by different t by a product with 2^(30 - t), of which bits 30 to 61 are kept. Smaller shifts stay scalar.

/** Rows between two computations of the constants of eight columns. */
const BLOCK_ROWS: i32 = 64;
/** Below this many rows the constants cost more than they save. */
const WIDE_ROWS_MIN: i32 = 4;
const WIDE_SHIFT_MIN: i32 = 32;

/** Constants of eight columns: multiplier (32 bytes), 2^(30 - t) (32), bias * multiplier + 2^(shift - 1) (64). */
const group: usize = memory.data(128, 16);

function roundShift(product: i64, shift: i32): i64 {
  return (product + ((<i64>1) << (shift - 1))) >> shift;
}

/** Fills `group` from eight columns; false when a shift is too small for the SIMD form. */
function fillGroup(bias: usize, multiplier: usize, shift: usize): bool {
  for (let c: usize = 0; c < 8; c++) {
    const s = load<i32>(shift + c * 4);
    if (s < WIDE_SHIFT_MIN) return false;
    const m = load<i32>(multiplier + c * 4);
    store<i32>(group + c * 4, m);
    store<i32>(group + c * 4, 1 << (62 - s), 32);
    store<i64>(group + c * 8, <i64>load<i32>(bias + c * 4) * <i64>m + ((<i64>1) << (s - 1)), 64);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function roundedUpper(acc: v128, m: v128, c0: v128, c1: v128): v128 {
  const s0 = i64x2.add(i64x2.extmul_low_i32x4_s(acc, m), c0);
  const s1 = i64x2.add(i64x2.extmul_high_i32x4_s(acc, m), c1);
  return i32x4.shuffle(s0, s1, 1, 3, 5, 7);
}

// @ts-ignore: decorator
@inline
function shiftedBy(upper: v128, power: v128): v128 {
  const t0 = i64x2.shl(i64x2.extmul_low_i32x4_s(upper, power), 2);
  const t1 = i64x2.shl(i64x2.extmul_high_i32x4_s(upper, power), 2);
  return i32x4.shuffle(t0, t1, 1, 3, 5, 7);
}

/** Saturating to int16 first changes nothing: |zero| <= 128, and the clamp is inside int8. */
// @ts-ignore: decorator
@inline
function boundedInt16(y0: v128, y1: v128, zero: v128, low: v128, high: v128): v128 {
  const y = i16x8.add_sat_s(i16x8.narrow_i32x4_s(y0, y1), zero);
  return i16x8.min_s(high, i16x8.max_s(low, y));
}

function requantiseGroup(acc: usize, rows: i32, cols: i32, zero: i32, low: i32, high: i32, out: usize): void {
  const m0 = v128.load(group);
  const m1 = v128.load(group, 16);
  const p0 = v128.load(group, 32);
  const p1 = v128.load(group, 48);
  const c0 = v128.load(group, 64);
  const c1 = v128.load(group, 80);
  const c2 = v128.load(group, 96);
  const c3 = v128.load(group, 112);
  const z = i16x8.splat(<i16>zero);
  const l = i16x8.splat(<i16>low);
  const h = i16x8.splat(<i16>high);
  for (let r = 0; r < rows; r++) {
    const y0 = shiftedBy(roundedUpper(v128.load(acc), m0, c0, c1), p0);
    const y1 = shiftedBy(roundedUpper(v128.load(acc, 16), m1, c2, c3), p1);
    const y = boundedInt16(y0, y1, z, l, h);
    v128.store64_lane(out, i8x16.narrow_i16x8_s(y, y), 0);
    acc += <usize>cols * 4;
    out += <usize>cols;
  }
}

function requantiseScalar(
  acc: usize, rows: i32, count: i32, cols: i32, bias: usize, multiplier: usize, shift: usize,
  zero: i32, low: i32, high: i32, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < count; c++) {
      const x = <i64>load<i32>(acc + <usize>c * 4) + <i64>load<i32>(bias + <usize>c * 4);
      const y = roundShift(x * <i64>load<i32>(multiplier + <usize>c * 4), load<i32>(shift + <usize>c * 4)) + zero;
      store<i8>(out + c, <i8>max(<i64>low, min(<i64>high, y)));
    }
    acc += <usize>cols * 4;
    out += <usize>cols;
  }
}

/**
 * out[r][c] = clamp(round((acc + bias[c]) * multiplier[c] / 2^shift[c]) + zero, low, high).
 * |acc + bias| < 3 * 2^30, multiplier < 2^31, shift <= 62: the sum with the half stays below 2^63.
 */
export function requantise(
  acc: usize, rows: i32, cols: i32, bias: usize, multiplier: usize, shift: usize,
  zero: i32, low: i32, high: i32, out: usize,
): void {
  const wide = rows >= WIDE_ROWS_MIN ? cols & ~7 : 0;
  for (let r = 0; r < rows; r += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - r);
    const at = <usize>r * <usize>cols;
    for (let c = 0; c < cols;) {
      const from = acc + (at + c) * 4;
      const b = bias + <usize>c * 4;
      const m = multiplier + <usize>c * 4;
      const s = shift + <usize>c * 4;
      const width = c < wide ? 8 : cols - c;
      if (c < wide && fillGroup(b, m, s)) requantiseGroup(from, count, cols, zero, low, high, out + at + c);
      else requantiseScalar(from, count, width, cols, b, m, s, zero, low, high, out + at + c);
      c += width;
    }
  }
}

function rescaleGroup(acc: usize, rows: i32, cols: i32, out: usize): void {
  const m0 = v128.load(group);
  const m1 = v128.load(group, 16);
  const p0 = v128.load(group, 32);
  const p1 = v128.load(group, 48);
  const c0 = v128.load(group, 64);
  const c1 = v128.load(group, 80);
  const c2 = v128.load(group, 96);
  const c3 = v128.load(group, 112);
  for (let r = 0; r < rows; r++) {
    v128.store(out, shiftedBy(roundedUpper(v128.load(acc), m0, c0, c1), p0));
    v128.store(out, shiftedBy(roundedUpper(v128.load(acc, 16), m1, c2, c3), p1), 16);
    acc += <usize>cols * 4;
    out += <usize>cols * 4;
  }
}

function rescaleScalar(
  acc: usize, rows: i32, count: i32, cols: i32, bias: usize, multiplier: usize, shift: usize, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < count; c++) {
      const x = <i64>load<i32>(acc + <usize>c * 4) + <i64>load<i32>(bias + <usize>c * 4);
      const y = roundShift(x * <i64>load<i32>(multiplier + <usize>c * 4), load<i32>(shift + <usize>c * 4));
      store<i32>(out + <usize>c * 4, <i32>max(<i64>i32.MIN_VALUE, min(<i64>i32.MAX_VALUE, y)));
    }
    acc += <usize>cols * 4;
    out += <usize>cols * 4;
  }
}

/** As requantise, but to int32, clamped to its range (which shifts from 32 up never leave), with no zero point. */
export function rescale(
  acc: usize, rows: i32, cols: i32, bias: usize, multiplier: usize, shift: usize, out: usize,
): void {
  const wide = rows >= WIDE_ROWS_MIN ? cols & ~7 : 0;
  for (let r = 0; r < rows; r += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - r);
    const at = <usize>r * <usize>cols;
    for (let c = 0; c < cols;) {
      const from = acc + (at + c) * 4;
      const to = out + (at + c) * 4;
      const b = bias + <usize>c * 4;
      const m = multiplier + <usize>c * 4;
      const s = shift + <usize>c * 4;
      const width = c < wide ? 8 : cols - c;
      if (c < wide && fillGroup(b, m, s)) rescaleGroup(from, count, cols, to);
      else rescaleScalar(from, count, width, cols, b, m, s, to);
      c += width;
    }
  }
}

/** One channel for all: a flat run of `count`, in whole vectors of 16 when the shift allows SIMD (the buffers hold them). */
export function requantiseTensor(
  acc: usize, count: i32, bias: i32, multiplier: i32, shift: i32, zero: i32, low: i32, high: i32, out: usize,
): void {
  const half = <i64>bias * <i64>multiplier + ((<i64>1) << (shift - 1));
  if (shift < WIDE_SHIFT_MIN) {
    for (let i = 0; i < count; i++) {
      const y = ((<i64>load<i32>(acc + <usize>i * 4) * <i64>multiplier + half) >> shift) + zero;
      store<i8>(out + i, <i8>max(<i64>low, min(<i64>high, y)));
    }
    return;
  }
  const m = i32x4.splat(multiplier);
  const c = i64x2.splat(half);
  const t = shift - 32;
  const z = i16x8.splat(<i16>zero);
  const l = i16x8.splat(<i16>low);
  const h = i16x8.splat(<i16>high);
  for (let i = 0; i < count; i += 16) {
    const y0 = i32x4.shr_s(roundedUpper(v128.load(acc), m, c, c), t);
    const y1 = i32x4.shr_s(roundedUpper(v128.load(acc, 16), m, c, c), t);
    const y2 = i32x4.shr_s(roundedUpper(v128.load(acc, 32), m, c, c), t);
    const y3 = i32x4.shr_s(roundedUpper(v128.load(acc, 48), m, c, c), t);
    v128.store(out, i8x16.narrow_i16x8_s(boundedInt16(y0, y1, z, l, h), boundedInt16(y2, y3, z, l, h)));
    acc += 64;
    out += 16;
  }
}

/** floor(x * inverse + 1/2) of two floats in f64, saturated to int32; NaN becomes 0. Lanes 2 and 3 are 0. */
// @ts-ignore: decorator
@inline
export function roundedPair(x: v128, inverse: v128): v128 {
  const scaled = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(x), inverse), f64x2.splat(0.5));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(scaled));
}

// @ts-ignore: decorator
@inline
export function roundedQuad(x: v128, inverse0: v128, inverse1: v128): v128 {
  const upper = i64x2.shuffle(x, x, 1, 1);
  return i64x2.shuffle(roundedPair(x, inverse0), roundedPair(upper, inverse1), 0, 2);
}

/** One float, as the lanes do it. */
export function quantiseOne(x: f32, inverseScale: f64, zero: i32, low: i32, high: i32): i8 {
  const scaled = Math.floor(<f64>x * inverseScale + 0.5) + <f64>zero;
  const bounded = scaled < <f64>low ? <f64>low : scaled > <f64>high ? <f64>high : scaled;
  return bounded == bounded ? <i8>(<i32>bounded) : <i8>max(low, min(high, zero));
}

/** out[i] = clamp(floor(x[i] * inverseScale + 0.5) + zero, low, high), in f64; a NaN counts as 0. */
export function quantiseWithin(
  x: usize, count: i32, inverseScale: f64, zero: i32, low: i32, high: i32, out: usize,
): void {
  const inverse = f64x2.splat(inverseScale);
  const z = i16x8.splat(<i16>zero);
  const l = i16x8.splat(<i16>low);
  const h = i16x8.splat(<i16>high);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const at = x + <usize>i * 4;
    const y0 = roundedQuad(v128.load(at), inverse, inverse);
    const y1 = roundedQuad(v128.load(at, 16), inverse, inverse);
    const y = boundedInt16(y0, y1, z, l, h);
    v128.store64_lane(out + i, i8x16.narrow_i16x8_s(y, y), 0);
  }
  for (; i < count; i++) {
    store<i8>(out + i, quantiseOne(load<f32>(x + <usize>i * 4), inverseScale, zero, low, high));
  }
}

/** quantiseWithin over the whole of int8. */
export function quantise(x: usize, count: i32, inverseScale: f64, zero: i32, out: usize): void {
  quantiseWithin(x, count, inverseScale, zero, -128, 127, out);
}

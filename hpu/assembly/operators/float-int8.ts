// Between f32 and int8 by minimum and maximum, per tensor and per column (quantise.ts has the rounding).
import { quantiseOne, roundedQuad } from './quantise';

/** Lanes that are NaN or infinite: an exponent of all ones. */
// @ts-ignore: decorator
@inline
function notFinite(x: v128): v128 {
  const exponent = i32x4.splat(0x7f800000);
  return i32x4.eq(v128.and(x, exponent), exponent);
}

function isFiniteF32(x: f32): bool {
  return (reinterpret<i32>(x) & 0x7f800000) != 0x7f800000;
}

/**
 * low[c], high[c] become the smallest and largest of themselves and the x[r][c]; returns false if an x is NaN or infinite, and
 * then they mean nothing. The sign of a zero is left open: the caller adds +0.
 */
export function columnExtents(x: usize, rows: i32, cols: i32, low: usize, high: usize): bool {
  const rowBytes = <usize>cols * 4;
  let bad = i32x4.splat(0);
  let finite = true;
  let c = 0;
  for (; c + 8 <= cols; c += 8) {
    let l0 = v128.load(low + <usize>c * 4);
    let l1 = v128.load(low + <usize>c * 4, 16);
    let h0 = v128.load(high + <usize>c * 4);
    let h1 = v128.load(high + <usize>c * 4, 16);
    let at = x + <usize>c * 4;
    for (let r = 0; r < rows; r++) {
      const v0 = v128.load(at);
      const v1 = v128.load(at, 16);
      l0 = f32x4.pmin(l0, v0);
      l1 = f32x4.pmin(l1, v1);
      h0 = f32x4.pmax(h0, v0);
      h1 = f32x4.pmax(h1, v1);
      bad = v128.or(bad, v128.or(notFinite(v0), notFinite(v1)));
      at += rowBytes;
    }
    v128.store(low + <usize>c * 4, l0);
    v128.store(low + <usize>c * 4, l1, 16);
    v128.store(high + <usize>c * 4, h0);
    v128.store(high + <usize>c * 4, h1, 16);
  }
  for (; c < cols; c++) {
    let l = load<f32>(low + <usize>c * 4);
    let h = load<f32>(high + <usize>c * 4);
    for (let r = 0; r < rows; r++) {
      const v = load<f32>(x + <usize>r * rowBytes + <usize>c * 4);
      l = v < l ? v : l;
      h = v > h ? v : h;
      finite = finite && isFiniteF32(v);
    }
    store<f32>(low + <usize>c * 4, l);
    store<f32>(high + <usize>c * 4, h);
  }
  return finite && !v128.any_true(bad);
}

/** q[r][c] = clamp(floor(x * inverse[c] + 1/2) + zeros[c], low, high), inverse f64, zeros int16. */
export function quantiseColumns(
  x: usize, rows: i32, cols: i32, inverse: usize, zeros: usize, low: i32, high: i32, out: usize,
): void {
  const l = i16x8.splat(<i16>low);
  const h = i16x8.splat(<i16>high);
  for (let r = 0; r < rows; r++) {
    let c = 0;
    for (; c + 8 <= cols; c += 8) {
      const at = x + <usize>c * 4;
      const by = inverse + <usize>c * 8;
      const y0 = roundedQuad(v128.load(at), v128.load(by), v128.load(by, 16));
      const y1 = roundedQuad(v128.load(at, 16), v128.load(by, 32), v128.load(by, 48));
      const y = i16x8.add_sat_s(i16x8.narrow_i32x4_s(y0, y1), v128.load(zeros + <usize>c * 2));
      const bounded = i16x8.min_s(h, i16x8.max_s(l, y));
      v128.store64_lane(out + c, i8x16.narrow_i16x8_s(bounded, bounded), 0);
    }
    for (; c < cols; c++) {
      const zero = <i32>load<i16>(zeros + <usize>c * 2);
      const y = quantiseOne(load<f32>(x + <usize>c * 4), load<f64>(inverse + <usize>c * 8), zero, low, high);
      store<i8>(out + c, y);
    }
    x += <usize>cols * 4;
    out += <usize>cols;
  }
}

/** f32 of d * scale, d = q - zero: one f64 product, held to the finite f32, rounded once more. Two lanes. */
// @ts-ignore: decorator
@inline
function floatPair(d: v128, scale: v128): v128 {
  const y = f64x2.mul(f64x2.convert_low_i32x4_s(d), scale);
  const top = f64x2.splat(<f64>f32.MAX_VALUE);
  const bottom = f64x2.splat(-<f64>f32.MAX_VALUE);
  return f32x4.demote_f64x2_zero(f64x2.pmin(f64x2.pmax(y, bottom), top));
}

// @ts-ignore: decorator
@inline
function floatQuad(d: v128, scale0: v128, scale1: v128): v128 {
  return i64x2.shuffle(floatPair(d, scale0), floatPair(i64x2.shuffle(d, d, 1, 1), scale1), 0, 2);
}

function floatOne(d: i32, scale: f64): f32 {
  return <f32>max(-<f64>f32.MAX_VALUE, min(<f64>f32.MAX_VALUE, <f64>d * scale));
}

/** The 256 floats of one scale and zero point. */
const floats: usize = memory.data(1024, 16);

/** out[i] = (q[i] - zero) * scale, by table; in whole fours. */
export function dequantise(q: usize, count: i32, scale: f64, zero: i32, out: usize): void {
  for (let i = 0; i < 256; i++) store<f32>(floats + <usize>i * 4, floatOne(i - 128 - zero, scale));
  const middle = floats + 128 * 4;
  for (let i = 0; i < count; i += 4) {
    store<u32>(out, load<u32>(middle + (<i32>load<i8>(q + i) << 2)));
    store<u32>(out, load<u32>(middle + (<i32>load<i8>(q + i, 1) << 2)), 4);
    store<u32>(out, load<u32>(middle + (<i32>load<i8>(q + i, 2) << 2)), 8);
    store<u32>(out, load<u32>(middle + (<i32>load<i8>(q + i, 3) << 2)), 12);
    out += 16;
  }
}

/** out[r][c] = (q[r][c] - zeros[c]) * scales[c], scales f64, zeros int16. */
export function dequantiseColumns(q: usize, rows: i32, cols: i32, scales: usize, zeros: usize, out: usize): void {
  for (let r = 0; r < rows; r++) {
    let c = 0;
    for (; c + 8 <= cols; c += 8) {
      const d = i16x8.sub(v128.load8x8_s(q + c), v128.load(zeros + <usize>c * 2));
      const by = scales + <usize>c * 8;
      const at = out + <usize>c * 4;
      v128.store(at, floatQuad(i32x4.extend_low_i16x8_s(d), v128.load(by), v128.load(by, 16)));
      v128.store(at, floatQuad(i32x4.extend_high_i16x8_s(d), v128.load(by, 32), v128.load(by, 48)), 16);
    }
    for (; c < cols; c++) {
      const d = <i32>load<i8>(q + c) - <i32>load<i16>(zeros + <usize>c * 2);
      store<f32>(out + <usize>c * 4, floatOne(d, load<f64>(scales + <usize>c * 8)));
    }
    q += <usize>cols;
    out += <usize>cols * 4;
  }
}

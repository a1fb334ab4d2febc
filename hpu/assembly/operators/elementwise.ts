// Element-wise operators. Flat ones run in whole vectors of 16 bytes: their buffers hold the count rounded up.

/** out[i] = min(high, max(low, x[i])). */
export function clampInt8(x: usize, count: i32, low: i32, high: i32, out: usize): void {
  const l = i8x16.splat(<i8>low);
  const h = i8x16.splat(<i8>high);
  for (let i = 0; i < count; i += 16) {
    v128.store(out + i, i8x16.min_s(h, i8x16.max_s(l, v128.load(x + i))));
  }
}

/** out[i] = table[x[i] + 128]. */
export function lookup(x: usize, count: i32, table: usize, out: usize): void {
  const zero = table + 128;
  for (let i = 0; i < count; i += 4) {
    store<u8>(out + i, load<u8>(zero + load<i8>(x + i)));
    store<u8>(out + i, load<u8>(zero + load<i8>(x + i, 1)), 1);
    store<u8>(out + i, load<u8>(zero + load<i8>(x + i, 2)), 2);
    store<u8>(out + i, load<u8>(zero + load<i8>(x + i, 3)), 3);
  }
}

function addScalar(
  a: usize, b: usize, count: i32, zeroA: i32, multiplierA: i32, zeroB: i32, multiplierB: i32, shift: i32,
  zero: i32, low: i32, high: i32, out: usize,
): void {
  const half = (<i64>1) << (shift - 1);
  for (let i = 0; i < count; i++) {
    const left = <i64>(<i32>load<i8>(a + i) - zeroA) * <i64>multiplierA;
    const right = <i64>(<i32>load<i8>(b + i) - zeroB) * <i64>multiplierB;
    const y = ((left + right + half) >> shift) + zero;
    store<i8>(out + i, <i8>max(<i64>low, min(<i64>high, y)));
  }
}

/** Upper half of -m, for -m = upper * 2^16 + lower with both halves int16: m is in [0, 2^31). */
function upperOf(m: i32): i32 {
  return (32768 - m) >> 16;
}

function pairOf(left: i32, right: i32): v128 {
  return i32x4.splat((left & 0xffff) | (right << 16));
}

/** y of eight elements, as int16: `a`, `b` are zero - q. */
// @ts-ignore: decorator
@inline
function addEight(a: v128, b: v128, upper: v128, lower: v128, half: v128, shift: i32): v128 {
  const x0 = i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  const x1 = i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  const l0 = i32x4.shr_s(i32x4.dot_i16x8_s(x0, lower), 16);
  const l1 = i32x4.shr_s(i32x4.dot_i16x8_s(x1, lower), 16);
  const y0 = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.dot_i16x8_s(x0, upper), l0), half), shift);
  const y1 = i32x4.shr_s(i32x4.add(i32x4.add(i32x4.dot_i16x8_s(x1, upper), l1), half), shift);
  return i16x8.narrow_i32x4_s(y0, y1);
}

/**
 * out = clamp(round(((a - zeroA) * multiplierA + (b - zeroB) * multiplierB) / 2^shift) + zero, low, high), exact.
 *
 * With d = zero - q and -m = u * 2^16 + l, the sum is U * 2^16 + L, U = dA uA + dB uB and L alike, each |.| <= 2 * 255 * 2^15
 * < 2^24, one dot of int16 pairs. For shifts of 17 to 47 the half is a multiple of 2^16 too, so that
 * floor((U 2^16 + L + 2^(s-1)) / 2^s) = (U + (L >> 16) + 2^(s-17)) >> (s - 16). Other shifts are scalar.
 */
export function addInt8(
  a: usize, b: usize, count: i32, zeroA: i32, multiplierA: i32, zeroB: i32, multiplierB: i32, shift: i32,
  zero: i32, low: i32, high: i32, out: usize,
): void {
  if (shift < 17 || shift > 47) {
    addScalar(a, b, count, zeroA, multiplierA, zeroB, multiplierB, shift, zero, low, high, out);
    return;
  }
  const uA = upperOf(multiplierA);
  const uB = upperOf(multiplierB);
  const upper = pairOf(uA, uB);
  const lower = pairOf(-multiplierA - (uA << 16), -multiplierB - (uB << 16));
  const half = i32x4.splat(1 << (shift - 17));
  const left = i16x8.splat(<i16>zeroA);
  const right = i16x8.splat(<i16>zeroB);
  const z = i16x8.splat(<i16>zero);
  const l = i8x16.splat(<i8>low);
  const h = i8x16.splat(<i8>high);
  for (let i = 0; i < count; i += 16) {
    const a0 = i16x8.sub(left, v128.load8x8_s(a + i));
    const a1 = i16x8.sub(left, v128.load8x8_s(a + i, 8));
    const b0 = i16x8.sub(right, v128.load8x8_s(b + i));
    const b1 = i16x8.sub(right, v128.load8x8_s(b + i, 8));
    const y0 = i16x8.add_sat_s(z, addEight(a0, b0, upper, lower, half, shift - 16));
    const y1 = i16x8.add_sat_s(z, addEight(a1, b1, upper, lower, half, shift - 16));
    v128.store(out + i, i8x16.min_s(h, i8x16.max_s(l, i8x16.narrow_i16x8_s(y0, y1))));
  }
}

/** In place: acc[r][c] += bias[c], saturating at the ends of int32. */
export function addBiasInt32(acc: usize, rows: i32, cols: i32, bias: usize): void {
  const wide = cols & ~3;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const x = v128.load(acc + <usize>c * 4);
      const y = v128.load(bias + <usize>c * 4);
      const sum = i32x4.add(x, y);
      const over = i32x4.shr_s(v128.and(v128.xor(x, sum), v128.xor(y, sum)), 31);
      const end = v128.xor(i32x4.shr_s(x, 31), i32x4.splat(i32.MAX_VALUE));
      v128.store(acc + <usize>c * 4, v128.bitselect(end, sum, over));
    }
    for (let c = wide; c < cols; c++) {
      const sum = <i64>load<i32>(acc + <usize>c * 4) + <i64>load<i32>(bias + <usize>c * 4);
      store<i32>(acc + <usize>c * 4, <i32>max(<i64>i32.MIN_VALUE, min(<i64>i32.MAX_VALUE, sum)));
    }
    acc += <usize>cols * 4;
  }
}

/** Any NaN becomes 0x7fc00000: its bits would else depend on the machine. */
// @ts-ignore: decorator
@inline
function canonical(x: v128): v128 {
  return v128.bitselect(x, i32x4.splat(0x7fc00000), f32x4.eq(x, x));
}

export function addF32(a: usize, b: usize, count: i32, out: usize): void {
  for (let i: usize = 0, end = <usize>count * 4; i < end; i += 16) {
    v128.store(out + i, canonical(f32x4.add(v128.load(a + i), v128.load(b + i))));
  }
}

export function mulF32(a: usize, b: usize, count: i32, out: usize): void {
  for (let i: usize = 0, end = <usize>count * 4; i < end; i += 16) {
    v128.store(out + i, canonical(f32x4.mul(v128.load(a + i), v128.load(b + i))));
  }
}

/** Smaller of the two; -0 < +0, and a NaN on either side gives NaN. */
export function minF32(a: usize, b: usize, count: i32, out: usize): void {
  for (let i: usize = 0, end = <usize>count * 4; i < end; i += 16) {
    v128.store(out + i, canonical(f32x4.min(v128.load(a + i), v128.load(b + i))));
  }
}

export function maxF32(a: usize, b: usize, count: i32, out: usize): void {
  for (let i: usize = 0, end = <usize>count * 4; i < end; i += 16) {
    v128.store(out + i, canonical(f32x4.max(v128.load(a + i), v128.load(b + i))));
  }
}

/** x where x > 0, else +0: so for NaN and -0. */
export function reluF32(x: usize, count: i32, out: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0, end = <usize>count * 4; i < end; i += 16) {
    const v = v128.load(x + i);
    v128.store(out + i, v128.and(v, f32x4.gt(v, zero)));
  }
}

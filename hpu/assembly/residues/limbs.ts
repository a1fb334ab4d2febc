// Residues modulo p = 2^31 - 1 as the dots of freivalds.ts multiply by them.
//
// A residue x is held as two int16 limbs, x = low + RADIX * high (mod p). RADIX is close to the square root of p, so that both
// limbs are within +-LIMB_MAX, the least that two can have, and sums stay in their int32 lanes for long. Eight entries of both
// vectors lie together, 64 bytes: eight low limbs and eight high limbs of the first, then of the second. Limbs beyond the
// vector, up to a multiple of eight, are zero: what rows are read there adds nothing.

export const RADIX: i32 = 46341;
export const LIMB_MAX: i32 = 23170;
/** ceil(2^47 / RADIX) as an int32. */
const INVERSE: i32 = <i32>((<i64>1 << 47) / 46341 + 1);

/** Splits `count` residues at `x` and at `y`, and up to 7 beyond, into limbs at `out`, 8 bytes an entry. */
export function split(x: usize, y: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i += 8) {
    const to = out + <usize>i * 8;
    splitEight(x + <usize>i * 4, to, count - i);
    splitEight(y + <usize>i * 4, to + 32, count - i);
  }
}

/** 8 low limbs, then 8 high limbs; zero from the `count`th on. */
// @ts-ignore: decorator
@inline
function splitEight(at: usize, out: usize, count: i32): void {
  const v = centred(v128.load(at));
  const w = centred(v128.load(at, 16));
  const vHigh = highLimbs(v);
  const wHigh = highLimbs(w);
  const high = i16x8.narrow_i32x4_s(vHigh, wHigh);
  const low = i16x8.narrow_i32x4_s(lowLimbs(v, vHigh), lowLimbs(w, wHigh));
  const inside = i16x8.gt_s(i16x8.splat(<i16>min(count, 8)), i16x8(0, 1, 2, 3, 4, 5, 6, 7));
  v128.store(out, v128.and(low, inside));
  v128.store(out, v128.and(high, inside), 16);
}

/** Residues within +-2^30. */
// @ts-ignore: decorator
@inline
function centred(x: v128): v128 {
  return i32x4.sub(x, v128.and(i32x4.gt_s(x, i32x4.splat(0x3fffffff)), i32x4.splat(0x7fffffff)));
}

/** floor((x + LIMB_MAX) / RADIX) of centred x. */
// @ts-ignore: decorator
@inline
function highLimbs(x: v128): v128 {
  // Not negative, and below 2^31: |x| <= 2^30 < LIMB_MAX * RADIX + LIMB_MAX. Division by RADIX: Granlund and Montgomery, 1994;
  // exact, as 0 < INVERSE * RADIX - 2^47 <= 2^(47 - 31).
  const shifted = i32x4.add(x, i32x4.splat(LIMB_MAX * RADIX + LIMB_MAX));
  const inverse = i32x4.splat(INVERSE);
  const even = i64x2.shr_u(i64x2.extmul_low_i32x4_u(shifted, inverse), 47);
  const odd = i64x2.shr_u(i64x2.extmul_high_i32x4_u(shifted, inverse), 47);
  return i32x4.sub(i32x4.shuffle(even, odd, 0, 2, 4, 6), i32x4.splat(LIMB_MAX));
}

// @ts-ignore: decorator
@inline
function lowLimbs(x: v128, high: v128): v128 {
  return i32x4.sub(x, i32x4.mul(high, i32x4.splat(RADIX)));
}

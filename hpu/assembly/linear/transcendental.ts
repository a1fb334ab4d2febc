// e^x and log in f64: twins of ml/numeric/exp.ts and ml/numeric/log.ts, where the formulas are explained, bit for bit.

const LN2_HIGH: f64 = 2977044471.0 / 4294967296.0;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const EXP_MAX: f64 = 709.782712893384;
const EXP_MIN: f64 = -708;
const NORMAL_MIN: f64 = 2.2250738585072014e-308;
const TWO_54: f64 = 18014398509481984;

function powerOfTwo(n: i32): f64 {
  return reinterpret<f64>(<u64>(n + 1023) << 52);
}

export function exp64(x: f64): f64 {
  if (x > EXP_MAX) return Infinity;
  if (x < EXP_MIN) return 0;
  // Not a number has no exponent; the result is canonical.
  if (x != x) return NaN;
  const n = Math.floor(x * 1.4426950408889634 + 0.5);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let p: f64 = (1.0 / 6227020800.0) * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  const y = p * (r * r) + r + 1;
  const e = <i32>n;
  return e > 1023 ? y * 2 * powerOfTwo(e - 1) : y * powerOfTwo(e);
}

/** e^x of two x <= 0, not NaN: the bits of exp64. */
export function expPair(x: v128): v128 {
  const n = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(0.5)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, f64x2.splat(LN2_HIGH))), f64x2.mul(n, f64x2.splat(LN2_LOW)));
  let p = f64x2.add(f64x2.mul(f64x2.splat(1.0 / 6227020800.0), r), f64x2.splat(1.0 / 479001600.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 39916800.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 3628800.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  const y = f64x2.add(f64x2.add(f64x2.mul(p, f64x2.mul(r, r)), r), f64x2.splat(1));
  // 2^52 + 1023 + n has n + 1023 in its low bits, which become the exponent.
  const power = i64x2.shl(f64x2.add(n, f64x2.splat(4503599627371519)), 52);
  return v128.andnot(f64x2.mul(y, power), f64x2.lt(x, f64x2.splat(EXP_MIN)));
}

export function log64(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  const small = x < NORMAL_MIN;
  const bits = reinterpret<u64>(small ? x * TWO_54 : x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let r: f64 = (2.0 / 21.0) * z + 2.0 / 19.0;
  r = r * z + 2.0 / 17.0;
  r = r * z + 2.0 / 15.0;
  r = r * z + 2.0 / 13.0;
  r = r * z + 2.0 / 11.0;
  r = r * z + 2.0 / 9.0;
  r = r * z + 2.0 / 7.0;
  r = r * z + 2.0 / 5.0;
  r = (r * z + 2.0 / 3.0) * z;
  const half = 0.5 * f * f;
  if (small) e -= 54;
  const n = <f64>e;
  return n * LN2_HIGH - (half - (s * (half + r) + n * LN2_LOW) - f);
}

export function log1p64(x: f64): f64 {
  const sum = 1 + x;
  return sum == 1 ? x : log64(sum) - (sum - 1 - x) / sum;
}

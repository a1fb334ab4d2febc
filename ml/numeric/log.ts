/** Natural logarithm from +, -, *, / alone; see exp.ts. Twin of hpu/assembly/linear/transcendental.ts, bit for bit. */
import { exponentOf, LN2_HIGH, LN2_LOW, powerOfTwo } from './binary.ts';

const NORMAL_MIN = 2.2250738585072014e-308;
const TWO_54 = 18014398509481984;

/** 2/3, 2/5 ... 2/21. With |s| <= .1716 the first term left out, 2 s^22 / 23, is below 2^-60 of the sum. */
const [C1, C2, C3, C4, C5, C6, C7, C8, C9, C10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((k) => 2 / (2 * k + 1)) as [
  ...[number, number, number, number, number],
  ...[number, number, number, number, number],
];

/**
 * Within 1 ulp (.76 at most at 4,000 random points); -Infinity at 0, NaN below. With s = f / (2 + f) and x = 2^e (1 + f),
 * log(1 + f) = 2 s + s R(s^2) = f - (f^2/2 - s (f^2/2 + R)): the form of the FreeBSD library's e_log.c, in which f, the large
 * part, is exact. R is the Taylor series.
 */
export function log64(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const normal = x < NORMAL_MIN ? x * TWO_54 : x;
  let e = exponentOf(normal);
  // In two steps, as 2^-1023 is not at hand; the first lies in [2, 4).
  let m = normal * powerOfTwo(1 - e) * 0.5;
  if (m > Math.SQRT2) {
    m *= 0.5;
    e += 1;
  }
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  let r = C10 * z + C9;
  r = r * z + C8;
  r = r * z + C7;
  r = r * z + C6;
  r = r * z + C5;
  r = r * z + C4;
  r = r * z + C3;
  r = r * z + C2;
  r = (r * z + C1) * z;
  const half = 0.5 * f * f;
  if (x < NORMAL_MIN) e -= 54;
  return e * LN2_HIGH - (half - (s * (half + r) + e * LN2_LOW) - f);
}

/** log(1 + x) for finite x >= 0: exact to an ulp or two where 1 + x would swallow x. */
export function log1p64(x: number): number {
  const sum = 1 + x;
  // What the addition rounded away is worth its share of the derivative 1 / sum.
  return sum === 1 ? x : log64(sum) - (sum - 1 - x) / sum;
}

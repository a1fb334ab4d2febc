import { describe, expect, it } from 'vitest';
import { exp64 } from '../../../../ml/numeric/exp.ts';
import { log1p64, log64 } from '../../../../ml/numeric/log.ts';
import { sigmoid, softmax } from '../../../../ml/numeric/softmax.ts';

/** Fixed point with 200 fractional bits: wide enough that its own rounding is far below an ulp of what is compared. */
const BITS = 200n;
const ONE = 1n << BITS;

function toFixed(x: number): bigint {
  const cell = new DataView(new ArrayBuffer(8));
  cell.setFloat64(0, x);
  const word = cell.getBigUint64(0);
  const exponent = ((word >> 52n) & 0x7ffn) - 1075n + BITS;
  const significand = (word & 0xfffffffffffffn) | 0x10000000000000n;
  const size = exponent >= 0n ? significand << exponent : significand >> -exponent;
  return x < 0 ? -size : size;
}

/** The Taylor series of e^x at x / 2^8, squared eight times. */
function exactExp(x: number): bigint {
  const r = toFixed(x) >> 8n;
  let [sum, term] = [ONE, ONE];
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * r) >> BITS) / n;
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) >> BITS;
  return sum;
}

/** Distance in units of the last place of `value`. */
const ulps = (value: number, exact: bigint): number => {
  const cell = new DataView(new ArrayBuffer(8));
  cell.setFloat64(0, value);
  cell.setBigUint64(0, cell.getBigUint64(0) + 1n);
  const ulp = toFixed(Math.abs(cell.getFloat64(0) - value));
  const distance = toFixed(value) - exact;
  return Math.abs(Number((distance * 1000n) / ulp) / 1000);
};

const points = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 4001) / 100 - 20 + i / 1e6);

describe('exp64', () => {
  it('is within 1 ulp of e^x in 200-bit arithmetic', () => {
    for (const x of points) expect(ulps(exp64(x), exactExp(x)), `e^${x}`).toBeLessThan(1);
  });

  it.each([
    [0, 1],
    [-0, 1],
    [709.782712893384, 1.7976931348622732e308],
    [709.7827128933841, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [-709, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [Number.NaN, Number.NaN],
  ])('of %d is %d', (x, y) => {
    expect(exp64(x)).toBe(y);
  });
});

describe('log64', () => {
  it('is undone by e^x in 200-bit arithmetic to 1 ulp of the logarithm', () => {
    for (const x of points) {
      const y = 1.5 + x / 16 + 1e-3;
      const log = log64(y);
      // d(e^l) = e^l dl: the distance of the logarithm is that of its exponential over y.
      const distance = ((exactExp(log) - toFixed(y)) << BITS) / toFixed(y);
      expect(ulps(log, toFixed(log) - distance), `log ${y}`).toBeLessThan(1);
    }
  });

  it.each([
    [1, 0],
    [2, Math.LN2],
    [10, Math.LN10],
    [1e300, 690.7755278982137],
    [1.7976931348623157e308, 709.782712893384],
    [5e-324, -744.4400719213812],
    [0, Number.NEGATIVE_INFINITY],
    [-1, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('of %d is %d', (x, y) => {
    expect(log64(x)).toBe(y);
  });

  it('keeps what 1 + x would lose', () => {
    expect(log1p64(1e-20)).toBe(1e-20);
    expect(log1p64(1e-10)).toBe(9.999999999500001e-11);
    expect(log1p64(1)).toBe(Math.LN2);
  });
});

describe('softmax and sigmoid', () => {
  it('give probabilities at any finite scores', () => {
    const scores = Float64Array.of(9, 1e308, -1e308, 1e308, 9);
    softmax(scores, 1, 3);
    expect([...scores]).toEqual([9, 0.5, 0, 0.5, 9]);
    const near = Float64Array.of(0, Math.LN2);
    softmax(near);
    expect(near[1]).toBeCloseTo(2 / 3, 15);
  });

  it('is 0, 1/2 and 1, and no NaN at the ends', () => {
    expect([-1e308, 0, 1e308].map(sigmoid)).toEqual([0, 0.5, 1]);
    expect(sigmoid(-3) + sigmoid(3)).toBeCloseTo(1, 15);
  });
});

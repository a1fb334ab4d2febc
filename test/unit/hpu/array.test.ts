import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystolicArray } from '../../../hpu/array/array.ts';
import { simulateProduct } from '../../../hpu/array/product.ts';
import { gemmReference } from '../../../hpu/reference/product.ts';
import { KernelFault } from '../../../hpu/shape.ts';
import {
  ARRAY_WIDTH,
  CLOCK_HZ,
  doubleBufferedCycles,
  HPU_ARRAY,
  singleBufferedCycles,
  utilisation,
  weightTiles,
} from '../../../protocol/array-cycles.ts';
import { gemmCycles } from '../../../protocol/cycles.ts';

const FORMULAS = { double: doubleBufferedCycles, single: singleBufferedCycles } as const;

/** int8 with the extremes often among them. */
function entries(count: number, seed: number): Int8Array {
  let state = seed >>> 0;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 30 === 0 ? -128 : state >>> 24;
  });
}

describe.each(['double', 'single'] as const)('the simulated array, %s-buffered', (buffering) => {
  const formula = FORMULAS[buffering];

  const holds = (m: number, k: number, n: number, rows: number, columns: number, seed: number): void => {
    const [a, b] = [entries(m * k, seed), entries(k * n, seed + 1)];
    const { product, cycles } = simulateProduct(a, b, m, k, n, { rows, columns }, buffering);
    expect(product).toEqual(gemmReference(a, b, m, k, n));
    const size = { rows: BigInt(rows), columns: BigInt(columns) };
    expect(BigInt(cycles)).toBe(formula(BigInt(m), BigInt(k), BigInt(n), size));
  };

  it('yields the product in the cycles of the formula, whatever the sides', () => {
    const side = fc.integer({ min: 0, max: 24 });
    const width = fc.integer({ min: 1, max: 9 });
    fc.assert(fc.property(side, side, side, width, width, fc.nat(), holds), { numRuns: 400 });
  });

  it.each([
    [1, 1, 1, 1, 1],
    [1, 9, 9, 9, 2],
    [40, 2, 2, 2, 9],
    [3, 17, 19, 8, 8],
    [8, 16, 16, 8, 8],
    [9, 16, 16, 8, 8],
    [0, 5, 5, 3, 3],
    [5, 0, 5, 3, 3],
    [5, 5, 0, 3, 3],
  ])('also %i x %i x %i on %i x %i cells', (m, k, n, rows, columns) => {
    holds(m, k, n, rows, columns, 7);
  });

  it('also at the width of the HPU, where double buffering is the price table', () => {
    holds(3, 257, 2, 256, 256, 9);
    expect(formula(3n, 257n, 2n, HPU_ARRAY)).toBe(buffering === 'double' ? gemmCycles(3, 257, 2) : 2n * 769n);
  });

  it('refuses sides that no array has, and buffers of another shape', () => {
    const one = Int8Array.of(1);
    for (const [rows, columns] of [
      [0, 1],
      [1, 0],
      [257, 1],
      [1, 1.5],
      [-1, 1],
      [Number.NaN, 1],
    ] as const) {
      expect(() => new SystolicArray({ rows, columns }, buffering)).toThrow(KernelFault);
      expect(() => simulateProduct(one, one, 1, 1, 1, { rows, columns }, buffering)).toThrow(KernelFault);
    }
    expect(() => simulateProduct(one, one, 1, 2, 1, { rows: 2, columns: 2 }, buffering)).toThrow(KernelFault);
    expect(() => simulateProduct(one, one, -1, 1, 1, { rows: 2, columns: 2 }, buffering)).toThrow(KernelFault);
  });
});

describe('one cell', () => {
  it('lets a sum out with the clock that completes it, and takes a waiting weight only with a first row', () => {
    const array = new SystolicArray({ rows: 1, columns: 1 }, 'double');
    const weight = (value: number) => ({ values: Int8Array.of(value), row: 0 });
    const activation = (value: number, first: boolean) => ({ values: Int8Array.of(value), first });
    expect(array.clock(undefined, weight(3))).toEqual([undefined]);
    expect(array.clock(activation(5, true), weight(7))).toEqual([15]);
    expect(array.clock(activation(2, false), undefined)).toEqual([6]);
    expect(array.clock(undefined, undefined)).toEqual([undefined]);
    expect(array.clock(activation(-128, true), undefined)).toEqual([-896]);
    expect(array.clocks).toBe(5);
  });
});

describe('the modelled chip', () => {
  it('does the arithmetic of the white paper', () => {
    const macsACycle = ARRAY_WIDTH * ARRAY_WIDTH;
    expect(macsACycle).toBe(65_536n);
    const macsASecond = macsACycle * CLOCK_HZ;
    const inTera = (count: bigint): bigint => (count + 10n ** 12n / 2n) / 10n ** 12n;
    expect(macsASecond).toBe(45_875_200_000_000n);
    expect(inTera(macsASecond)).toBe(46n);
    expect(inTera(2n * macsASecond)).toBe(92n);
  });

  it('uses its cells best on large products, and all but all of them in the limit', () => {
    expect(utilisation(32n, 768n, 768n)).toBeCloseTo(0.101, 3);
    expect(utilisation(1024n, 1024n, 1024n)).toBeCloseTo(0.955, 3);
    expect(utilisation(1n << 30n, 4096n, 4096n)).toBeGreaterThan(0.999);
    expect(utilisation(0n, 1n, 1n)).toBe(0);
  });

  it('cuts weights into tiles, a started one counted whole', () => {
    expect(weightTiles(256n, 256n, HPU_ARRAY)).toBe(1n);
    expect(weightTiles(257n, 513n, HPU_ARRAY)).toBe(6n);
    expect(doubleBufferedCycles(1024n, 1024n, 1024n, HPU_ARRAY)).toBe(17_150n);
    expect(singleBufferedCycles(1024n, 1024n, 1024n, HPU_ARRAY)).toBe(16n * (512n + 256n + 1024n - 2n));
  });
});

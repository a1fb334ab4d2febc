import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { gemmReference } from '../../../hpu/reference/product.ts';
import { K_MAX } from '../../../hpu/shape.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { randomBytes } from '../../support/random-bytes.ts';

const hpu = createHpu(loadKernels());

/** toEqual walks large arrays slowly. */
function expectSame(actual: Int32Array, expected: Int32Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((x, i) => x !== expected[i])).toBe(-1);
}

function fast(a: Int8Array, b: Int8Array, m: number, k: number, n: number): Int32Array {
  return hpu.gemm(a, hpu.packWeights(b, k, n), m);
}

describe('d16 gemm', () => {
  it('equals the three-loop reference on random shapes', () => {
    const side = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(side, fc.integer({ min: 0, max: 70 }), side, fc.nat(), (m, k, n, seed) => {
        const a = randomBytes(m * k, seed);
        const b = randomBytes(k * n, seed + 1);
        expect(fast(a, b, m, k, n)).toEqual(gemmReference(a, b, m, k, n));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [1, 1, 1],
    [1, 784, 128],
    [5, 64, 33],
    [7, 1023, 31],
    [4, 1024, 8],
    [9, 1025, 9],
    [3, 2049, 40],
    [130, 257, 129],
  ])('equals the reference at tile and block edges: %i x %i x %i', (m, k, n) => {
    const a = randomBytes(m * k, m);
    const b = randomBytes(k * n, n);
    expect(fast(a, b, m, k, n)).toEqual(gemmReference(a, b, m, k, n));
  });

  it('is exact at the extremes: -128 * -128 over the longest k', () => {
    const a = new Int8Array(K_MAX).fill(-128);
    expect(fast(a, a, 1, K_MAX, 1)).toEqual(new Int32Array([K_MAX * 16384]));
    const positive = new Int8Array(K_MAX).fill(127);
    expect(fast(a, positive, 1, K_MAX, 1)).toEqual(new Int32Array([K_MAX * -128 * 127]));
    const five = new Int8Array(5 * K_MAX).fill(-128);
    expect([...new Set(fast(five, a, 5, K_MAX, 1))]).toEqual([K_MAX * 16384]);
  });

  it('writes into the array that it is given, whatever was there', () => {
    for (const [m, k, n] of [
      [7, 33, 9],
      [3, 0, 4],
      [2, 3, 20_011],
    ] as const) {
      const [a, b] = [randomBytes(m * k, 1), randomBytes(k * n, 2)];
      const into = new Int32Array(m * n).fill(-1);
      expect(hpu.gemm(a, hpu.packWeights(b, k, n), m, into)).toBe(into);
      expectSame(into, gemmReference(a, b, m, k, n));
    }
  });

  it('streams rows and columns that do not fit kernel memory at once', () => {
    const [m, k, n] = [2, 3, 20_011];
    const a = randomBytes(m * k, 3);
    const b = randomBytes(k * n, 4);
    expectSame(fast(a, b, m, k, n), gemmReference(a, b, m, k, n));
    const tall = randomBytes(700_001 * 2, 5);
    const narrow = randomBytes(2 * 3, 6);
    expectSame(fast(tall, narrow, 700_001, 2, 3), gemmReference(tall, narrow, 700_001, 2, 3));
    const deep = randomBytes(K_MAX * 70, 7);
    const row = randomBytes(K_MAX, 8);
    expectSame(fast(row, deep, 1, K_MAX, 70), gemmReference(row, deep, 1, K_MAX, 70));
  });

  it('uses no more memory after thousands of calls, and forgets no weights that it still needs', () => {
    const sets = Array.from({ length: 40 }, (_, i) => randomBytes(300 * 300, i));
    const packed = sets.map((b) => hpu.packWeights(b, 300, 300));
    const row = randomBytes(300, 99);
    const expected = sets.map((b) => gemmReference(row, b, 1, 300, 300));
    let before = 0;
    for (let round = 0; round < 100; round++) {
      packed.forEach((weights, i) => {
        const c = hpu.gemm(row, weights, 1);
        if (round % 33 === 0) expect(c).toEqual(expected[i]);
      });
      if (round === 0) before = hpu.memoryBytes();
    }
    expect(hpu.memoryBytes()).toBe(before);
    expect(before).toBeLessThan(30 << 20);
  });

  const weights = hpu.packWeights(new Int8Array(4), 2, 2);
  const refused: [string, () => unknown, number][] = [
    ['k beyond int32', () => hpu.packWeights(new Int8Array(K_MAX + 1), K_MAX + 1, 1), 2],
    ['a negative side', () => hpu.packWeights(new Int8Array(0), -1, 1), 1],
    ['a fractional side', () => hpu.packWeights(new Int8Array(1), 0.5, 2), 1],
    ['short weights', () => hpu.packWeights(new Int8Array(5), 2, 3), 3],
    ['a short result', () => hpu.gemm(new Int8Array(4), weights, 2, new Int32Array(3)), 3],
    ['a short a', () => hpu.gemm(new Int8Array(3), weights, 2), 3],
    ['a negative m', () => hpu.gemm(new Int8Array(0), weights, -2), 1],
    ['NaN rows', () => hpu.gemm(new Int8Array(0), weights, Number.NaN), 1],
    ['weights of f32', () => hpu.gemm(new Int8Array(4), { ...weights, kernel: 'f32' }, 2), 4],
    ['short panels', () => hpu.gemm(new Int8Array(4), { ...weights, panels: new Uint8Array(8) }, 2), 3],
    [
      'a product beyond memory',
      () => hpu.gemm(new Int8Array(0), { ...weights, k: 0, panels: new Uint8Array(0) }, 2 ** 40),
      5,
    ],
  ];
  it.each(refused)('refuses %s by a numbered fault, before memory is touched', (_name, call, number) => {
    expectRefused(call, number);
  });

  it('imports nothing, so that a Worker can instantiate the static module', () => {
    for (const module of Object.values(loadKernels())) expect(WebAssembly.Module.imports(module)).toEqual([]);
  });
});

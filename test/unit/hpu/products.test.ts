/** Every product kernel against the three-loop reference: r16 and r32 where the host has relaxed SIMD, and f32. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu, type Hpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { calibrateRelaxedDot } from '../../../hpu/product/calibrate.ts';
import { createFloatProduct } from '../../../hpu/product/float-product.ts';
import type { RelaxedDot, Tile } from '../../../hpu/product/host.ts';
import { gemmF32Reference, gemmReference } from '../../../hpu/reference/product.ts';
import { K_MAX, type KernelFault } from '../../../hpu/shape.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { randomBytes, randomFloats, sevenBits } from '../../support/random-bytes.ts';

const modules = loadKernels();

function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Math.min(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) if (!Object.is(actual[i], expected[i])) return i;
  return -1;
}

const EDGES: [number, number, number][] = [
  [1, 1, 1],
  [1, 784, 128],
  [1, 2051, 33],
  [2, 3, 4],
  [5, 64, 33],
  [4, 2048, 8],
  [9, 2049, 9],
  [7, 4099, 31],
  [130, 257, 129],
  [131, 16, 8],
];

const shapes = [
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 70 }),
  fc.integer({ min: 0, max: 40 }),
] as const;

describe.skipIf(!modules.relaxed).each<RelaxedDot>(['r16', 'r32'])('%s', (dot) => {
  const hpu: Hpu = createHpu(modules, { chooseDot: () => dot });
  const fast = (a: Int8Array, b: Int8Array, m: number, k: number, n: number) =>
    hpu.gemm(a, hpu.packWeights(b, k, n, 'r16'), m);

  it('equals the reference on random shapes', () => {
    fc.assert(
      fc.property(...shapes, fc.nat(), (m, k, n, seed) => {
        const [a, b] = [randomBytes(m * k, seed), sevenBits(k * n, seed + 1)];
        expect(firstDifference(fast(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  it.each(EDGES)('equals the reference at tile and block edges: %i x %i x %i', (m, k, n) => {
    const [a, b] = [randomBytes(m * k, m), sevenBits(k * n, n)];
    expect(firstDifference(fast(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
  });

  it('is exact where both operands are at their ends, over the longest k', () => {
    for (const x of [-128, 127]) {
      for (const w of [-64, 63]) {
        const [a, b] = [new Int8Array(5 * K_MAX).fill(x), new Int8Array(K_MAX).fill(w)];
        expect([...new Set(fast(a, b, 5, K_MAX, 1))]).toEqual([K_MAX * x * w]);
        expect(fast(a.subarray(0, K_MAX), b, 1, K_MAX, 1)[0]).toBe(K_MAX * x * w);
      }
    }
  });

  it('takes weights of 7 bits by itself, and leaves the others to d16', () => {
    expect(hpu.packWeights(new Int8Array([-64, 63]), 2, 1).kernel).toBe('r16');
    expect(hpu.packWeights(new Int8Array([-65, 63]), 2, 1).kernel).toBe('d16');
    expect(hpu.packWeights(new Int8Array([-64, 64]), 2, 1).kernel).toBe('d16');
  });

  it.each([-65, 64, -128, 127])('refuses a weight of %i before memory is touched', (w) => {
    expectRefused(() => hpu.packWeights(new Int8Array([0, w]), 2, 1, 'r16'), 4);
  });
});

describe('a host without relaxed SIMD', () => {
  const { relaxed: _, ...rest } = modules;
  const hpu = createHpu(rest);

  it('gives the same products by d16', () => {
    const [a, b] = [randomBytes(9 * 70, 1), sevenBits(70 * 17, 2)];
    const weights = hpu.packWeights(b, 70, 17);
    expect(weights.kernel).toBe('d16');
    expect(firstDifference(hpu.gemm(a, weights, 9), gemmReference(a, b, 9, 70, 17))).toBe(-1);
  });

  it('refuses weights that were packed for r16, and r16 when it is asked for', () => {
    const fault = expect.objectContaining<Partial<KernelFault>>({ number: 4 });
    const foreign = { kernel: 'r16', k: 1, n: 1, panels: new Uint8Array(32) } as const;
    expect(() => hpu.gemm(new Int8Array(1), foreign, 1)).toThrow(fault);
    expect(() => hpu.packWeights(new Int8Array(1), 1, 1, 'r16')).toThrow(fault);
  });
});

describe('d16 by the tile of hosts that check bounds in code', () => {
  const hpu = createHpu(modules, { tile: 'shuffle' });
  const fast = (a: Int8Array, b: Int8Array, m: number, k: number, n: number) =>
    hpu.gemm(a, hpu.packWeights(b, k, n, 'd16'), m);

  it('equals the reference on random shapes', () => {
    fc.assert(
      fc.property(...shapes, fc.nat(), (m, k, n, seed) => {
        const [a, b] = [randomBytes(m * k, seed), randomBytes(k * n, seed + 1)];
        expect(firstDifference(fast(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  it.each(EDGES)('equals the reference at tile and block edges: %i x %i x %i', (m, k, n) => {
    const [a, b] = [randomBytes(m * k, m), randomBytes(k * n, n)];
    expect(firstDifference(fast(a, b, m, k, n), gemmReference(a, b, m, k, n))).toBe(-1);
  });

  it('is exact at the extremes over the longest k', () => {
    const a = new Int8Array(5 * K_MAX).fill(-128);
    const b = a.subarray(0, K_MAX);
    expect([...new Set(fast(a, b, 5, K_MAX, 1))]).toEqual([K_MAX * 16384]);
    expect(fast(b, b, 1, K_MAX, 1)[0]).toBe(K_MAX * 16384);
  });
});

describe.each<Tile>(['splat', 'shuffle'])('f32 by the %s tile', (tile) => {
  const float = createFloatProduct(modules.float, { tile });
  const fast = (a: Float32Array, b: Float32Array, m: number, k: number, n: number) =>
    float.gemm(a, float.packWeights(b, k, n), m);

  it('equals the reference bit for bit on random shapes', () => {
    fc.assert(
      fc.property(...shapes, fc.nat(), (m, k, n, seed) => {
        const [a, b] = [randomFloats(m * k, seed), randomFloats(k * n, seed + 1)];
        expect(firstDifference(fast(a, b, m, k, n), gemmF32Reference(a, b, m, k, n))).toBe(-1);
      }),
      { numRuns: 300 },
    );
  });

  it.each(EDGES)('equals the reference at tile and block edges: %i x %i x %i', (m, k, n) => {
    const [a, b] = [randomFloats(m * k, m), randomFloats(k * n, n)];
    expect(firstDifference(fast(a, b, m, k, n), gemmF32Reference(a, b, m, k, n))).toBe(-1);
  });

  it('keeps infinities, signed zeros and subnormals, and sums in the order of k', () => {
    const a = Float32Array.of(1, -0, 2 ** -149, Number.POSITIVE_INFINITY, -1, 3e38, 1e-8, 1);
    const b = Float32Array.of(1e8, -0, 0.5, 1, -1e8, 3, 1e8, 2 ** -24);
    for (const [m, k, n] of [
      [1, 8, 1],
      [8, 1, 8],
      [4, 2, 4],
    ] as const) {
      expect(firstDifference(fast(a, b, m, k, n), gemmF32Reference(a, b, m, k, n))).toBe(-1);
    }
  });

  it('refuses shapes that do not fit their buffers, and weights of another kernel', () => {
    const weights = float.packWeights(new Float32Array(4), 2, 2);
    expectRefused(() => float.packWeights(new Float32Array(5), 2, 3), 3);
    expectRefused(() => float.gemm(new Float32Array(3), weights, 2), 3);
    expectRefused(() => float.gemm(new Float32Array(4), { ...weights, kernel: 'd16' }, 2), 4);
  });
});

describe.skipIf(!modules.relaxed)('calibration', () => {
  /** A clock under which each look takes as long as the kernel whose turn it is: r16 and r32 take turns. */
  const clock = (r16Ms: number, r32Ms: number) => {
    let [ms, looks] = [0, 0];
    return () => {
      const isEnd = looks % 2 === 1;
      if (isEnd) ms += Math.floor(looks / 2) % 2 === 0 ? r16Ms : r32Ms;
      looks++;
      return ms;
    };
  };

  it('takes r32 only where it is clearly faster', () => {
    expect(calibrateRelaxedDot(modules, clock(10, 5))).toBe('r32');
    expect(calibrateRelaxedDot(modules, clock(5, 10))).toBe('r16');
    expect(calibrateRelaxedDot(modules, clock(100, 98))).toBe('r16');
  });

  it('takes r16 by a clock that stands still, and without relaxed SIMD', () => {
    expect(calibrateRelaxedDot(modules, () => 0)).toBe('r16');
    const { relaxed: _, ...rest } = modules;
    expect(calibrateRelaxedDot(rest, clock(10, 5))).toBe('r16');
  });
});

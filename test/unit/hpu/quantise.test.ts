import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { BIAS_MAX, fixedPoint, MULTIPLIER_MAX, MULTIPLIER_MIN, scaleOf } from '../../../hpu/quantise.ts';
import { quantiseReference, requantiseReference, rescaleReference } from '../../../hpu/reference/product.ts';
import { KernelFault } from '../../../hpu/shape.ts';
import vectors from '../../vectors/requantise.json' with { type: 'json' };

const hpu = createHpu(loadKernels());
const one = (x: number): Int32Array => Int32Array.of(x);
const channel = (bias: number, multiplier: number, shift: number) => ({
  bias: one(bias),
  multiplier: one(multiplier),
  shift: one(shift),
});

describe('requantisation', () => {
  it.each(vectors.vectors)('vector: $name', ({ acc, bias, multiplier, shift, zero, low, high, int8, int32 }) => {
    const range = { zero, low, high };
    expect(requantiseReference(acc, { bias, multiplier, shift }, range)).toBe(int8);
    expect(rescaleReference(acc, { bias, multiplier, shift })).toBe(int32);
    expect(hpu.requantise(one(acc), 1, 1, channel(bias, multiplier, shift), range)[0]).toBe(int8);
    expect(hpu.rescale(one(acc), 1, 1, channel(bias, multiplier, shift))[0]).toBe(int32);
  });

  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const channels = fc.record({
    bias: fc.integer({ min: -BIAS_MAX, max: BIAS_MAX }),
    multiplier: fc.integer({ min: MULTIPLIER_MIN, max: MULTIPLIER_MAX }),
    shift: fc.integer({ min: 1, max: 62 }),
  });
  const int8 = fc.integer({ min: -128, max: 127 });

  it('equals the BigInt reference over the whole range', () => {
    fc.assert(
      fc.property(int32, channels, int8, int8, int8, (acc, { bias, multiplier, shift }, zero, x, y) => {
        const range = { zero, low: Math.min(x, y), high: Math.max(x, y) };
        const fast = hpu.requantise(one(acc), 1, 1, channel(bias, multiplier, shift), range)[0];
        expect(fast).toBe(requantiseReference(acc, { bias, multiplier, shift }, range));
        const wide = hpu.rescale(one(acc), 1, 1, channel(bias, multiplier, shift))[0];
        expect(wide).toBe(rescaleReference(acc, { bias, multiplier, shift }));
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps rows and channels apart', () => {
    const acc = Int32Array.from({ length: 35 }, (_, i) => i * 1000 - 9000);
    const many = {
      bias: Int32Array.of(0, 5, -5, 100, 7),
      multiplier: Int32Array.from({ length: 5 }, (_, i) => MULTIPLIER_MIN + i * 99_999),
      shift: Int32Array.of(36, 37, 38, 39, 40),
    };
    const range = { zero: 2, low: -100, high: 120 };
    const expected = Array.from(acc, (x, i) => {
      const at = (values: Int32Array): number => values[i % 5] as number;
      const own = { bias: at(many.bias), multiplier: at(many.multiplier), shift: at(many.shift) };
      return requantiseReference(x, own, range);
    });
    expect([...hpu.requantise(acc, 7, 5, many, range)]).toEqual(expected);
  });

  const refused: [string, () => unknown][] = [
    ['a bias beyond 2^30', () => hpu.rescale(one(0), 1, 1, channel(BIAS_MAX + 1, MULTIPLIER_MIN, 31))],
    ['a multiplier that is not normalised', () => hpu.rescale(one(0), 1, 1, channel(0, MULTIPLIER_MIN - 1, 31))],
    ['a shift of zero', () => hpu.rescale(one(0), 1, 1, channel(0, MULTIPLIER_MIN, 0))],
    ['a shift of 63', () => hpu.rescale(one(0), 1, 1, channel(0, MULTIPLIER_MIN, 63))],
    ['short accumulators', () => hpu.rescale(one(0), 2, 1, channel(0, MULTIPLIER_MIN, 31))],
    ['missing channels', () => hpu.rescale(new Int32Array(2), 1, 2, channel(0, MULTIPLIER_MIN, 31))],
    [
      'a range upside down',
      () => hpu.requantise(one(0), 1, 1, channel(0, MULTIPLIER_MIN, 31), { zero: 0, low: 5, high: 4 }),
    ],
    ['a scale of zero', () => hpu.quantise(new Float32Array(1), { scale: 0, zero: 0 })],
  ];
  it.each(refused)('refuses %s', (_name, call) => {
    expect(call).toThrow(KernelFault);
  });
});

describe('float to int8 by minimum and maximum', () => {
  it('equals the reference, NaN and infinities included', () => {
    fc.assert(
      fc.property(
        fc.float(),
        fc.float({ min: Math.fround(1e-6), max: 10, noNaN: true }),
        fc.nat(255),
        (x, scale, z) => {
          const to = { scale, zero: z - 128 };
          expect(hpu.quantise(Float32Array.of(x), to)[0]).toBe(quantiseReference(x, 1 / scale, to.zero));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('represents 0 exactly and the extremes within one step', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        (x, y) => {
          const [low, high] = [Math.min(x, y, 0), Math.max(x, y, 0)];
          fc.pre(high - low > 1e-3);
          const to = scaleOf(low, high);
          const [q0, qLow, qHigh] = hpu.quantise(Float32Array.of(0, low, high), to) as unknown as number[];
          expect(q0).toBe(to.zero);
          expect(Math.abs(((qLow as number) - to.zero) * to.scale - low)).toBeLessThanOrEqual(to.scale * 1.001);
          expect(Math.abs(((qHigh as number) - to.zero) * to.scale - high)).toBeLessThanOrEqual(to.scale * 1.001);
        },
      ),
    );
  });
});

describe('fixedPoint', () => {
  it('is the nearest normalised Q31 fraction', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -30, max: 2 ** 29, noNaN: true }), (ratio) => {
        const { multiplier, shift } = fixedPoint(ratio);
        expect(multiplier).toBeGreaterThanOrEqual(MULTIPLIER_MIN);
        expect(multiplier).toBeLessThanOrEqual(MULTIPLIER_MAX);
        expect(Math.abs(multiplier / 2 ** shift / ratio - 1)).toBeLessThanOrEqual(2 ** -31);
      }),
    );
    expect(fixedPoint(1)).toEqual({ multiplier: 2 ** 30, shift: 30 });
    expect(fixedPoint(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 30 });
    expect(fixedPoint(2 ** -50)).toEqual({ multiplier: 2 ** 30, shift: 62 });
  });

  it.each([0, -1, Number.NaN, 2 ** 30, Number.POSITIVE_INFINITY])('refuses %d', (ratio) => {
    expect(() => fixedPoint(ratio)).toThrow(KernelFault);
  });
});

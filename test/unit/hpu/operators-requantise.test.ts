import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { BIAS_MAX, type Channel, type Channels, MULTIPLIER_MAX, MULTIPLIER_MIN } from '../../../hpu/quantise.ts';
import { requantiseReference, rescaleReference } from '../../../hpu/reference/product.ts';
import { BLOCK_ELEMENTS, COLUMNS_MAX } from '../../../hpu/scaling.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import vectors from '../../vectors/requantise.json' with { type: 'json' };
import { expectSame, operators, randomWords } from './operators-sample.ts';

const hpu = createHpu(loadKernels());
const whole = { zero: 0, low: -128, high: 127 };

const columnOf = ({ bias, multiplier, shift }: Channels, c: number): Channel => ({
  bias: bias[c] as number,
  multiplier: multiplier[c] as number,
  shift: shift[c] as number,
});

/** gemm.wasm and operators.wasm share the source: both are held to the reference. */
function compare(acc: Int32Array, rows: number, columns: number, channels: Channels, range = whole): void {
  const int8 = Int8Array.from(acc, (x, i) => requantiseReference(x, columnOf(channels, i % columns), range));
  const int32 = acc.map((x, i) => rescaleReference(x, columnOf(channels, i % columns)));
  for (const kernels of [operators, hpu]) {
    expectSame(kernels.requantise(acc, rows, columns, channels, range), int8);
    expectSame(kernels.rescale(acc, rows, columns, channels), int32);
  }
}

function randomChannels(columns: number, seed: number, shiftMin: number): Channels {
  const words = randomWords(columns * 3, seed);
  const part = (from: number) => words.subarray(from * columns, (from + 1) * columns);
  return {
    bias: part(0).map((word) => word >> 1),
    multiplier: part(1).map((word) => (word >>> 2) + MULTIPLIER_MIN),
    shift: part(2).map((word) => shiftMin + ((word >>> 8) % (63 - shiftMin))),
  };
}

describe('requantisation of many rows', () => {
  const int8 = fc.integer({ min: -128, max: 127 });
  it.each([
    ['all shifts', 1],
    ['shifts of the SIMD form', 32],
    ['shifts around its edge', 30],
  ])('equals the BigInt reference: %s', (_name, shiftMin) => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(37), fc.nat(), int8, int8, int8, (rows, columns, seed, zero, x, y) => {
        const range = { zero, low: Math.min(x, y), high: Math.max(x, y) };
        compare(randomWords(rows * columns, seed), rows, columns, randomChannels(columns, seed + 1, shiftMin), range);
      }),
      { numRuns: 60 },
    );
  });

  it('equals it at the ends of every operand', () => {
    const accs = [-(2 ** 31), -(2 ** 31) + 1, -1, 0, 1, 2 ** 31 - 2, 2 ** 31 - 1];
    const corners: Channel[] = [-BIAS_MAX, -1, 0, 1, BIAS_MAX].flatMap((bias) =>
      [MULTIPLIER_MIN, MULTIPLIER_MIN + 1, MULTIPLIER_MAX].flatMap((multiplier) =>
        [1, 30, 31, 32, 33, 61, 62].map((shift) => ({ bias, multiplier, shift })),
      ),
    );
    const sorted = corners.sort((a, b) => a.shift - b.shift); // so that whole groups of eight are SIMD
    const channels = {
      bias: Int32Array.from(sorted, ({ bias }) => bias),
      multiplier: Int32Array.from(sorted, ({ multiplier }) => multiplier),
      shift: Int32Array.from(sorted, ({ shift }) => shift),
    };
    const acc = Int32Array.from(accs.flatMap((x) => corners.map(() => x)));
    compare(acc, accs.length, corners.length, channels);
    compare(acc, accs.length, corners.length, channels, { zero: -128, low: -128, high: 127 });
    compare(acc, accs.length, corners.length, channels, { zero: 127, low: -5, high: 127 });
  });

  it.each(vectors.vectors)(
    'vector in every lane: $name',
    ({ acc, bias, multiplier, shift, zero, low, high, int8, int32 }) => {
      const [rows, columns] = [5, 9];
      const fill = (x: number) => new Int32Array(columns).fill(x);
      const channels = { bias: fill(bias), multiplier: fill(multiplier), shift: fill(shift) };
      const all = new Int32Array(rows * columns).fill(acc);
      for (const kernels of [operators, hpu]) {
        expect(new Set(kernels.requantise(all, rows, columns, channels, { zero, low, high }))).toEqual(new Set([int8]));
        expect(new Set(kernels.rescale(all, rows, columns, channels))).toEqual(new Set([int32]));
      }
      const tensor = operators.requantiseTensor(all, { bias, multiplier, shift }, { zero, low, high });
      expect(new Set(tensor)).toEqual(new Set([int8]));
    },
  );

  it('crosses blocks of rows', () => {
    const [rows, columns] = [BLOCK_ELEMENTS / 16 + 3, 17];
    compare(randomWords(rows * columns, 3), rows, columns, randomChannels(columns, 4, 33));
  });

  const one = (x: number) => Int32Array.of(x);
  const channels = (bias: number, multiplier: number, shift: number) => ({
    bias: one(bias),
    multiplier: one(multiplier),
    shift: one(shift),
  });
  const wide = new Int32Array(COLUMNS_MAX + 1);
  it.each([
    ['a bias beyond 2^30', () => operators.rescale(one(0), 1, 1, channels(BIAS_MAX + 1, MULTIPLIER_MIN, 31)), 4],
    ['a shift of 63', () => operators.rescale(one(0), 1, 1, channels(0, MULTIPLIER_MIN, 63)), 4],
    ['short accumulators', () => operators.requantise(one(0), 2, 1, channels(0, MULTIPLIER_MIN, 31), whole), 3],
    [
      'missing channels',
      () => operators.requantise(wide.subarray(0, 2), 1, 2, channels(0, MULTIPLIER_MIN, 31), whole),
      4,
    ],
    ['NaN rows', () => operators.rescale(one(0), Number.NaN, 1, channels(0, MULTIPLIER_MIN, 31)), 1],
    [
      'a row beyond kernel memory',
      () => operators.rescale(wide, 1, wide.length, { bias: wide, multiplier: wide, shift: wide }),
      5,
    ],
    [
      'a range upside down',
      () => operators.requantise(one(0), 1, 1, channels(0, MULTIPLIER_MIN, 31), { zero: 0, low: 1, high: 0 }),
      4,
    ],
  ] as [string, () => unknown, number][])('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

describe('requantisation of a tensor', () => {
  it('equals the reference at every length and shift', () => {
    for (let shift = 1; shift <= 62; shift++) {
      const acc = randomWords(shift + 13, shift);
      const channel = {
        bias: (randomWords(1, shift)[0] as number) >> 1,
        multiplier: MULTIPLIER_MAX - shift * 1000,
        shift,
      };
      const range = { zero: shift * 4 - 128, low: -120, high: 119 };
      const expected = Int8Array.from(acc, (x) => requantiseReference(x, channel, range));
      expectSame(operators.requantiseTensor(acc, channel, range), expected);
    }
    const channel = { bias: -12, multiplier: MULTIPLIER_MIN + 5, shift: 54 };
    for (const length of [0, BLOCK_ELEMENTS, BLOCK_ELEMENTS + 1]) {
      const acc = randomWords(length, length);
      const expected = Int8Array.from(acc, (x) => requantiseReference(x, channel, whole));
      expectSame(operators.requantiseTensor(acc, channel, whole), expected);
    }
  });

  const run = (channel: Partial<Channel>, range = whole) =>
    operators.requantiseTensor(
      new Int32Array(3),
      { bias: 0, multiplier: MULTIPLIER_MIN, shift: 31, ...channel },
      range,
    );
  it.each([
    ['a bias below -2^30', () => run({ bias: -BIAS_MAX - 1 }), 4],
    ['a fractional bias', () => run({ bias: 0.5 }), 4],
    ['a multiplier that is not normalised', () => run({ multiplier: MULTIPLIER_MIN - 1 }), 4],
    ['a NaN multiplier', () => run({ multiplier: Number.NaN }), 4],
    ['a shift of 0', () => run({ shift: 0 }), 4],
    ['a zero point beyond int8', () => run({}, { ...whole, zero: 200 }), 4],
  ] as [string, () => unknown, number][])('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

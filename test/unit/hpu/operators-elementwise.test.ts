import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddScaling, addScaling, MULTIPLIER_MAX, MULTIPLIER_MIN } from '../../../hpu/quantise.ts';
import {
  addBiasReference,
  addInt8Reference,
  clampReference,
  F32_REFERENCE,
  reluF32Reference,
} from '../../../hpu/reference/elementwise.ts';
import { BLOCK_ELEMENTS, COLUMNS_MAX } from '../../../hpu/scaling.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { expectSame, operators, randomInt8, randomWords } from './operators-sample.ts';

const int8 = fc.integer({ min: -128, max: 127 });
const whole = { zero: 0, low: -128, high: 127 };
const ALL = Int8Array.from({ length: 256 }, (_, i) => i - 128);
/** Both sides of a block's edge, and of a vector's. */
const LENGTHS = [0, 1, 15, 16, 17, 255, BLOCK_ELEMENTS - 1, BLOCK_ELEMENTS, BLOCK_ELEMENTS + 1, 2 * BLOCK_ELEMENTS + 5];

describe('int8 clamp and lookup', () => {
  it('equal the reference over all values and lengths', () => {
    fc.assert(
      fc.property(int8, int8, (x, y) => {
        const [low, high] = [Math.min(x, y), Math.max(x, y)];
        expectSame(
          operators.clamp(ALL, low, high),
          ALL.map((value) => clampReference(value, low, high)),
        );
      }),
    );
    const table = randomInt8(256, 4);
    for (const length of LENGTHS) {
      const x = randomInt8(length, length);
      expectSame(
        operators.clamp(x, -3, 100),
        x.map((value) => clampReference(value, -3, 100)),
      );
      expectSame(
        operators.lookup(x, table),
        x.map((value) => table[value + 128] as number),
      );
    }
  });

  it.each([
    ['a range upside down', () => operators.clamp(ALL, 5, 4), 4],
    ['a bound beyond int8', () => operators.clamp(ALL, -129, 4), 4],
    ['a fractional bound', () => operators.clamp(ALL, 0, 0.5), 4],
    ['a NaN bound', () => operators.clamp(ALL, Number.NaN, 1), 4],
    ['a short table', () => operators.lookup(ALL, new Int8Array(255)), 3],
    ['a long table', () => operators.lookup(ALL, new Int8Array(257)), 3],
  ] as [string, () => unknown, number][])('refuse %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

describe('int8 addition', () => {
  const multiplier = fc.oneof(
    fc.integer({ min: 0, max: MULTIPLIER_MAX }),
    fc.constantFrom(0, 1, 32767, 32768, 32769, 65535, 65536, MULTIPLIER_MIN, MULTIPLIER_MAX - 32768, MULTIPLIER_MAX),
  );
  const scaling: fc.Arbitrary<AddScaling> = fc.record({
    left: fc.record({ zero: int8, multiplier }),
    right: fc.record({ zero: int8, multiplier }),
    shift: fc.oneof(fc.integer({ min: 1, max: 62 }), fc.integer({ min: 28, max: 40 }), fc.constantFrom(16, 17, 47, 48)),
  });

  function compare(a: Int8Array, b: Int8Array, by: AddScaling, range = whole): void {
    const expected = a.map((value, i) => addInt8Reference(value, b[i] as number, by, range));
    expectSame(operators.add(a, b, by, range), expected);
  }

  it('equals the BigInt reference over the whole range', () => {
    fc.assert(
      fc.property(scaling, int8, int8, int8, fc.nat(70), fc.nat(), (by, zero, x, y, length, seed) => {
        const range = { zero, low: Math.min(x, y), high: Math.max(x, y) };
        compare(randomInt8(length, seed), randomInt8(length, seed + 1), by, range);
      }),
      { numRuns: 1500 },
    );
  });

  it('is exact for every pair of values', () => {
    const a = Int8Array.from({ length: 65_536 }, (_, i) => (i >> 8) - 128);
    const b = Int8Array.from({ length: 65_536 }, (_, i) => (i & 255) - 128);
    compare(a, b, addScaling({ scale: 0.02, zero: -128 }, { scale: 0.013, zero: 127 }, { scale: 0.031, zero: 4 }));
    const most = { zero: -128, multiplier: MULTIPLIER_MAX };
    compare(a, b, { left: most, right: most, shift: 32 });
    compare(a, b, { left: { ...most, zero: 127 }, right: { ...most, zero: 127 }, shift: 17 });
  });

  it('crosses blocks', () => {
    for (const length of LENGTHS) {
      compare(randomInt8(length, 1), randomInt8(length, 2), {
        left: { zero: 3, multiplier: MULTIPLIER_MIN },
        right: { zero: -3, multiplier: MULTIPLIER_MIN + 77 },
        shift: 31,
      });
    }
  });

  it('adds what the scales mean, to half a step', () => {
    const scale = fc.double({ min: 1e-3, max: 1, noNaN: true });
    fc.assert(
      fc.property(scale, scale, int8, int8, int8, int8, (sa, sb, za, zb, qa, qb) => {
        const out = { scale: 2 * (sa + sb), zero: 0 };
        const by = addScaling({ scale: sa, zero: za }, { scale: sb, zero: zb }, out);
        const [q] = operators.add(Int8Array.of(qa), Int8Array.of(qb), by, whole);
        const real = (qa - za) * sa + (qb - zb) * sb;
        expect(Math.abs((q as number) * out.scale - real)).toBeLessThanOrEqual(out.scale * 0.500_001);
      }),
    );
    expect(addScaling({ scale: 1, zero: 0 }, { scale: 0.5, zero: 0 }, { scale: 1, zero: 0 })).toEqual({
      left: { zero: 0, multiplier: 2 ** 30 },
      right: { zero: 0, multiplier: 2 ** 29 },
      shift: 30,
    });
  });

  const half = { left: { zero: 0, multiplier: MULTIPLIER_MIN }, right: { zero: 0, multiplier: 0 }, shift: 31 };
  const add = (by: Partial<AddScaling>, range = whole, b = ALL) =>
    operators.add(ALL, b, { ...half, ...by } as AddScaling, range);
  const unit = { scale: 1, zero: 0 };
  it.each([
    ['operands of two lengths', () => add({}, whole, new Int8Array(255)), 3],
    ['a negative multiplier', () => add({ left: { zero: 0, multiplier: -1 } }), 4],
    ['a multiplier of 2^31', () => add({ right: { zero: 0, multiplier: 2 ** 31 } }), 4],
    ['a fractional multiplier', () => add({ right: { zero: 0, multiplier: 0.5 } }), 4],
    ['a zero point of 128', () => add({ left: { zero: 128, multiplier: 1 } }), 4],
    ['a shift of 0', () => add({ shift: 0 }), 4],
    ['a shift of 63', () => add({ shift: 63 }), 4],
    ['a range upside down', () => add({}, { zero: 0, low: 1, high: 0 }), 4],
    ['a scale of 0', () => addScaling(unit, { scale: 0, zero: 0 }, unit), 4],
    ['a NaN scale', () => addScaling({ scale: Number.NaN, zero: 0 }, unit, unit), 4],
    ['an infinite scale', () => addScaling(unit, unit, { scale: Number.POSITIVE_INFINITY, zero: 0 }), 4],
    ['a ratio beyond 2^30', () => addScaling({ scale: 2 ** 31, zero: 0 }, unit, unit), 4],
    ['a zero point beyond int8', () => addScaling({ scale: 1, zero: -129 }, unit, unit), 4],
  ] as [string, () => unknown, number][])('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

describe('int32 bias', () => {
  it('equals the saturating reference', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(19), fc.nat(), (rows, columns, seed) => {
        const acc = randomWords(rows * columns, seed);
        const bias = randomWords(columns, seed + 1);
        const expected = acc.map((x, i) => addBiasReference(x, bias[i % columns] as number));
        expectSame(operators.addBias(acc, rows, columns, bias), expected);
      }),
    );
    const ends = Int32Array.of(-(2 ** 31), -(2 ** 31), 2 ** 31 - 1, 2 ** 31 - 1, -1, 0, 1);
    const bias = Int32Array.of(-1, 2 ** 31 - 1, 1, -(2 ** 31), -(2 ** 31), 5, 2 ** 31 - 1);
    const expected = ends.map((x, i) => addBiasReference(x, bias[i] as number));
    expectSame(operators.addBias(ends, 1, 7, bias), expected);
    expectSame(operators.addBias(bias, 1, 7, ends), expected);
  });

  it('crosses blocks, and leaves its operand alone', () => {
    const acc = randomWords(3 * BLOCK_ELEMENTS, 5);
    const before = acc.slice();
    const bias = randomWords(3, 6);
    expectSame(
      operators.addBias(acc, BLOCK_ELEMENTS, 3, bias),
      acc.map((x, i) => addBiasReference(x, bias[i % 3] as number)),
    );
    expectSame(acc, before);
  });

  it.each([
    ['short accumulators', () => operators.addBias(new Int32Array(5), 2, 3, new Int32Array(3)), 3],
    ['a short bias', () => operators.addBias(new Int32Array(6), 2, 3, new Int32Array(2)), 3],
    ['negative rows', () => operators.addBias(new Int32Array(0), -1, 0, new Int32Array(0)), 1],
    ['fractional columns', () => operators.addBias(new Int32Array(1), 2, 0.5, new Int32Array(0)), 1],
    [
      'a row beyond kernel memory',
      () => operators.addBias(new Int32Array(0), 0, COLUMNS_MAX + 1, new Int32Array(COLUMNS_MAX + 1)),
      5,
    ],
  ] as [string, () => unknown, number][])('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

describe('f32 element-wise', () => {
  const CANONICAL = 0x7fc00000;
  const bitsOf = (x: Float32Array): Uint32Array => new Uint32Array(x.buffer, x.byteOffset, x.length);
  const floatsOf = (words: ArrayLike<number>): Float32Array => new Float32Array(Uint32Array.from(words).buffer);
  /** Signed zeros, subnormals, largest, infinities, quiet and signalling NaNs of both signs, and any bits. */
  const special = [
    ...[0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff],
    ...[0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fc12345, 0x7f800001, 0xff812345],
  ];
  const words = fc.array(fc.oneof(fc.constantFrom(...special), fc.nat(0xffffffff)), { maxLength: 40 });

  function expectBits(actual: Float32Array, expected: number[]): void {
    const bits = Float32Array.from(expected);
    expect([...bitsOf(actual)]).toEqual([...bitsOf(bits)].map((word, i) => (Number.isNaN(bits[i]) ? CANONICAL : word)));
  }

  const names = ['addF32', 'mulF32', 'minF32', 'maxF32'] as const;
  it.each(names)('%s equals JavaScript rounded to f32, with one NaN', (name) => {
    fc.assert(
      fc.property(words, words, (x, y) => {
        const count = Math.min(x.length, y.length);
        const [a, b] = [floatsOf(x.slice(0, count)), floatsOf(y.slice(0, count))];
        const expected = Array.from(a, (value, i) => F32_REFERENCE[name](value, b[i] as number));
        expectBits(operators[name](a, b), expected);
      }),
      { numRuns: 500 },
    );
    const [a, b] = special
      .flatMap((x) => special.map((y) => [x, y]))
      .reduce<[number[], number[]]>(
        ([left, right], [x, y]) => [
          [...left, x as number],
          [...right, y as number],
        ],
        [[], []],
      );
    const [left, right] = [floatsOf(a), floatsOf(b)];
    const expected = Array.from(left, (value, i) => F32_REFERENCE[name](value, right[i] as number));
    expectBits(operators[name](left, right), expected);
  });

  it('relu gives +0 for -0, negatives and NaN', () => {
    fc.assert(
      fc.property(words, (x) => {
        const a = floatsOf(x);
        expectBits(operators.reluF32(a), Array.from(a, reluF32Reference));
      }),
    );
    expect([...bitsOf(operators.reluF32(floatsOf(special)))]).toEqual([
      0, 0, 1, 0, 0x007fffff, 0x00800000, 0x3f800000, 0, 0x7f7fffff, 0, 0x7f800000, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('crosses blocks', () => {
    for (const length of LENGTHS) {
      const a = Float32Array.from(randomWords(length, 1), (word) => word / 2 ** 20);
      const b = Float32Array.from(randomWords(length, 2), (word) => word / 2 ** 24);
      expectSame(
        operators.addF32(a, b),
        a.map((x, i) => x + (b[i] as number)),
      );
      expectSame(operators.reluF32(a), a.map(reluF32Reference));
    }
  });

  it.each(names)('%s refuses operands of two lengths', (name) => {
    expectRefused(() => operators[name](new Float32Array(3), new Float32Array(2)), 3);
  });
});

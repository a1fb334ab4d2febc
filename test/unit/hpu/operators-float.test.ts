import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleOf, symmetricScaleOf } from '../../../hpu/quantise.ts';
import { dequantiseReference, extentReference, tensorReference } from '../../../hpu/reference/float-int8.ts';
import { BLOCK_ELEMENTS, COLUMNS_MAX } from '../../../hpu/scaling.ts';
import { expectRefused, expectRefusedOnReading } from '../../support/kernel-fault.ts';
import { expectSame, operators, randomInt8, randomWords } from './operators-sample.ts';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const KINDS = ['asymmetric', 'symmetric'] as const;

const floats = (count: number, seed: number): Float32Array =>
  Float32Array.from(randomWords(count, seed), (word) => word / 2 ** 29 + 1);

/** Column c of x (rows x columns). */
const columnOf = (x: Float32Array, columns: number, c: number): number[] => [...x.filter((_, i) => i % columns === c)];

describe('extent', () => {
  it('equals the reference, whatever the order of zeros', () => {
    const value = fc.oneof(finite, fc.constantFrom(0, -0, 1, -1));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), (list) => {
        const x = Float32Array.from(list);
        const actual = operators.extent(x);
        expect(actual).toStrictEqual(extentReference([...x]));
        expect(Object.is(actual.low, -0) || Object.is(actual.high, -0)).toBe(false);
      }),
    );
    for (const length of [63, 64, 65, BLOCK_ELEMENTS, BLOCK_ELEMENTS + 64, 3 * BLOCK_ELEMENTS + 7]) {
      const x = floats(length, length);
      expect(operators.extent(x)).toStrictEqual(extentReference([...x]));
    }
  });

  it('is taken by columns', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(), (rows, columns, seed) => {
        const x = floats(rows * columns, seed);
        const { low, high } = operators.columnExtents(x, rows, columns);
        const expected = Array.from({ length: columns }, (_, c) => extentReference(columnOf(x, columns, c)));
        expect([...low]).toEqual(expected.map((extent) => extent.low));
        expect([...high]).toEqual(expected.map((extent) => extent.high));
      }),
    );
  });

  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  it('refuses one NaN or infinity anywhere, and gives no value of a tensor or matrix that holds it', () => {
    for (const length of [1, 8, 64, 71, 200]) {
      for (let at = 0; at < length; at += length > 70 ? 7 : 1) {
        const x = floats(length, at);
        x[at] = bad[at % 3] as number;
        expectRefusedOnReading(() => operators.extent(x), 4);
        expectRefusedOnReading(() => operators.quantiseTensor(x, 'asymmetric'), 4);
      }
    }
    for (let at = 0; at < 3 * 13; at++) {
      const x = floats(3 * 13, at);
      x[at] = bad[at % 3] as number;
      expectRefusedOnReading(() => operators.columnExtents(x, 3, 13), 4);
      for (const kind of KINDS) expectRefusedOnReading(() => operators.quantiseColumns(x, 3, 13, kind), 4);
    }
    const last = floats(2 * BLOCK_ELEMENTS, 1);
    last[last.length - 1] = Number.NaN;
    expectRefusedOnReading(() => operators.quantiseTensor(last, 'symmetric'), 4);
  });
});

describe.each(KINDS)('%s quantisation by minimum and maximum', (kind) => {
  it('equals the reference per tensor', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 90 }), (list) => {
        const x = Float32Array.from(list);
        const { values, scale } = operators.quantiseTensor(x, kind);
        const expected = tensorReference([...x], kind);
        expect(scale).toStrictEqual(expected.scale);
        expectSame(values, Int8Array.from(expected.values));
      }),
      { numRuns: 500 },
    );
    for (const length of [0, 1, 7, 8, 9, BLOCK_ELEMENTS, BLOCK_ELEMENTS + 3]) {
      const x = floats(length, length + 1);
      const expected = tensorReference([...x], kind);
      expectSame(operators.quantiseTensor(x, kind).values, Int8Array.from(expected.values));
    }
  });

  it('equals the reference per column', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(30), fc.nat(), (rows, columns, seed) => {
        const x = floats(rows * columns, seed).map((value, i) => value * 2 ** ((i % columns) - 12));
        const { values, scales, zeros } = operators.quantiseColumns(x, rows, columns, kind);
        expect(values.length).toBe(x.length);
        for (let c = 0; c < columns; c++) {
          const expected = tensorReference(columnOf(x, columns, c), kind);
          expect({ scale: scales[c], zero: zeros[c] }).toEqual(expected.scale);
          expectSame(
            values.filter((_, i) => i % columns === c),
            Int8Array.from(expected.values),
          );
        }
      }),
    );
    const [rows, columns] = [4099, 18];
    const x = floats(rows * columns, 5);
    const { values } = operators.quantiseColumns(x, rows, columns, kind);
    const expected = tensorReference(columnOf(x, columns, 17), kind);
    expectSame(
      values.filter((_, i) => i % columns === 17),
      Int8Array.from(expected.values),
    );
  });

  it('represents 0 exactly and every value to one step', () => {
    const value = fc.float({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (list) => {
        const x = Float32Array.from([0, ...list]);
        const { values, scale } = operators.quantiseTensor(x, kind);
        expect(values[0]).toBe(scale.zero);
        const back = operators.dequantise(values, scale);
        expect(back[0]).toBe(0);
        const worst = x.reduce((most, y, i) => Math.max(most, Math.abs(y - (back[i] as number))), 0);
        expect(worst).toBeLessThanOrEqual(Math.max(scale.scale === 1 ? 2 ** -110 : 0, scale.scale * 1.001));
      }),
    );
  });

  it('keeps to its range at the ends of f32', () => {
    const most = 2 ** 128 - 2 ** 104;
    for (const list of [
      [most],
      [-most],
      [most, -most],
      [most, -most, 2 ** -149],
      [2 ** -149],
      [-(2 ** -149)],
      [0, -0],
    ]) {
      const x = Float32Array.from(list);
      const expected = tensorReference([...x], kind);
      const { values, scale } = operators.quantiseTensor(x, kind);
      expect([...values]).toEqual(expected.values);
      expect(scale).toEqual(expected.scale);
      expect(operators.dequantise(values, scale).every(Number.isFinite)).toBe(true);
      if (kind === 'symmetric') expect(values.every((q) => q >= -127)).toBe(true);
    }
  });
});

describe('scales', () => {
  it('follow the written rule', () => {
    expect(scaleOf(-1, 1)).toEqual({ scale: 2 / 255, zero: 0 });
    expect(scaleOf(0, 255)).toEqual({ scale: 1, zero: -128 });
    expect(scaleOf(-255, -1)).toEqual({ scale: 1, zero: 127 });
    expect(symmetricScaleOf(-254, 127)).toEqual({ scale: 2, zero: 0 });
    expect(symmetricScaleOf(3, 127)).toEqual({ scale: 1, zero: 0 });
    expect(symmetricScaleOf(0, 0)).toEqual({ scale: 1, zero: 0 });
    expect([...operators.quantiseTensor(Float32Array.of(-127, -2.5, -1.5, 0, 0.5, 127), 'symmetric').values]).toEqual([
      -127, -2, -1, 0, 1, 127,
    ]);
  });
});

describe('dequantisation', () => {
  const scale = fc.double({ min: 2 ** -126, max: 2 ** 127, noNaN: true });
  const int8 = fc.integer({ min: -128, max: 127 });
  it('equals the reference, held to finite f32', () => {
    fc.assert(
      fc.property(scale, int8, fc.nat(40), fc.nat(), (by, zero, length, seed) => {
        const q = randomInt8(length, seed);
        const expected = Float32Array.from(q, (value) => dequantiseReference(value, { scale: by, zero }));
        expectSame(operators.dequantise(q, { scale: by, zero }), expected);
        expect(expected.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 500 },
    );
    const long = randomInt8(BLOCK_ELEMENTS + 9, 3);
    const expected = Float32Array.from(long, (value) => dequantiseReference(value, { scale: 0.1, zero: 3 }));
    expectSame(operators.dequantise(long, { scale: 0.1, zero: 3 }), expected);
  });

  it('equals the reference per column', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.array(fc.tuple(scale, int8), { maxLength: 30 }), fc.nat(), (rows, columns, seed) => {
        const scales = Float64Array.from(columns, ([by]) => by);
        const zeros = Int8Array.from(columns, ([, zero]) => zero);
        const q = randomInt8(rows * columns.length, seed);
        const expected = Float32Array.from(q, (value, i) => {
          const c = i % columns.length;
          return dequantiseReference(value, { scale: scales[c] as number, zero: zeros[c] as number });
        });
        expectSame(operators.dequantiseColumns(q, rows, columns.length, { scales, zeros }), expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe('refusals', () => {
  const q = new Int8Array(6);
  const by = (scale: number) => ({ scales: Float64Array.of(1, scale, 1), zeros: new Int8Array(3) });
  const wide = COLUMNS_MAX + 1;
  it.each([
    ['a short matrix', () => operators.quantiseColumns(new Float32Array(5), 2, 3, 'symmetric'), 3],
    ['negative rows', () => operators.columnExtents(new Float32Array(0), -1, 3), 1],
    ['fractional columns', () => operators.quantiseColumns(new Float32Array(3), 2, 1.5, 'asymmetric'), 1],
    ['a row beyond kernel memory', () => operators.columnExtents(new Float32Array(wide), 1, wide), 5],
    ['a scale of 0', () => operators.dequantise(q, { scale: 0, zero: 0 }), 4],
    ['a NaN scale', () => operators.dequantise(q, { scale: Number.NaN, zero: 0 }), 4],
    ['an infinite scale', () => operators.dequantise(q, { scale: Number.POSITIVE_INFINITY, zero: 0 }), 4],
    ['a zero point of 128', () => operators.dequantise(q, { scale: 1, zero: 128 }), 4],
    ['a negative scale of a column', () => operators.dequantiseColumns(q, 2, 3, by(-1)), 4],
    ['a subnormal scale of a column', () => operators.dequantiseColumns(q, 2, 3, by(2 ** -1000)), 4],
    ['missing scales', () => operators.dequantiseColumns(q, 3, 2, by(1)), 3],
    ['a short matrix of values', () => operators.dequantiseColumns(q, 3, 3, by(1)), 3],
  ] as [string, () => unknown, number][])('names %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POOL_PIXELS_MAX } from '../../../hpu/operators/pooling.ts';
import type { ImageShape, Window } from '../../../hpu/operators/window.ts';
import {
  averageOf,
  averagePoolReference,
  globalAverageReference,
  maxPoolReference,
} from '../../../hpu/reference/pooling.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { cases, expectSame, operators, randomInt8 } from './operators-sample.ts';

const entries = ({ images, height, width, channels }: ImageShape): number => images * height * width * channels;

function compare(shape: ImageShape, window: Window, seed: number): void {
  const x = randomInt8(entries(shape), seed);
  expectSame(operators.maxPool(x, shape, window), maxPoolReference(x, shape, window));
  expectSame(operators.averagePool(x, shape, window), averagePoolReference(x, shape, window));
}

const square = (size: number, channels: number): ImageShape => ({ images: 1, height: size, width: size, channels });

describe('pooling', () => {
  it('equals the gathered windows on random shapes, strides and paddings', () => {
    fc.assert(
      fc.property(cases(90, 1), ({ shape, window, seed }) => {
        compare(shape, window, seed);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['2 x 2, stride 2', square(8, 64), { height: 2, width: 2, stride: [2, 2] }],
    ['3 x 3, padded', square(7, 130), { height: 3, width: 3, padding: { top: 1, bottom: 1, left: 1, right: 1 } }],
    ['the image as the window', square(7, 20), { height: 7, width: 7 }],
    ['one pixel', square(1, 1), { height: 1, width: 1 }],
    ['a stride beyond the window', square(13, 5), { height: 2, width: 3, stride: [6, 5] }],
    ['a corner pixel only', square(1, 3), { height: 4, width: 4, padding: { top: 3, bottom: 3, left: 3, right: 3 } }],
    ['255 pixels, the most of int16 sums', square(17, 9), { height: 15, width: 17 }],
    ['256 pixels', square(16, 9), { height: 16, width: 16 }],
    ['no channels', square(4, 0), { height: 2, width: 2 }],
    ['no images', { ...square(4, 2), images: 0 }, { height: 2, width: 2 }],
  ] as [string, ImageShape, Window][])('equals the gathered windows: %s', (_name, shape, window) => {
    compare(shape, window, 3);
  });

  it('is exact where all pixels are an extreme', () => {
    for (const value of [-128, 127]) {
      for (const size of [1, 2, 15, 16, 40, 70]) {
        const x = new Int8Array(size * size * 3).fill(value);
        expect([...operators.averagePool(x, square(size, 3), { height: size, width: size })]).toEqual(
          Array(3).fill(value),
        );
        expect([...operators.globalAverage(x, square(size, 3))]).toEqual(Array(3).fill(value));
        expect([...operators.maxPool(x, square(size, 3), { height: size, width: size })]).toEqual(Array(3).fill(value));
      }
    }
  });

  it('rounds half up, toward +infinity, for both signs', () => {
    const average = (...x: number[]) =>
      operators.globalAverage(Int8Array.from(x), { images: 1, height: 1, width: x.length, channels: 1 })[0];
    expect(average(0, 1)).toBe(1);
    expect(average(0, -1)).toBe(0);
    expect(average(-1, -2)).toBe(-1);
    expect(average(2, 3)).toBe(3);
    expect(average(-128, -127)).toBe(-127);
    expect(average(126, 127)).toBe(127);
    expect(average(0, 0, 1)).toBe(0);
    expect(average(-1, -1, 0)).toBe(-1);
  });

  /** `n` pixels in a row whose sum is `sum`. */
  function rowOf(n: number, sum: number): Int8Array {
    const each = Math.floor(sum / n);
    return new Int8Array(n).fill(each + 1, 0, sum - each * n).fill(each, sum - each * n);
  }

  it('takes every quotient next to a half for what it is, at every size of window', () => {
    const small = Array.from({ length: 4200 }, (_, i) => i + 1).filter((n) => n <= 300 || n % 13 === 0 || n > 4090);
    for (const n of [...small, 8191, 32_769, 40_001, 1_000_003, POOL_PIXELS_MAX - 1, POOL_PIXELS_MAX]) {
      for (const level of [-128, -127, -1, 0, 1, 125, 126]) {
        const half = level * n + Math.floor(n / 2);
        const sums = [half - 1, half, half + 1].filter((sum) => sum >= -128 * n && sum <= 127 * n);
        for (const sum of sums) {
          const shape = { images: 1, height: 1, width: n, channels: 1 };
          expect(operators.globalAverage(rowOf(n, sum), shape)[0]).toBe(averageOf(sum, n));
        }
      }
    }
  });

  it('averages streams longer than kernel memory, up to 2^22 pixels', () => {
    const shape = { images: 2, height: 1024, width: 1500, channels: 3 };
    const x = randomInt8(entries(shape), 9);
    const expected = Int8Array.from({ length: 6 }, (_, i) => {
      const own = x.subarray(Math.floor(i / 3) * 4_608_000, (Math.floor(i / 3) + 1) * 4_608_000);
      let sum = 0;
      for (let p = i % 3; p < own.length; p += 3) sum += own[p] as number;
      return averageOf(sum, 1024 * 1500);
    });
    expectSame(operators.globalAverage(x, shape), expected);
    const most = { images: 1, height: 2048, width: 2048, channels: 1 };
    for (const value of [-128, 127]) {
      expect(operators.globalAverage(new Int8Array(POOL_PIXELS_MAX).fill(value), most)[0]).toBe(value);
    }
  });

  it('equals the reference of the global average', () => {
    for (const channels of [1, 15, 16, 17, 64, 100]) {
      const shape = { images: 2, height: 7, width: 43, channels };
      const x = randomInt8(entries(shape), channels);
      expectSame(operators.globalAverage(x, shape), globalAverageReference(x, shape));
    }
  });

  it('cuts a large image into bands, and a wide one into pieces of a row', () => {
    const window = { height: 2, width: 3, stride: [5, 6], padding: { top: 1, bottom: 0, left: 0, right: 2 } } as const;
    compare({ images: 2, height: 170, width: 160, channels: 160 }, window, 1);
    compare({ images: 1, height: 3, width: 60_001, channels: 37 }, window, 2);
    expect(operators.memoryBytes()).toBeLessThanOrEqual(21 << 20);
  });

  const at = (shape: Partial<ImageShape>, window: Partial<Window>, length = 32) =>
    operators.averagePool(new Int8Array(length), { ...square(4, 2), ...shape }, { height: 2, width: 2, ...window });
  const max = (window: Partial<Window>, length = 32) =>
    operators.maxPool(new Int8Array(length), square(4, 2), { height: 2, width: 2, ...window });
  const wide = { images: 1, height: 3000, width: 1500, channels: 0 };
  const refused: [string, () => unknown, number][] = [
    ['a short image', () => max({}, 31), 3],
    ['a long image', () => at({}, {}, 33), 3],
    ['a window of 0', () => max({ height: 0 }), 4],
    ['a stride of 0', () => max({ stride: [1, 0] }), 4],
    ['a negative window', () => max({ width: -2 }), 1],
    ['dilation', () => max({ dilation: [2, 1] }), 4],
    ['padding of a whole window', () => max({ padding: { top: 2, bottom: 0, left: 0, right: 0 } }), 4],
    ['a window beyond the image', () => at({}, { height: 5 }), 4],
    ['an image without pixels', () => at({ width: 0 }, {}, 0), 4],
    ['fractional channels', () => at({ channels: 0.5 }, {}), 1],
    [
      'an average whose sums may overflow',
      () => operators.averagePool(new Int8Array(0), wide, { height: 3000, width: 1500 }),
      4,
    ],
    [
      'a window beyond a tile',
      () =>
        operators.maxPool(
          new Int8Array(5 << 20),
          { images: 1, height: 1, width: 5, channels: 1 << 20 },
          { height: 1, width: 5 },
        ),
      5,
    ],
    ['a result beyond any memory', () => at({ images: 2 ** 40 }, {}), 5],
    [
      'more channels than kernel memory sums',
      () => operators.averagePool(new Int8Array(0), { ...square(1, 2 ** 21), images: 0 }, { height: 1, width: 1 }),
      5,
    ],
    ['a global average of nothing', () => operators.globalAverage(new Int8Array(0), square(0, 2)), 4],
    ['a global average of too much', () => operators.globalAverage(new Int8Array(0), wide), 4],
    ['a global average of a short image', () => operators.globalAverage(new Int8Array(31), square(4, 2)), 3],
    ['a global average of NaN channels', () => operators.globalAverage(new Int8Array(0), square(4, Number.NaN)), 1],
    [
      'a global average of too many channels',
      () => operators.globalAverage(new Int8Array(0), { ...square(1, 2 ** 21), images: 0 }),
      5,
    ],
  ];
  it.each(refused)('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

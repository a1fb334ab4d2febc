import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageShape, outputShape, TILE_BYTES_MAX, type Window } from '../../../hpu/operators/window.ts';
import { MULTIPLIER_MIN } from '../../../hpu/quantise.ts';
import { depthwiseReference } from '../../../hpu/reference/depthwise.ts';
import { requantiseReference } from '../../../hpu/reference/product.ts';
import { K_MAX } from '../../../hpu/shape.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { cases, expectSame, operators, randomInt8, randomWords } from './operators-sample.ts';

function fast(x: Int8Array, shape: ImageShape, w: Int8Array, window: Window, zero: number): Int32Array {
  const { height, width, ...walk } = window;
  return operators.depthwise(x, shape, operators.packDepthwise(w, height, width, shape.channels), walk, zero);
}

function compare(shape: ImageShape, window: Window, zero: number, seed: number): void {
  const x = randomInt8(shape.images * shape.height * shape.width * shape.channels, seed);
  const w = randomInt8(window.height * window.width * shape.channels, seed + 1);
  expectSame(fast(x, shape, w, window, zero), depthwiseReference(x, shape, w, window, zero));
}

const square = (size: number, channels: number): ImageShape => ({ images: 1, height: size, width: size, channels });

describe('depthwise convolution', () => {
  it('equals the loops on random shapes, strides, dilations and paddings', () => {
    fc.assert(
      fc.property(cases(35, 3), fc.integer({ min: -128, max: 127 }), ({ shape, window, seed }, zero) => {
        compare(shape, window, zero, seed);
      }),
      { numRuns: 500 },
    );
  });

  const same = { top: 1, bottom: 1, left: 1, right: 1 };
  const named: [string, ImageShape, Window, number][] = [
    ['1 x 1 taps, one channel, one pixel', square(1, 1), { height: 1, width: 1 }, 0],
    [
      '3 x 3, 64 channels, padded by the lowest zero point',
      square(14, 64),
      { height: 3, width: 3, padding: same },
      -128,
    ],
    [
      '3 x 3, stride 2, padded below only',
      square(15, 24),
      { height: 3, width: 3, stride: [2, 2], padding: { top: 0, bottom: 1, left: 0, right: 1 } },
      127,
    ],
    ['a window as large as the image', square(9, 17), { height: 9, width: 9 }, 5],
    ['a stride beyond the window', square(11, 9), { height: 2, width: 2, stride: [5, 4] }, 5],
    [
      'a window that meets the image in one pixel',
      square(1, 8),
      { height: 5, width: 5, padding: { top: 4, bottom: 4, left: 4, right: 4 } },
      -7,
    ],
    ['no channels', square(4, 0), { height: 2, width: 2 }, 0],
    ['no images', { ...square(4, 3), images: 0 }, { height: 2, width: 2 }, 0],
  ];
  it.each(named)('equals the loops: %s', (_name, shape, window, zero) => {
    compare(shape, window, zero, 7);
  });

  it('is exact at the extremes: -128 * -128 under the most taps', () => {
    const long = { images: 1, height: 1, width: K_MAX, channels: 1 };
    const x = new Int8Array(K_MAX).fill(-128);
    expectSame(fast(x, long, x, { height: 1, width: K_MAX }, 0), Int32Array.of(K_MAX * 16384));
    const w = new Int8Array(K_MAX).fill(127);
    expectSame(fast(x, long, w, { height: 1, width: K_MAX }, 0), Int32Array.of(K_MAX * -128 * 127));
  });

  it('cuts a large image into bands of rows, and a wide one into pieces of a row', () => {
    const window = { height: 3, width: 3, padding: same };
    compare({ images: 2, height: 190, width: 180, channels: 33 }, window, 3, 11);
    const wide = { images: 1, height: 4, width: 41_003, channels: 40 };
    expect(3 * wide.width * wide.channels).toBeGreaterThan(TILE_BYTES_MAX);
    compare(wide, { ...window, stride: [2, 9] }, -3, 12);
    expect(operators.memoryBytes()).toBeLessThanOrEqual(21 << 20);
  });

  it('requantises in kernel memory as outside of it', () => {
    const channelsOf = (count: number, seed: number) => ({
      bias: randomWords(count, seed).map((word) => word >> 12),
      multiplier: randomWords(count, seed + 1).map((word) => (word >>> 2) + MULTIPLIER_MIN),
      shift: randomWords(count, seed + 2).map((word) => 30 + ((word >>> 8) % 14)),
    });
    const run = (shape: ImageShape, window: Window, zero: number, seed: number) => {
      const x = randomInt8(shape.images * shape.height * shape.width * shape.channels, seed);
      const w = randomInt8(window.height * window.width * shape.channels, seed + 1);
      const by = channelsOf(shape.channels, seed);
      const range = { zero, low: -128, high: 100 };
      const { height, width, ...walk } = window;
      const weights = operators.packDepthwise(w, height, width, shape.channels);
      const expected = Int8Array.from(depthwiseReference(x, shape, w, window, zero), (sum, i) => {
        const c = i % shape.channels;
        const at = (values: Int32Array): number => values[c] as number;
        return requantiseReference(
          sum,
          { bias: at(by.bias), multiplier: at(by.multiplier), shift: at(by.shift) },
          range,
        );
      });
      expectSame(operators.depthwiseInt8(x, shape, weights, walk, zero, by, range), expected);
    };
    fc.assert(
      fc.property(cases(35, 2), fc.integer({ min: -128, max: 127 }), ({ shape, window, seed }, zero) => {
        run(shape, window, zero, seed);
      }),
      { numRuns: 200 },
    );
    run({ images: 1, height: 3, width: 9001, channels: 40 }, { height: 2, width: 2, stride: [1, 5] }, 1, 4);
  });

  it('leaves its operands alone, and one call does not colour the next', () => {
    const shape = square(6, 12);
    const x = randomInt8(432, 1);
    const w = randomInt8(9 * 12, 2);
    const before = x.slice();
    const window = { height: 3, width: 3, padding: same };
    const first = fast(x, shape, w, window, 9);
    compare(square(20, 40), window, -100, 5);
    expectSame(fast(x, shape, w, window, 9), first);
    expectSame(x, before);
  });

  it('gives the shape of its result', () => {
    const shape = { images: 3, height: 7, width: 8, channels: 5 };
    const window = { height: 3, width: 2, stride: [2, 3], padding: { top: 1, bottom: 0, left: 0, right: 1 } } as const;
    expect(outputShape(shape, window)).toEqual({ images: 3, height: 3, width: 3, channels: 5 });
  });

  const pack = (height: number, width: number, channels: number, length = height * width * channels) =>
    operators.packDepthwise(new Int8Array(length), height, width, channels);
  const run = (shape: Partial<ImageShape>, walk: Omit<Window, 'height' | 'width'> = {}, zero = 0, length = 32) =>
    operators.depthwise(new Int8Array(length), { ...square(4, 2), ...shape }, pack(3, 3, 2), walk, zero);
  const forged = (size: { height: number; width: number }) =>
    operators.depthwise(new Int8Array(32), square(4, 2), { ...pack(3, 3, 2), ...size }, {}, 0);
  const one = (x: number, count = 2) => new Int32Array(count).fill(x);
  const good = { bias: one(0), multiplier: one(MULTIPLIER_MIN), shift: one(31) };
  const narrow = (by: Partial<typeof good>, low = -128) =>
    operators.depthwiseInt8(
      new Int8Array(32),
      square(4, 2),
      pack(3, 3, 2),
      {},
      0,
      { ...good, ...by },
      { zero: 0, low, high: 9 },
    );
  const refused: [string, () => unknown, number][] = [
    ['no taps', () => pack(0, 3, 2), 4],
    ['a fractional window', () => pack(1.5, 2, 2), 1],
    ['negative channels', () => pack(3, 3, -1, 0), 1],
    ['more taps than int32 sums hold', () => pack(1, K_MAX + 1, 0, 0), 2],
    ['short weights', () => pack(3, 3, 2, 17), 3],
    ['weights beyond kernel memory', () => pack(1, 3, 3 << 20), 5],
    ['weights packed otherwise', () => forged({ height: 100, width: 100 }), 3],
    ['weights that no packing gives', () => forged({ height: 1000, width: 1000 }), 2],
    ['channel constants of other columns', () => narrow({ bias: one(0, 3) }), 4],
    ['a bias beyond 2^30', () => narrow({ bias: one(2 ** 30 + 1) }), 4],
    ['a shift of 0', () => narrow({ shift: one(0) }), 4],
    ['a range upside down', () => narrow({}, 10), 4],
    ['a short image', () => run({}, {}, 0, 31), 3],
    ['a negative side', () => run({ height: -4 }), 1],
    ['NaN images', () => run({ images: Number.NaN }), 1],
    ['an image without pixels', () => run({ height: 0 }, {}, 0, 0), 4],
    ['weights of other channels', () => run({ channels: 3 }, {}, 0, 48), 3],
    ['a stride of 0', () => run({}, { stride: [0, 1] }), 4],
    ['a fractional stride', () => run({}, { stride: [1, 1.5] }), 1],
    ['a dilation of 0', () => run({}, { dilation: [1, 0] }), 4],
    ['a window beyond the image', () => run({}, { dilation: [1, 2] }), 4],
    ['a reach beyond integers', () => run({}, { dilation: [2 ** 53 - 1, 1] }), 1],
    ['padding as wide as the window', () => run({}, { padding: { ...same, left: 3 } }), 4],
    ['negative padding', () => run({}, { padding: { ...same, top: -1 } }), 1],
    ['a zero point beyond int8', () => run({}, {}, 128), 4],
    ['a fractional zero point', () => run({}, {}, 0.5), 4],
    [
      'a window whose pixels exceed a tile',
      () =>
        run(
          { height: 1, width: 1 },
          { dilation: [1100, 1000], padding: { top: 2200, bottom: 2200, left: 2000, right: 2000 } },
          0,
          2,
        ),
      5,
    ],
  ];
  it.each(refused)('refuses %s', (_name, call, number) => {
    expectRefused(call, number);
  });
});

/** conv2d against its definition: kernels, strides, dilations, paddings, bands of a large image, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { entriesOf, type ImageShape, outputShape, type Window } from '../../../hpu/operators/window.ts';
import { createFloatProduct } from '../../../hpu/product/float-product.ts';
import { conv2dReference } from '../../../hpu/reference/product.ts';
import { expectRefused } from '../../support/kernel-fault.ts';
import { randomBytes, randomFloats, sevenBits } from '../../support/random-bytes.ts';

const modules = loadKernels();
const hpu = createHpu(modules);
const float = createFloatProduct(modules.float);

const PAD_ONE = { top: 1, bottom: 1, left: 1, right: 1 };
const taps = (window: Window, shape: ImageShape) => window.height * window.width * shape.channels;

const small = (max: number, min = 0) => fc.integer({ min, max });
const pair = (max: number) => fc.tuple(small(max, 1), small(max, 1));
const walks = fc
  .record({
    images: small(3),
    height: small(9, 1),
    width: small(9, 1),
    channels: small(19),
    window: fc.tuple(small(4, 1), small(4, 1)),
    stride: pair(3),
    dilation: pair(3),
    padding: fc.record({ top: small(3), bottom: small(3), left: small(3), right: small(3) }),
  })
  .map(({ images, height, width, channels, window, ...more }) => ({
    shape: { images, height, width, channels },
    window: { height: window[0], width: window[1], ...more },
  }))
  .filter(({ shape, window }) => {
    try {
      return outputShape(shape, window).height > 0;
    } catch {
      return false; // the window does not fit, or sees padding alone
    }
  });

describe('conv2d', () => {
  it('equals its definition for random images and windows, by each kernel', () => {
    fc.assert(
      fc.property(walks, small(11), small(127, -128), fc.nat(), ({ shape, window }, n, zero, seed) => {
        const k = taps(window, shape);
        const x = randomBytes(entriesOf(shape), seed);
        for (const b of [randomBytes(k * n, seed + 1), sevenBits(k * n, seed + 2)]) {
          const actual = hpu.conv2d(x, shape, window, hpu.packWeights(b, k, n), zero);
          expect(actual).toEqual(conv2dReference(x, shape, window, b, n, zero));
        }
        const [xf, bf] = [randomFloats(entriesOf(shape), seed), randomFloats(k * n, seed + 3)];
        const floats = float.conv2d(xf, shape, window, float.packWeights(bf, k, n));
        expect(floats).toEqual(conv2dReference(xf, shape, window, bf, n, 0));
      }),
      { numRuns: 200 },
    );
  });

  it('takes an image and a batch that do not fit kernel memory at once', () => {
    const shape = { images: 2, height: 120, width: 700, channels: 64 };
    const window: Window = { height: 5, width: 3, stride: [7, 9], dilation: [2, 1], padding: PAD_ONE };
    const k = taps(window, shape);
    const [x, b] = [randomBytes(entriesOf(shape), 5), sevenBits(k * 3, 6)];
    const expected = conv2dReference(x, shape, window, b, 3, -7);
    expect(hpu.conv2d(x, shape, window, hpu.packWeights(b, k, 3), -7)).toEqual(expected);
  });

  const shape: ImageShape = { images: 1, height: 4, width: 4, channels: 2 };
  const window: Window = { height: 3, width: 3, padding: PAD_ONE };
  const weights = hpu.packWeights(new Int8Array(18 * 5), 18, 5);
  const call = (x: number, more: Partial<ImageShape>, other: Partial<Window>, zero = 0) =>
    hpu.conv2d(new Int8Array(x), { ...shape, ...more }, { ...window, ...other }, weights, zero);
  const refused: [string, () => unknown, number][] = [
    ['a short image', () => call(31, {}, {}), 3],
    ['weights of another window', () => call(48, { channels: 3 }, {}), 3],
    ['a negative padding', () => call(32, {}, { padding: { ...PAD_ONE, left: -1 } }), 1],
    ['a window of padding alone', () => call(32, {}, { padding: { ...PAD_ONE, left: 3 } }), 4],
    ['a stride of zero', () => call(32, {}, { stride: [1, 0] }), 4],
    ['a fractional height', () => call(32, { height: 3.5 }, {}), 1],
    ['a zero point beyond int8', () => call(32, {}, {}, 128), 4],
    ['a NaN dilation', () => call(32, {}, { dilation: [Number.NaN, 1] }), 1],
    ['a side beyond the kernel', () => call(0, { width: 40_000, images: 0 }, {}), 4],
  ];
  it.each(refused)('refuses %s by a numbered fault, before memory is touched', (_name, refusedCall, number) => {
    expectRefused(refusedCall, number);
  });

  it('refuses weights that were packed for another kernel', () => {
    const floats = float.packWeights(new Float32Array(18 * 5), 18, 5);
    expectRefused(() => hpu.conv2d(new Int8Array(32), shape, window, floats, 0), 4);
    expectRefused(() => float.conv2d(new Float32Array(32), shape, window, weights), 4);
  });
});

/** Products and convolutions by every kernel. */

import type { Hpu } from '../../hpu/hpu.ts';
import { entriesOf, type ImageShape, type Window } from '../../hpu/operators/window.ts';
import type { FloatProduct } from '../../hpu/product/float-product.ts';
import type { MlKernel } from '../kernel.ts';
import { floats, hexOfFloats, hexOfInts, type Parts, signedBytes } from './samples.ts';

const GEMM_SHAPES = [
  [1, 1, 1],
  [1, 784, 128],
  [7, 1025, 33],
  [66, 64, 10],
  [256, 256, 256],
  [517, 1025, 523],
] as const;

/** Uneven in everything: sides, window, stride, dilation, padding. */
export const IMAGES: ImageShape = { images: 2, height: 11, width: 9, channels: 5 };
export const WINDOW: Window = {
  height: 3,
  width: 2,
  stride: [2, 1],
  dilation: [1, 3],
  padding: { top: 2, bottom: 1, left: 0, right: 3 },
};

/** Products by weights of 8 bits, and of 7: those go to the relaxed kernels where a host has them. */
export function productParts(hpu: Hpu, ml: MlKernel): Parts {
  const parts: Parts = {};
  for (const [m, k, n] of GEMM_SHAPES) {
    const [a, b] = [signedBytes(ml, m * k, 1), signedBytes(ml, k * n, 2)];
    parts[`gemm ${m}x${k}x${n}`] = hexOfInts(hpu.gemm(a, hpu.packWeights(b, k, n), m));
    const seven = hpu.packWeights(
      b.map((weight) => weight >> 1),
      k,
      n,
    );
    parts[`gemm7 ${m}x${k}x${n}`] = hexOfInts(hpu.gemm(a, seven, m));
  }
  const [taps, filters] = [WINDOW.height * WINDOW.width * IMAGES.channels, 13];
  const x = signedBytes(ml, entriesOf(IMAGES), 9);
  const weights = signedBytes(ml, taps * filters, 10);
  const convolved = (b: Int8Array): string =>
    hexOfInts(hpu.conv2d(x, IMAGES, WINDOW, hpu.packWeights(b, taps, filters), -3));
  parts.conv2d = convolved(weights);
  parts.conv2d7 = convolved(weights.map((weight) => weight >> 1));
  return parts;
}

export function floatProductParts(product: FloatProduct, ml: MlKernel): Parts {
  const parts: Parts = {};
  for (const [m, k, n] of GEMM_SHAPES) {
    const weights = product.packWeights(floats(ml, k * n, 13), k, n);
    parts[`gemm f32 ${m}x${k}x${n}`] = hexOfFloats(product.gemm(floats(ml, m * k, 12), weights, m));
  }
  const [taps, filters] = [WINDOW.height * WINDOW.width * IMAGES.channels, 13];
  const weights = product.packWeights(floats(ml, taps * filters, 15), taps, filters);
  parts['conv2d f32'] = hexOfFloats(product.conv2d(floats(ml, entriesOf(IMAGES), 14), IMAGES, WINDOW, weights));
  return parts;
}

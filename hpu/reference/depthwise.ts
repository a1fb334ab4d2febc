/** The meaning of depthwise convolution: one loop a dimension. Exact: |sum| <= taps * 2^14 < 2^31. */
import { entriesOf, type ImageShape, outputShape, type Window } from '../operators/window.ts';
import { requireLength } from '../shape.ts';

/** x (images x height x width x channels) under w (window.height x window.width x channels), padding of `zero`. */
export function depthwiseReference(
  x: Int8Array,
  shape: ImageShape,
  w: Int8Array,
  window: Window,
  zero: number,
): Int32Array {
  requireLength('x', x.length, entriesOf(shape));
  const out = outputShape(shape, window);
  const [strideY, strideX] = window.stride ?? [1, 1];
  const [dilationY, dilationX] = window.dilation ?? [1, 1];
  const { top, left } = window.padding ?? { top: 0, left: 0 };
  const at = (image: number, y: number, xx: number, c: number): number => {
    if (y < 0 || xx < 0 || y >= shape.height || xx >= shape.width) return zero;
    return x[((image * shape.height + y) * shape.width + xx) * shape.channels + c] as number;
  };
  const result = new Int32Array(entriesOf(out));
  let next = 0;
  for (let image = 0; image < out.images; image++) {
    for (let y = 0; y < out.height; y++) {
      for (let xx = 0; xx < out.width; xx++) {
        for (let c = 0; c < out.channels; c++) {
          let sum = 0;
          for (let i = 0; i < window.height; i++) {
            for (let j = 0; j < window.width; j++) {
              const tap = w[(i * window.width + j) * out.channels + c] as number;
              sum += tap * at(image, y * strideY - top + i * dilationY, xx * strideX - left + j * dilationX, c);
            }
          }
          result[next++] = sum;
        }
      }
    }
  }
  return result;
}

/** The meaning of pooling: every window gathered and reduced. Pixels outside the image do not exist. */
import { entriesOf, type ImageShape, outputShape, type Window } from '../operators/window.ts';

function pooled(
  x: Int8Array,
  shape: ImageShape,
  window: Window,
  reduce: (pixels: readonly number[]) => number,
): Int8Array {
  const out = outputShape(shape, window);
  const [strideY, strideX] = window.stride ?? [1, 1];
  const { top, left } = window.padding ?? { top: 0, left: 0 };
  const result = new Int8Array(entriesOf(out));
  let next = 0;
  for (let image = 0; image < out.images; image++) {
    for (let row = 0; row < out.height; row++) {
      for (let column = 0; column < out.width; column++) {
        for (let c = 0; c < out.channels; c++) {
          const pixels: number[] = [];
          for (let i = 0; i < window.height; i++) {
            for (let j = 0; j < window.width; j++) {
              const y = row * strideY - top + i;
              const xx = column * strideX - left + j;
              if (y < 0 || xx < 0 || y >= shape.height || xx >= shape.width) continue;
              pixels.push(x[((image * shape.height + y) * shape.width + xx) * shape.channels + c] as number);
            }
          }
          result[next++] = reduce(pixels);
        }
      }
    }
  }
  return result;
}

/** floor(sum / n + 1/2) in integers: floor((2 sum + n) / 2n), and BigInt division truncates. */
export function averageOf(sum: number, n: number): number {
  const [u, v] = [BigInt(2 * sum + n), BigInt(2 * n)];
  const quotient = u / v;
  return Number(u < 0n && quotient * v !== u ? quotient - 1n : quotient);
}

export const maxPoolReference = (x: Int8Array, shape: ImageShape, window: Window): Int8Array =>
  pooled(x, shape, window, (pixels) => pixels.reduce((top, value) => Math.max(top, value), -128));

export const averagePoolReference = (x: Int8Array, shape: ImageShape, window: Window): Int8Array =>
  pooled(x, shape, window, (pixels) =>
    averageOf(
      pixels.reduce((sum, value) => sum + value, 0),
      pixels.length,
    ),
  );

export const globalAverageReference = (x: Int8Array, shape: ImageShape): Int8Array =>
  averagePoolReference(x, shape, { height: shape.height, width: shape.width });

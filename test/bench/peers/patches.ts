import type { Shape } from './peer.ts';

/** An NHWC image as the rows of a product, height * width x 9 * channels: zeros where the 3x3 window leaves the image. */
export function paddedPatches(image: Int8Array, conv: NonNullable<Shape['conv']>, out?: Int8Array): Int8Array {
  const { height, width, channels } = conv;
  const k = 9 * channels;
  const rows = out ?? new Int8Array(height * width * k);
  rows.fill(0);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let tap = 0; tap < 9; tap++) {
        const fromY = y + Math.floor(tap / 3) - 1;
        const fromX = x + (tap % 3) - 1;
        if (fromY < 0 || fromY >= height || fromX < 0 || fromX >= width) continue;
        const from = (fromY * width + fromX) * channels;
        rows.set(image.subarray(from, from + channels), (y * width + x) * k + tap * channels);
      }
    }
  }
  return rows;
}

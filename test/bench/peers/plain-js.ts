import type { Operands, Peer, Shape } from './peer.ts';

/** The loops that a programmer writes first: no packing, no blocking. */
export const plainJs: Peer = {
  name: 'plain JS',
  version: process.version,
  kind: 'int8',
  prepare: async ({ shape, a, b }: Operands) => {
    const run = shape.conv ? () => convolved(a, b, shape.conv!, shape.n) : () => multiplied(a, b, shape);
    return { run, result: run };
  },
};

function multiplied(a: Int8Array, b: Int8Array, { m, k, n }: Shape): Int32Array {
  const out = new Int32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[p * n + j]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

function convolved(image: Int8Array, filters: Int8Array, conv: NonNullable<Shape['conv']>, n: number): Int32Array {
  const { height, width, channels } = conv;
  const out = new Int32Array(height * width * n);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let o = 0; o < n; o++) {
        let sum = 0;
        for (let ky = 0; ky < 3; ky++) {
          const fromY = y + ky - 1;
          if (fromY < 0 || fromY >= height) continue;
          for (let kx = 0; kx < 3; kx++) {
            const fromX = x + kx - 1;
            if (fromX < 0 || fromX >= width) continue;
            for (let c = 0; c < channels; c++) {
              sum += image[(fromY * width + fromX) * channels + c]! * filters[((ky * 3 + kx) * channels + c) * n + o]!;
            }
          }
        }
        out[(y * width + x) * n + o] = sum;
      }
    }
  }
  return out;
}

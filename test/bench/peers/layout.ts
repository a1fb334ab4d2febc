/** The layouts in which other engines keep images and filters. All arrays are of one element type in and out. */

type Elements = Int8Array | Uint8Array | Int32Array | Float32Array;

/** rows x columns, row-major, to columns x rows. Also NHWC to NCHW (rows = pixels) and back (rows = channels). */
export function transposed<T extends Elements>(source: T, rows: number, columns: number): T {
  const out = source.slice() as T;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = source[row * columns + column]!;
  }
  return out;
}

/** Filters [ky][kx][channel][n], which is k x n, to OIHW: [n][channel][ky][kx]. */
export function filtersOihw<T extends Elements>(source: T, channels: number, n: number): T {
  const out = source.slice() as T;
  for (let tap = 0; tap < 9; tap++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let o = 0; o < n; o++) out[(o * channels + channel) * 9 + tap] = source[(tap * channels + channel) * n + o]!;
    }
  }
  return out;
}

/** The bytes of a + 128: the same numbers once a zero point of 128 is taken off. */
export const offsetBinary = (source: Int8Array): Uint8Array => Uint8Array.from(source, (value) => value + 128);

/** The bytes behind a typed array, not copied. */
export const bytesOf = (source: Elements): Uint8Array =>
  new Uint8Array(source.buffer, source.byteOffset, source.byteLength);

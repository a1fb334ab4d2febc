/** Geometry of windows over NHWC images: checks, output shapes, and the cutting of an image into tiles of bounded memory. */
import { KernelFault, OUTPUT_ENTRIES_MAX, requireDimension } from '../shape.ts';

/** images x height x width x channels, row-major, channels innermost. */
export type ImageShape = {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
};

/** Pixels added on each side; each less than the window's reach, so that every window meets the image. */
export type Padding = {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
};

/** A window of height x width taps; `stride` and `dilation` are [down, across] and default to [1, 1]. */
export type Window = {
  readonly height: number;
  readonly width: number;
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: Padding;
};

/** One direction of a window's walk. `reach` = (taps - 1) * dilation + 1 pixels, `output` windows. */
export type Axis = {
  readonly input: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly reach: number;
  readonly output: number;
};

export type Walk = { readonly down: Axis; readonly across: Axis };

/** Input pixels and output of one tile, each; what stays in the second-level cache is up to three times as fast. */
const TILE_BYTES = 1 << 18;
/** The same for windows or rows that need more. */
export const TILE_BYTES_MAX = 4 << 20;

const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

function axisOf(
  name: string,
  input: number,
  [taps, stride, dilation]: readonly [number, number, number],
  [before, after]: readonly [number, number],
): Axis {
  requireDimension(`${name} padding`, before);
  requireDimension(`${name} padding`, after);
  for (const value of [taps, stride, dilation]) {
    requireDimension(name, value);
    if (value === 0) throw new KernelFault(4, `${name}: a window, stride or dilation of 0`);
  }
  const reach = (taps - 1) * dilation + 1;
  requireDimension(`${name} reach`, reach);
  if (before >= reach || after >= reach) throw new KernelFault(4, `${name}: padding ${before}, ${after} of ${reach}`);
  const free = input + before + after - reach;
  if (free < 0) throw new KernelFault(4, `${name}: a window of ${reach} over ${input} + ${before} + ${after}`);
  return { input, taps, stride, dilation, before, reach, output: Math.floor(free / stride) + 1 };
}

/** Throws unless the window can walk the image. An image of no pixels has no windows. */
export function walkOf(shape: ImageShape, window: Window): Walk {
  for (const name of ['images', 'height', 'width', 'channels'] as const) requireDimension(name, shape[name]);
  const [strideY, strideX] = window.stride ?? [1, 1];
  const [dilationY, dilationX] = window.dilation ?? [1, 1];
  const { top, bottom, left, right } = window.padding ?? NO_PADDING;
  if (shape.height === 0 || shape.width === 0) throw new KernelFault(4, `${shape.height} x ${shape.width} pixels`);
  const down = axisOf('height', shape.height, [window.height, strideY, dilationY], [top, bottom]);
  const across = axisOf('width', shape.width, [window.width, strideX, dilationX], [left, right]);
  const entries = shape.images * down.output * across.output * shape.channels;
  if (entries > OUTPUT_ENTRIES_MAX) throw new KernelFault(5, `${entries} entries of output`);
  return { down, across };
}

/** Shape of the result: floor((size + padding - reach) / stride) + 1 in each direction. */
export function outputShape(shape: ImageShape, window: Window): ImageShape {
  const { down, across } = walkOf(shape, window);
  return { images: shape.images, height: down.output, width: across.output, channels: shape.channels };
}

export const entriesOf = ({ images, height, width, channels }: ImageShape): number =>
  images * height * width * channels;

/** Pixels under `count` consecutive windows. */
export const spanOf = ({ stride, reach }: Axis, count: number): number => (count - 1) * stride + reach;

const windowsWithin = ({ stride, reach, output }: Axis, pixels: number): number =>
  pixels < reach ? 0 : Math.min(output, Math.floor((pixels - reach) / stride) + 1);

export type TileSize = { readonly rows: number; readonly columns: number };

/** Windows of one tile: whole rows where they fit, else a piece of one row. Throws if not even one window fits. */
export function tileSize({ down, across }: Walk, channels: number, outputBytes: number): TileSize {
  const within = (bytes: number) => ({
    pixels: Math.floor(bytes / channels),
    outputs: Math.floor(bytes / (channels * outputBytes)),
  });
  const rowsWithin = (bytes: number): number => {
    const { pixels, outputs } = within(bytes);
    const seen = windowsWithin(down, Math.floor(pixels / spanOf(across, across.output)));
    return Math.min(seen, Math.floor(outputs / across.output));
  };
  // Tiles share reach - stride rows with the next: at least `reach` rows of output keep the copies below twice the image.
  const rows = Math.max(rowsWithin(TILE_BYTES), Math.min(down.reach, rowsWithin(TILE_BYTES_MAX)));
  if (rows > 0) return { rows, columns: across.output };
  const { pixels, outputs } = within(TILE_BYTES_MAX);
  const columns = Math.min(windowsWithin(across, Math.floor(pixels / down.reach)), outputs);
  if (columns > 0) return { rows: 1, columns };
  throw new KernelFault(5, `a window of ${down.reach} x ${across.reach} pixels of ${channels} channels`);
}

/** Windows [row, row + rows) x [column, column + columns) of one image. */
export type Tile = {
  readonly image: number;
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
};

/** Visits every window of every image once: at most as many tiles as windows. */
export function forEachTile(images: number, { down, across }: Walk, size: TileSize, visit: (tile: Tile) => void): void {
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < down.output; row += size.rows) {
      const rows = Math.min(size.rows, down.output - row);
      for (let column = 0; column < across.output; column += size.columns) {
        visit({ image, row, column, rows, columns: Math.min(size.columns, across.output - column) });
      }
    }
  }
}

/** Pixels [top, top + height) x [left, left + width) of an image; may hang over its edges. */
export type Rectangle = {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
};

/** What the windows of a tile see, padding included. */
export function rectangleOf({ down, across }: Walk, { row, column, rows, columns }: Tile): Rectangle {
  return {
    top: row * down.stride - down.before,
    left: column * across.stride - across.before,
    height: spanOf(down, rows),
    width: spanOf(across, columns),
  };
}

/** The part of a rectangle that lies inside the image; it is never empty for a tile's rectangle. */
export function clipped({ top, left, height, width }: Rectangle, shape: ImageShape): Rectangle {
  const [y, x] = [Math.max(0, top), Math.max(0, left)];
  return {
    top: y,
    left: x,
    height: Math.min(shape.height, top + height) - y,
    width: Math.min(shape.width, left + width) - x,
  };
}

/**
 * Copies the rectangle `inside` (within the image) of `pixels`, one image's or all images' bytes from `base`, into `to` whose
 * rows hold `toWidth` pixels, its first pixel at byte `toFrom`.
 */
export function copyRectangle(
  pixels: Uint8Array,
  base: number,
  shape: ImageShape,
  inside: Rectangle,
  to: Uint8Array,
  toWidth: number,
  toFrom: number,
): void {
  const { width, channels } = shape;
  const from = base + (inside.top * width + inside.left) * channels;
  if (inside.width === width && toWidth === width) {
    to.set(pixels.subarray(from, from + inside.height * width * channels), toFrom);
    return;
  }
  for (let y = 0; y < inside.height; y++) {
    const at = from + y * width * channels;
    to.set(pixels.subarray(at, at + inside.width * channels), toFrom + y * toWidth * channels);
  }
}

/** Places a tile's values, in order, into the result. */
export function placeTile<T extends Int8Array | Int32Array>(
  part: T,
  result: T,
  { down, across }: Walk,
  channels: number,
  { image, row, column, rows, columns }: Tile,
): void {
  const at = (y: number): number => ((image * down.output + y) * across.output + column) * channels;
  if (columns === across.output) {
    result.set(part, at(row));
    return;
  }
  for (let y = 0; y < rows; y++) {
    result.set(part.subarray(y * columns * channels, (y + 1) * columns * channels), at(row + y));
  }
}

export const bytesOf = (x: Int8Array): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.length);
export const int8Of = (x: Uint8Array): Int8Array => new Int8Array(x.buffer, x.byteOffset, x.length);

/**
 * conv2d over NHWC images as a product: the window of each output pixel is a row of A, gathered while A is packed a few rows
 * at a time (hpu/assembly/product/patches.ts), so the im2col matrix never exists as a whole.
 */

import { entriesOf, type ImageShape, type Walk, type Window, walkOf } from '../operators/window.ts';
import { KernelFault, requireLength, requireProduct } from '../shape.ts';
import { bandRows, seenRows } from './image-bands.ts';
import { multiplyPanels, type PanelAddresses, takeScratch } from './multiply-panels.ts';
import {
  aPanelBytes,
  bytesOf,
  type ColumnGroup,
  deliver,
  type Entries,
  entryBytes,
  PANEL_COLUMNS,
  PANEL_ROWS,
  type ProductUnit,
  panelsOf,
  ROWS_BYTES_MAX,
  rowsAtOnce,
  SLACK_BYTES,
  stepsOf,
} from './panels.ts';
import { type PackedWeights, requirePacked, type WeightStore } from './weights.ts';

/** Image rows of one band, in half of a pass's memory; panels and products take the other. */
const BAND_BYTES_MAX = ROWS_BYTES_MAX >> 1;
/** Pixels packed and multiplied at once: 16 panels of A by 8 columns of weights are in the caches. */
const PIXELS_AT_ONCE = 256;
const GEOMETRY_WORDS = 14;

/** Sides that the kernel's 32-bit offsets take. */
const SIDE_MAX = 1 << 15;

/** Entries of a window: k of the product. */
export const windowEntries = (window: Window, channels: number): number => window.height * window.width * channels;

/**
 * x (images x height x width x channels) under `window`, by weights packed from (window.height * window.width * channels) x n
 * row-major: images x outHeight x outWidth x n words. Padding counts as `zero`: the zero point of an int8 x, 0 for f32.
 */
export function convolve(
  unit: ProductUnit,
  store: WeightStore,
  x: Entries,
  shape: ImageShape,
  window: Window,
  weights: PackedWeights,
  zero: number,
): Int32Array {
  requirePacked(unit, weights);
  const walk = walkOf(shape, window);
  const { down, across } = walk;
  for (const side of [down.input, across.input, shape.channels, down.reach, across.reach]) {
    if (side > SIDE_MAX) throw new KernelFault(4, `a side of ${side}, at most ${SIDE_MAX}`);
  }
  const k = windowEntries(window, shape.channels);
  if (weights.k !== k) throw new KernelFault(3, `weights have ${weights.k} rows, the window ${k} entries`);
  if (!Number.isInteger(zero) || zero < -128 || zero > 127) throw new KernelFault(4, `padding ${zero}`);
  requireLength('x', x.length, entriesOf(shape));
  const pixels = down.output * across.output;
  requireProduct(shape.images * pixels, k, weights.n);
  const c = new Int32Array(shape.images * pixels * weights.n);
  if (c.length === 0 || k === 0) return c;
  const imageBytes = x.byteLength / shape.images;
  const outRows = bandRows(walk, imageBytes / shape.height, BAND_BYTES_MAX);
  store.byColumns(weights, c, (at, group) => {
    const pass = new Pass(unit, shape.channels, walk, at, group, outRows, zero);
    for (let image = 0; image < shape.images; image++) {
      const bytes = bytesOf(x).subarray(image * imageBytes, (image + 1) * imageBytes);
      for (let row = 0; row < down.output; row += outRows)
        pass.band(bytes, row, Math.min(outRows, down.output - row), image * pixels);
    }
  });
  return c;
}

/** One group of columns over all images: the arena is laid out once. */
class Pass {
  readonly #unit: ProductUnit;
  readonly #walk: Walk;
  readonly #group: ColumnGroup;
  readonly #at: PanelAddresses;
  readonly #k: number;
  readonly #pixelBytes: number;
  readonly #zero: number;
  readonly #pixels: number;
  readonly #image: number;
  readonly #geometry: number;
  readonly #line: number;

  constructor(
    unit: ProductUnit,
    channels: number,
    walk: Walk,
    weightsAt: number,
    group: ColumnGroup,
    outRows: number,
    zero: number,
  ) {
    const { arena, kernel } = unit;
    const { down, across } = walk;
    this.#unit = unit;
    this.#walk = walk;
    this.#group = group;
    this.#zero = zero;
    this.#k = down.taps * across.taps * channels;
    this.#pixelBytes = channels * entryBytes(kernel);
    const lineBytes = PANEL_ROWS * this.#k * entryBytes(kernel);
    const columnBytes = panelsOf(group.columns, PANEL_COLUMNS) * PANEL_COLUMNS * 4;
    const panelBytes = aPanelBytes(kernel, this.#k);
    const pixelBytesMax = ROWS_BYTES_MAX - BAND_BYTES_MAX - lineBytes;
    const wanted = Math.min(PIXELS_AT_ONCE, outRows * across.output);
    this.#pixels = rowsAtOnce(panelBytes / PANEL_ROWS + columnBytes, wanted, pixelBytesMax);
    const seen = Math.min(down.input, (outRows - 1) * down.stride + down.reach);
    this.#image = arena.take(seen * across.input * this.#pixelBytes + SLACK_BYTES);
    this.#geometry = arena.take(GEOMETRY_WORDS * 4);
    this.#line = arena.take(lineBytes + SLACK_BYTES);
    const mPanels = panelsOf(this.#pixels, PANEL_ROWS);
    const packed = arena.take(mPanels * panelBytes);
    const out = arena.take(this.#pixels * columnBytes);
    const scratch = takeScratch(unit, mPanels, stepsOf(kernel, this.#k), panelsOf(group.columns, PANEL_COLUMNS));
    this.#at = { packed, weightsAt, out, scratch };
  }

  /** Output rows `outRow` to `outRow + count` of one image, to rows `base` and on of the product. */
  band(image: Uint8Array, outRow: number, count: number, base: number): void {
    const { arena, wasm, kernel } = this.#unit;
    const { across } = this.#walk;
    const rowBytes = across.input * this.#pixelBytes;
    const { from, to } = seenRows(this.#walk, outRow, count);
    const seen = image.subarray(from * rowBytes, to * rowBytes);
    arena.bytes(this.#image, seen.length).set(seen);
    arena.int32(this.#geometry, GEOMETRY_WORDS).set(this.#words(from));
    const nPanels = panelsOf(this.#group.columns, PANEL_COLUMNS);
    const panelBytes = aPanelBytes(kernel, this.#k);
    const last = (outRow + count) * across.output;
    for (let pixel = outRow * across.output; pixel < last; pixel += this.#pixels) {
      const pixels = Math.min(this.#pixels, last - pixel);
      const panels = panelsOf(pixels, PANEL_ROWS);
      wasm.convolutionRows(
        this.#image,
        this.#geometry,
        pixel,
        pixels,
        this.#k,
        this.#line,
        this.#at.packed,
        panelBytes,
      );
      multiplyPanels(this.#unit, this.#at, panels, stepsOf(kernel, this.#k), nPanels);
      deliver(this.#unit, this.#at.out, this.#group, base + pixel, pixels);
    }
  }

  /** In the order that hpu/assembly/product/patches.ts reads; its channels are bytes of a pixel. */
  #words(top: number): number[] {
    const { down, across } = this.#walk;
    return [
      down.input,
      across.input,
      this.#pixelBytes,
      down.taps,
      across.taps,
      down.stride,
      across.stride,
      down.dilation,
      across.dilation,
      down.before,
      across.before,
      across.output,
      top,
      this.#zero,
    ];
  }
}

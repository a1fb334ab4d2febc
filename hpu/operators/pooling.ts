/**
 * Pooling of int8 images on operators.wasm, in tiles. Padding is outside the image: it is no candidate of a maximum and does
 * not count in an average. An average is floor(sum / n + 1/2), the rounding of hpu/quantise.ts on the exact quotient over the n
 * pixels inside; the scale and zero point of its result are those of its input.
 */
import type { Arena } from '../arena.ts';
import { KernelFault, requireDimension, requireLength } from '../shape.ts';
import {
  bytesOf,
  clipped,
  copyRectangle,
  entriesOf,
  forEachTile,
  type ImageShape,
  int8Of,
  placeTile,
  rectangleOf,
  TILE_BYTES_MAX,
  tileSize,
  type Window,
  walkOf,
} from './window.ts';

export type PoolingExports = {
  maxPool(...parameters: number[]): void;
  averagePool(...parameters: number[]): void;
  addPixels(x: number, pixels: number, channels: number, sums: number): void;
  averageSums(sums: number, channels: number, n: number, out: number): void;
};

/** Pixels of one average: 511 * 2^22 < 2^31 keeps the kernel's sums in int32. */
export const POOL_PIXELS_MAX = 2 ** 22;
/** Their sums are 4 MiB. */
const POOL_CHANNELS_MAX = 1 << 20;
const SPILL_BYTES = 16;
const VECTOR = 16;

const sumBytes = (channels: number): number => Math.ceil(channels / VECTOR) * VECTOR * 4;

export class Pooling {
  readonly #wasm: PoolingExports;
  readonly #arena: Arena;

  constructor(wasm: PoolingExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  pool(kind: 'max' | 'average', x: Int8Array, shape: ImageShape, window: Window): Int8Array {
    const walk = walkOf(shape, window);
    const { down, across } = walk;
    if (down.dilation !== 1 || across.dilation !== 1) throw new KernelFault(4, 'pooling has no dilation');
    if (kind === 'average' && down.taps * across.taps > POOL_PIXELS_MAX) {
      throw new KernelFault(4, `an average of ${down.taps} x ${across.taps} pixels`);
    }
    const { images, height, width, channels } = shape;
    if (channels > POOL_CHANNELS_MAX) throw new KernelFault(5, `${channels} channels`);
    requireLength('x', x.length, entriesOf(shape));
    const result = new Int8Array(images * down.output * across.output * channels);
    if (result.length === 0) return result;
    const size = tileSize(walk, channels, 1);
    this.#arena.reset();
    const whole = rectangleOf(walk, { image: 0, row: 0, column: 0, ...size });
    const input = this.#arena.take(whole.height * whole.width * channels + SPILL_BYTES);
    const out = this.#arena.take(size.rows * size.columns * channels + SPILL_BYTES);
    const sums = this.#arena.take(sumBytes(channels));
    const pixels = bytesOf(x);
    forEachTile(images, walk, size, (tile) => {
      const seen = rectangleOf(walk, tile);
      const inside = clipped(seen, shape);
      const bytes = this.#arena.bytes(input, inside.height * inside.width * channels);
      copyRectangle(pixels, tile.image * height * width * channels, shape, inside, bytes, inside.width, 0);
      const { rows, columns } = tile;
      const image = [input, inside.height, inside.width, channels];
      const steps = [down.taps, across.taps, down.stride, across.stride];
      const windows = [seen.top - inside.top, seen.left - inside.left, rows, columns];
      if (kind === 'max') this.#wasm.maxPool(...image, ...steps, ...windows, out);
      else this.#wasm.averagePool(...image, ...steps, ...windows, sums, out);
      placeTile(int8Of(this.#arena.bytes(out, rows * columns * channels)), result, walk, channels, tile);
    });
    return result;
  }

  globalAverage(x: Int8Array, shape: ImageShape): Int8Array {
    const { images, height, width, channels } = shape;
    for (const name of ['images', 'height', 'width', 'channels'] as const) requireDimension(name, shape[name]);
    const pixels = height * width;
    if (pixels === 0 || pixels > POOL_PIXELS_MAX) throw new KernelFault(4, `an average of ${pixels} pixels`);
    if (channels > POOL_CHANNELS_MAX) throw new KernelFault(5, `${channels} channels`);
    requireLength('x', x.length, entriesOf(shape));
    const result = new Int8Array(images * channels);
    if (result.length === 0) return result;
    const band = Math.min(pixels, Math.floor(TILE_BYTES_MAX / channels));
    this.#arena.reset();
    const input = this.#arena.take(band * channels + SPILL_BYTES);
    const out = this.#arena.take(channels + SPILL_BYTES);
    const sums = this.#arena.take(sumBytes(channels));
    const source = bytesOf(x);
    for (let image = 0; image < images; image++) {
      this.#arena.bytes(sums, sumBytes(channels)).fill(0);
      for (let from = 0; from < pixels; from += band) {
        const count = Math.min(band, pixels - from);
        const at = (image * pixels + from) * channels;
        this.#arena.bytes(input, count * channels).set(source.subarray(at, at + count * channels));
        this.#wasm.addPixels(input, count, channels, sums);
      }
      this.#wasm.averageSums(sums, channels, pixels, out);
      result.set(int8Of(this.#arena.bytes(out, channels)), image * channels);
    }
    return result;
  }
}

/** Depthwise convolution on operators.wasm: packing of the taps, tiles of a padded image, exact int32 sums. */
import type { Arena } from '../arena.ts';
import { type Channels, channelsFault, type Int8Range, requireRange, within } from '../quantise.ts';
import { COLUMNS_MAX } from '../scaling.ts';
import { K_MAX, KernelFault, requireDimension, requireLength } from '../shape.ts';
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
  type Tile,
  type TileSize,
  tileSize,
  type Walk,
  type Window,
  walkOf,
} from './window.ts';

export type DepthwiseExports = {
  depthwise(
    x: number,
    stepY: number,
    stepX: number,
    offsets: number,
    weights: number,
    pairs: number,
    rows: number,
    columns: number,
    channels: number,
    out: number,
  ): void;
  requantise(acc: number, rows: number, columns: number, ...parameters: number[]): void;
};

/** Weights (height x width x channels) in the kernel's layout; keep them. The numbers are never written again. */
export type DepthwiseWeights = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pairs: Int16Array;
};

const BLOCK_CHANNELS = 8;
/** Packed weights: 512 channels of 64 x 64 taps. */
export const DEPTHWISE_WEIGHT_BYTES_MAX = 8 << 20;
/** Two u32 a pair of taps. */
export const OFFSET_BYTES_MAX = Math.ceil(K_MAX / 2) * 8;
/** The kernel reads and writes up to this many bytes beyond its tiles. */
const SPILL_BYTES = 32;

const pairsOf = (height: number, width: number): number => Math.ceil((height * width) / 2);

/** int16 entries of packed weights. Throws if such weights can't be. */
function packedEntries(height: number, width: number, channels: number): number {
  requireDimension('height', height);
  requireDimension('width', width);
  requireDimension('channels', channels);
  const taps = height * width;
  if (taps === 0) throw new KernelFault(4, `a window of ${height} x ${width}`);
  if (taps > K_MAX) throw new KernelFault(2, `${height} x ${width} taps`);
  const entries = Math.ceil(channels / BLOCK_CHANNELS) * pairsOf(height, width) * BLOCK_CHANNELS * 2;
  if (entries * 2 > DEPTHWISE_WEIGHT_BYTES_MAX) throw new KernelFault(5, `${entries * 2} bytes of weights`);
  return entries;
}

export function packDepthwise(w: Int8Array, height: number, width: number, channels: number): DepthwiseWeights {
  const entries = packedEntries(height, width, channels);
  const taps = height * width;
  const count = pairsOf(height, width);
  requireLength('w', w.length, taps * channels);
  const pairs = new Int16Array(entries);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < channels; c++) {
      const block = Math.floor(c / BLOCK_CHANNELS);
      const lane = ((block * count + (tap >> 1)) * BLOCK_CHANNELS + (c % BLOCK_CHANNELS)) * 2;
      pairs[lane + (tap & 1)] = w[tap * channels + c] as number;
    }
  }
  return { height, width, channels, pairs };
}

/** Bytes (below TILE_BYTES_MAX) from a window's first pixel to each tap, in rows of `rowPixels` pixels; an odd last tap twice. */
function tapOffsets({ down, across }: Walk, channels: number, rowPixels: number): Int32Array {
  const taps = down.taps * across.taps;
  return Int32Array.from({ length: Math.ceil(taps / 2) * 2 }, (_, i) => {
    const tap = Math.min(i, taps - 1);
    const [y, x] = [Math.floor(tap / across.taps), tap % across.taps];
    return (y * down.dilation * rowPixels + x * across.dilation) * channels;
  });
}

export type DepthwiseInput = {
  readonly x: Int8Array;
  readonly shape: ImageShape;
  readonly weights: DepthwiseWeights;
  readonly walk: Omit<Window, 'height' | 'width'>;
  readonly zero: number;
};

type Plan = {
  readonly steps: Walk;
  readonly size: TileSize;
  readonly channels: number;
  /** Of the result. */
  readonly entries: number;
};

/** Every check of a call. */
function planOf({ x, shape, weights, walk, zero }: DepthwiseInput): Plan {
  const { height, width, channels, pairs } = weights;
  requireLength('weights', pairs.length, packedEntries(height, width, channels));
  if (!within(zero, -128, 127)) throw new KernelFault(4, `zero point ${zero}`);
  const steps = walkOf(shape, { ...walk, height, width });
  if (shape.channels !== channels) throw new KernelFault(3, `${shape.channels} channels, weights of ${channels}`);
  requireLength('x', x.length, entriesOf(shape));
  const entries = shape.images * steps.down.output * steps.across.output * channels;
  return { steps, size: entries === 0 ? { rows: 0, columns: 0 } : tileSize(steps, channels, 4), channels, entries };
}

export class Depthwise {
  readonly #wasm: DepthwiseExports;
  readonly #arena: Arena;

  constructor(wasm: DepthwiseExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  convolve(input: DepthwiseInput): Int32Array {
    const plan = planOf(input);
    const { steps, channels } = plan;
    const result = new Int32Array(plan.entries);
    if (result.length === 0) return result;
    this.#arena.reset();
    this.#eachTile(input, plan, (out, count, tile) => {
      placeTile(this.#arena.int32(out, count), result, steps, channels, tile);
    });
    return result;
  }

  convolveInt8(input: DepthwiseInput, by: Channels, range: Int8Range): Int8Array {
    const plan = planOf(input);
    const { steps, channels, size } = plan;
    requireRange(range);
    const fault = channelsFault(by, channels);
    if (fault !== undefined) throw new KernelFault(4, fault);
    if (channels > COLUMNS_MAX) throw new KernelFault(5, `${channels} channels`);
    const result = new Int8Array(plan.entries);
    if (result.length === 0) return result;
    this.#arena.reset();
    const constants = [by.bias, by.multiplier, by.shift].map((values) => this.#arena.put(values));
    const narrow = this.#arena.take(size.rows * size.columns * channels);
    const { zero, low, high } = range;
    this.#eachTile(input, plan, (out, count, tile) => {
      this.#wasm.requantise(out, tile.rows * tile.columns, channels, ...constants, zero, low, high, narrow);
      placeTile(int8Of(this.#arena.bytes(narrow, count)), result, steps, channels, tile);
    });
    return result;
  }

  /** Lays out the weights and one tile above what the arena holds; `visit` gets each tile's int32 sums in kernel memory. */
  #eachTile(
    { x, shape, weights, zero }: DepthwiseInput,
    { steps, size, channels }: Plan,
    visit: (out: number, count: number, tile: Tile) => void,
  ): void {
    const { height, width, pairs } = weights;
    const { down, across } = steps;
    const whole = rectangleOf(steps, { image: 0, row: 0, column: 0, ...size });
    const weightsAt = this.#arena.put(pairs);
    const pixelsAt = this.#arena.take(whole.height * whole.width * channels + SPILL_BYTES);
    const out = this.#arena.take(size.rows * size.columns * channels * 4 + SPILL_BYTES);
    const offsets = this.#arena.take(pairsOf(height, width) * 8);
    let offsetsFor = 0;
    forEachTile(shape.images, steps, size, (tile) => {
      const rowPixels = this.#putTile(bytesOf(x), shape, steps, tile, zero, pixelsAt);
      if (rowPixels !== offsetsFor) {
        const table = tapOffsets(steps, channels, rowPixels);
        this.#arena.int32(offsets, table.length).set(table);
        offsetsFor = rowPixels;
      }
      const [stepY, stepX] = [down.stride * rowPixels * channels, across.stride * channels];
      const { rows, columns } = tile;
      const windows = [rows, columns, channels] as const;
      this.#wasm.depthwise(pixelsAt, stepY, stepX, offsets, weightsAt, pairsOf(height, width), ...windows, out);
      visit(out, rows * columns * channels, tile);
    });
  }

  /** The tile's pixels with padding of `zero` around them; returns the pixels of one row. */
  #putTile(pixels: Uint8Array, shape: ImageShape, walk: Walk, tile: Tile, zero: number, at: number): number {
    const { height, width, channels } = shape;
    const seen = rectangleOf(walk, tile);
    const inside = clipped(seen, shape);
    const bytes = this.#arena.bytes(at, seen.height * seen.width * channels);
    if (inside.height < seen.height || inside.width < seen.width) bytes.fill(zero);
    const toFrom = ((inside.top - seen.top) * seen.width + inside.left - seen.left) * channels;
    copyRectangle(pixels, tile.image * height * width * channels, shape, inside, bytes, seen.width, toFrom);
    return seen.width;
  }
}

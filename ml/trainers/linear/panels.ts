/**
 * A matrix in kernel memory as f64 panels of a fixed number of rows, with its columns' means taken off. Where a block ends follows
 * from the shape alone, never from memory or slices, so that sums over blocks are the same everywhere.
 */
import type { Meter } from '../../meter.ts';
import type { Matrix } from '../trainer.ts';
import { float64, type LinearKernel } from './kernel.ts';

/** Near 128 KiB a panel, which a second-level cache holds; of wide rows more, so that products have something to run over. */
const PANEL_CELLS = 1 << 14;
const BLOCK_ROWS_MIN = 64;
const BLOCK_ROWS_MAX = 512;
/** 8 MiB, however wide the rows are. */
const PANEL_CELLS_MAX = 1 << 20;

/** Panels that stay loaded between passes over the rows, at most; beyond, each pass loads them again. */
const RESIDENT_CELLS_MAX = 3 << 20;

/** Kernels want rows padded to whole tiles. */
export const padded = (cols: number): number => Math.ceil(cols / 4) * 4;

export function blockRows(cols: number): number {
  const ld = padded(cols);
  const wanted = Math.min(BLOCK_ROWS_MAX, Math.max(BLOCK_ROWS_MIN, Math.floor(PANEL_CELLS / ld)));
  return Math.max(1, Math.min(wanted, Math.floor(PANEL_CELLS_MAX / ld)));
}

export interface PanelOptions {
  /** Each block is asked for once, so none stays loaded. */
  readonly once?: boolean;
  /** A column of ones behind the others, which an intercept is the weight of. */
  readonly ones?: boolean;
}

export class Panels {
  /** f64 from a row to the next: the columns, and zeros to a multiple of 4. */
  readonly ld: number;
  /** Columns, with that of ones. */
  readonly cols: number;
  readonly blocks: number;
  readonly #kernel: LinearKernel;
  readonly #input: Matrix;
  readonly #mean: Float64Array;
  readonly #step: number;
  readonly #resident: boolean;
  readonly #next: 0 | 1;
  #base = 0;
  #single = 0;
  #meanAt = 0;
  #loaded: Uint8Array;

  /** `begin` comes before `at`. */
  constructor(kernel: LinearKernel, input: Matrix, mean: Float64Array, { once, ones }: PanelOptions = {}) {
    this.#kernel = kernel;
    this.#input = input;
    this.#mean = mean;
    this.#next = ones ? 1 : 0;
    this.cols = input.cols + this.#next;
    this.ld = padded(this.cols);
    this.#step = blockRows(input.cols);
    this.blocks = Math.ceil(input.rows / this.#step);
    this.#loaded = new Uint8Array(this.blocks);
    this.#resident = !once && input.rows * this.ld <= RESIDENT_CELLS_MAX;
  }

  /** First and one past the last row. */
  range(block: number): { from: number; to: number } {
    const from = block * this.#step;
    return { from, to: Math.min(this.#input.rows, from + this.#step) };
  }

  /** Takes memory, after the arena's reset; what was loaded before is forgotten. */
  begin(): void {
    const { arena } = this.#kernel;
    this.#loaded.fill(0);
    this.#meanAt = arena.put(this.#mean);
    this.#single = arena.take(this.#step * this.#input.cols * 4);
    this.#base = arena.take((this.#resident ? this.#input.rows : this.#step) * this.ld * 8);
  }

  /** Address of the block's panel, valid until another block is asked for. */
  at(block: number): number {
    const { wasm, arena } = this.#kernel;
    const { from, to } = this.range(block);
    const at = this.#base + (this.#resident ? from * this.ld * 8 : 0);
    if (this.#loaded[block]) return at;
    const { cols, x } = this.#input;
    arena.float32(this.#single, (to - from) * cols).set(x.subarray(from * cols, to * cols));
    wasm.centre(this.#single, this.#meanAt, to - from, cols, this.#next, at, this.ld);
    if (this.#resident) this.#loaded[block] = 1;
    return at;
  }
}

/** Means of the columns, in the order of the rows. */
export function columnMeans({ rows, cols, x }: Matrix, meter: Meter): Float64Array {
  const mean = new Float64Array(cols);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) mean[c] = (mean[c] as number) + (x[at++] as number);
  }
  for (let c = 0; c < cols; c++) mean[c] = (mean[c] as number) / rows;
  meter.vector(rows * cols, 'columnSum');
  return mean;
}

/** Mean squared distance of each column from its mean. */
export function columnVariances({ rows, cols, x }: Matrix, mean: Float64Array, meter: Meter): Float64Array {
  const variance = new Float64Array(cols);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++) {
      const d = (x[at++] as number) - (mean[c] as number);
      variance[c] = (variance[c] as number) + d * d;
    }
  }
  for (let c = 0; c < cols; c++) variance[c] = (variance[c] as number) / rows;
  meter.vector(rows * cols, 'columnStatistics');
  return variance;
}

/** An f64 carries the bits of two f32: a product of doubles counts as a float product of twice the rows. */
export function doubleProduct(meter: Meter, m: number, k: number, n: number): void {
  meter.floatProduct(2 * m, k, n);
}

/** Copies out of kernel memory. */
export function read(kernel: LinearKernel, at: number, length: number): Float64Array {
  return float64(kernel, at, length).slice();
}

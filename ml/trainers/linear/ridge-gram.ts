/**
 * The smaller Gram matrix of centred columns, block by block: X^T X with X^T y, or, where rows are fewer than columns, X X^T alone
 * (the dual). Between `load` and `store` its sums live in kernel memory.
 */
import type { Meter } from '../../meter.ts';
import type { Matrix } from '../trainer.ts';
import { float64, type LinearKernel, zeros } from './kernel.ts';
import { blockRows, doubleProduct, Panels, padded } from './panels.ts';

/** Lower triangle by rows. */
export const packedLength = (order: number): number => (order * (order + 1)) / 2;

/** Addresses in kernel memory. */
interface Loaded {
  readonly matrix: number;
  readonly moments: number;
  readonly y: number;
  /** Of columns, in the dual. */
  readonly panel: number;
  readonly panels: Panels;
}

export class GramSum {
  readonly dual: boolean;
  readonly order: number;
  readonly blocks: number;
  matrix: Float64Array;
  /** X^T y, with zeros behind; empty in the dual. */
  moments: Float64Array;

  readonly #kernel: LinearKernel;
  readonly #input: Matrix;
  readonly #y: Float64Array;
  #loaded: Loaded | undefined;

  /** `y` is centred. */
  constructor(kernel: LinearKernel, input: Matrix, y: Float64Array) {
    const { rows, cols } = input;
    this.#kernel = kernel;
    this.#input = input;
    this.#y = y;
    this.dual = rows < cols;
    this.order = Math.min(rows, cols);
    this.blocks = Math.ceil(Math.max(rows, cols) / blockRows(this.order));
    this.matrix = new Float64Array(packedLength(this.order));
    this.moments = new Float64Array(this.dual ? 0 : padded(cols));
  }

  /** After the arena's reset. */
  load(mean: Float64Array): void {
    const { arena } = this.#kernel;
    const panels = new Panels(this.#kernel, this.#input, mean, { once: true });
    this.#loaded = {
      matrix: arena.put(this.matrix),
      moments: arena.put(this.moments),
      y: arena.put(this.#y),
      panel: this.dual ? zeros(this.#kernel, blockRows(this.order) * padded(this.order)) : 0,
      panels,
    };
    if (!this.dual) panels.begin();
  }

  store(): void {
    if (!this.#loaded) return;
    const { matrix, moments } = this.#loaded;
    this.matrix.set(float64(this.#kernel, matrix, this.matrix.length));
    this.moments.set(float64(this.#kernel, moments, this.moments.length));
    this.#loaded = undefined;
  }

  /** Returns the multiply-adds. */
  add(block: number, mean: Float64Array, meter: Meter): number {
    if (!this.#loaded) throw new Error('load comes first');
    const count = this.dual ? this.#addColumns(this.#loaded, block, mean) : this.#addRows(this.#loaded, block);
    // Half of the square, as the triangle is.
    meter.vector(count * this.order, 'floatElement');
    doubleProduct(meter, Math.ceil(this.order / 2), count, this.order);
    if (!this.dual) doubleProduct(meter, 1, count, this.order);
    return count * packedLength(this.order);
  }

  #addRows({ panels, matrix, moments, y }: Loaded, block: number): number {
    const { wasm } = this.#kernel;
    const { from, to } = panels.range(block);
    const panel = panels.at(block);
    wasm.gram(panel, to - from, this.order, panels.ld, matrix);
    wasm.addProductColumn(panel, panels.ld, y + from * 8, moments, to - from, panels.ld, true);
    return to - from;
  }

  /** A block of columns, transposed: the rows' products over them. */
  #addColumns({ panel, matrix }: Loaded, block: number, mean: Float64Array): number {
    const { rows, cols, x } = this.#input;
    const ld = padded(rows);
    const step = blockRows(rows);
    const from = block * step;
    const count = Math.min(step, cols - from);
    const view = float64(this.#kernel, panel, count * ld);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < count; c++) {
        view[c * ld + r] = (x[r * cols + from + c] as number) - (mean[from + c] as number);
      }
    }
    this.#kernel.wasm.gram(panel, count, rows, ld, matrix);
    return count;
  }
}

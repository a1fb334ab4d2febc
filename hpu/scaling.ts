/** Accumulators to int8 or int32 by channel, block by block, on any instance that has the kernels (gemm.wasm, operators.wasm). */
import type { Arena } from './arena.ts';
import { type Channels, type Int8Range, requireChannels, requireRange } from './quantise.ts';
import { KernelFault, requireDimension, requireLength } from './shape.ts';

export type ScalingExports = {
  requantise(acc: number, rows: number, columns: number, ...parameters: number[]): void;
  rescale(acc: number, rows: number, columns: number, ...parameters: number[]): void;
};

/** Elements of one block, a multiple of 16: three operands of 256 KiB stay in the second-level cache. */
export const BLOCK_ELEMENTS = 1 << 16;
/** Columns of one row: 1 MiB of int32, twice, and three channel constants each. */
export const COLUMNS_MAX = 1 << 18;

/** Rows of a block, at least one. */
export const blockRows = (rows: number, columns: number): number =>
  Math.max(1, Math.min(rows, Math.floor(BLOCK_ELEMENTS / Math.max(1, columns))));

export function requireColumns(name: string, length: number, rows: number, columns: number): void {
  requireDimension('rows', rows);
  requireDimension('columns', columns);
  requireLength(name, length, rows * columns);
  if (columns > COLUMNS_MAX) throw new KernelFault(5, `${columns} columns`);
}

/** Copies acc in by blocks of rows and runs each; `outBytes` of room an element beside it. */
export function byRows(
  arena: Arena,
  acc: Int32Array,
  rows: number,
  columns: number,
  outBytes: number,
  run: (at: number, count: number, out: number, from: number) => void,
): void {
  const block = blockRows(rows, columns);
  const at = arena.take(block * columns * 4);
  const out = arena.take(block * columns * outBytes);
  for (let row = 0; row < rows; row += block) {
    const count = Math.min(block, rows - row);
    arena.int32(at, count * columns).set(acc.subarray(row * columns, (row + count) * columns));
    run(at, count, out, row * columns);
  }
}

export class Scaling {
  readonly #wasm: ScalingExports;
  readonly #arena: Arena;

  constructor(wasm: ScalingExports, arena: Arena) {
    this.#wasm = wasm;
    this.#arena = arena;
  }

  requantise(acc: Int32Array, rows: number, columns: number, channels: Channels, range: Int8Range): Int8Array {
    requireRange(range);
    const { zero, low, high } = range;
    const constants = this.#putChannels(acc, rows, columns, channels);
    const result = new Int8Array(acc.length);
    byRows(this.#arena, acc, rows, columns, 1, (at, count, out, from) => {
      this.#wasm.requantise(at, count, columns, ...constants, zero, low, high, out);
      result.set(this.#arena.int8(out, count * columns), from);
    });
    return result;
  }

  rescale(acc: Int32Array, rows: number, columns: number, channels: Channels): Int32Array {
    const constants = this.#putChannels(acc, rows, columns, channels);
    const result = new Int32Array(acc.length);
    byRows(this.#arena, acc, rows, columns, 4, (at, count, out, from) => {
      this.#wasm.rescale(at, count, columns, ...constants, out);
      result.set(this.#arena.int32(out, count * columns), from);
    });
    return result;
  }

  /** Checks first, writes then. */
  #putChannels(acc: Int32Array, rows: number, columns: number, channels: Channels): readonly number[] {
    requireColumns('acc', acc.length, rows, columns);
    requireChannels(acc, rows, columns, channels);
    this.#arena.reset();
    return [channels.bias, channels.multiplier, channels.shift].map((values) => this.#arena.put(values));
  }
}

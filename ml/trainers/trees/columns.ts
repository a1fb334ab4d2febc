/** Columns of a matrix as codes in kernel memory (hpu/assembly/trees/columns.ts), which both forests and boosting grow on. */
import type { Matrix } from '../trainer.ts';
import type { TreeKernel } from './kernel.ts';

/** Codes of a u16 column; the last code of all marks missing cells. */
export const WIDE_CODES_MAX = 65_534;
/** Codes of a u8 column, beside one for missing cells. */
export const NARROW_CODES_MAX = 255;
/** A column of more categories folds those from here on into one code. Codes come ordered by how frequent they are. */
export const CATEGORY_CODES_MAX = NARROW_CODES_MAX;

export interface CodedColumn {
  /** Smallest and largest value of each code. */
  readonly lows: Float32Array;
  readonly highs: Float32Array;
  readonly missing: boolean;
}

/** Bytes that coding takes besides the codes and the two arrays for sorting. */
export function codingBytes(rows: number, codesMax: number): number {
  return rows * 4 + codesMax * 8 + 64;
}

/**
 * Codes every column at `codes`, u16 or u8 by `wide`, cols x rows. `items` and `spare` are u64[rows], for sorting; what else it takes
 * from the arena stays taken. A column of categories keeps its codes, as far as CATEGORY_CODES_MAX.
 */
export function codeColumns(
  { wasm, arena }: TreeKernel,
  { rows, cols, x }: Matrix,
  categories: Uint16Array | undefined,
  to: { codes: number; items: number; spare: number; codesMax: number; wide: boolean },
): CodedColumn[] {
  const values = arena.take(rows * 4);
  const lows = arena.take(to.codesMax * 4);
  const highs = arena.take(to.codesMax * 4);
  const width = to.wide ? 2 : 1;
  return Array.from({ length: cols }, (_, c) => {
    const column = arena.float32(values, rows);
    const count = categories?.[c] ?? 0;
    let missing = false;
    for (let r = 0; r < rows; r++) {
      const cell = x[r * cols + c] as number;
      column[r] = cell;
      missing ||= Number.isNaN(cell);
    }
    const at = to.codes + c * rows * width;
    if (count > 0) return keepCodes(arena.bytes(at, rows), column, Math.min(count, CATEGORY_CODES_MAX), missing);
    const codes = wasm.codeColumn(values, rows, to.items, to.spare, at, lows, highs, to.codesMax, to.wide);
    return { lows: arena.float32(lows, codes).slice(), highs: arena.float32(highs, codes).slice(), missing };
  });
}

function keepCodes(to: Uint8Array, column: Float32Array, count: number, missing: boolean): CodedColumn {
  for (let r = 0; r < column.length; r++) {
    const cell = column[r] as number;
    to[r] = Number.isNaN(cell) ? count : Math.min(cell, count - 1);
  }
  const codes = Float32Array.from({ length: count }, (_, code) => code);
  return { lows: codes, highs: codes, missing };
}

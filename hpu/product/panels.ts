/**
 * Layouts of packed operands, and what a module with a product exports. A step of 32 bits holds two entries of k as int16
 * (d16), four as bytes (r16 and r32) or one f32; otherwise the layouts are the same (hpu/assembly/product/pack-*.ts).
 */
import type { Arena } from '../arena.ts';
import type { QuarterExports } from './strassen.ts';

/** Which kernel multiplies: exact int8, int8 by weights of 7 bits (the product is the same), or f32. */
export type ProductKernel = 'd16' | 'r16' | 'f32';

/** Exports of an instance, under one set of names. Addresses and sizes in bytes, steps and panels as counts. */
export interface ProductExports {
  packB(b: number, k: number, n: number, out: number): void;
  packA(a: number, m: number, k: number, out: number): void;
  packRow(row: number, k: number, out: number): void;
  convolutionRows(
    image: number,
    geometry: number,
    from: number,
    count: number,
    k: number,
    line: number,
    out: number,
    panelBytes: number,
  ): void;
  multiply(a: number, b: number, c: number, mPanels: number, steps: number, nPanels: number): void;
  multiplyRow(a: number, b: number, c: number, steps: number, nPanels: number): void;
  compact(c: number, m: number, ld: number, n: number): void;
}

/** Of gemm.wasm (hpu/assembly/product/row-d16.ts). Panels widened in place of those of `multiplyRow`. */
export interface WideRowExports {
  widen(b: number, steps: number, nPanels: number, out: number): void;
  multiplyRowWide: ProductExports['multiplyRow'];
}

/** One instance with its memory. */
export interface ProductUnit {
  readonly kernel: ProductKernel;
  readonly wasm: ProductExports;
  readonly arena: Arena;
  /** Of d16 alone: its steps have room for sums of entries. */
  readonly quarters?: QuarterExports;
  /** Of d16 alone: the row kernel with weights in a layout of its own. */
  readonly wideRow?: WideRowExports;
}

/** Entries of k in a step, bytes before the steps of a packed panel of A, bytes of an operand's entry. */
const LAYOUTS = {
  d16: { entries: 2, header: 0, entryBytes: 1 },
  r16: { entries: 4, header: 16, entryBytes: 1 },
  f32: { entries: 1, header: 0, entryBytes: 4 },
} as const;

export const PANEL_COLUMNS = 8;
export const PANEL_ROWS = 4;
const A_STEP_BYTES = 16;
const B_STEP_BYTES = 32;
/** Whole vectors are read and written: a run may end this far past its last byte. */
export const SLACK_BYTES = 16;

export const stepsOf = (kernel: ProductKernel, k: number): number => Math.ceil(k / LAYOUTS[kernel].entries);
export const bPanelBytes = (kernel: ProductKernel, k: number): number => stepsOf(kernel, k) * B_STEP_BYTES;
export const aPanelBytes = (kernel: ProductKernel, k: number): number =>
  LAYOUTS[kernel].header + stepsOf(kernel, k) * A_STEP_BYTES;

export const entryBytes = (kernel: ProductKernel): number => LAYOUTS[kernel].entryBytes;

export const panelsOf = (count: number, size: number): number => Math.ceil(count / size);

/** A, packed A and C of one pass over rows. One row panel at K_MAX and the widest group of columns needs 4.8 MB at most. */
export const ROWS_BYTES_MAX = 8 << 20;

/** Rows of one pass, a multiple of the panel's: at most what is wanted, and what fits at `rowBytes` a row. */
export function rowsAtOnce(rowBytes: number, wanted: number, bytesMax: number): number {
  const rowsMax = Math.max(1, Math.floor(bytesMax / (rowBytes * PANEL_ROWS))) * PANEL_ROWS;
  return Math.min(rowsMax, panelsOf(wanted, PANEL_ROWS) * PANEL_ROWS);
}

/** An operand's entries: int8, or f32 for the float product. */
export type Entries = Int8Array | Float32Array;

export const bytesOf = ({ buffer, byteOffset, byteLength }: Entries): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Columns `from` to `from + columns` of a product c whose rows have n. Words: int32, or the bits of f32. */
export type ColumnGroup = {
  readonly c: Int32Array;
  readonly n: number;
  readonly from: number;
  readonly columns: number;
};

/** Padded rows at `out` to rows `row` and on of c. */
export function deliver(
  { wasm, arena }: ProductUnit,
  out: number,
  group: ColumnGroup,
  row: number,
  count: number,
): void {
  const { c, n, from, columns } = group;
  const ld = panelsOf(columns, PANEL_COLUMNS) * PANEL_COLUMNS;
  if (ld !== columns) wasm.compact(out, count, ld, columns);
  const part = arena.int32(out, count * columns);
  if (columns === n) c.set(part, row * n);
  else {
    for (let r = 0; r < count; r++) c.set(part.subarray(r * columns, (r + 1) * columns), (row + r) * n + from);
  }
}

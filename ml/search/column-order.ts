/** What the order of a column's cells says: whether rows follow it, and which rows are neighbours in it. */
import type { Column } from '../table/table.ts';

/** Rows that a column is looked at by, at most: what is asked here, this many answer as well as all. */
const SAMPLE_MAX = 4096;

/** NaN, and MISSING, are missing. */
export type Cells = Float64Array | Float32Array | Int32Array;

export const cellsOf = (column: Column): Cells =>
  column.kind === 'number' ? column.values : column.kind === 'date' ? column.days : column.codes;

/** One zero, and one NaN, in bits. */
export const oneSpelling = (cell: number): number => (Number.isNaN(cell) ? Number.NaN : cell + 0);

/** As `oneSpelling` has them. */
export const isSameCell = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** The larger share of the steps from a row to the next that go up, or down; a step to or from a missing cell goes nowhere. */
export function shareInOrder(cells: Cells): number {
  let [up, down] = [0, 0];
  for (let row = 1; row < cells.length; row++) {
    const [before, own] = [cells[row - 1] as number, cells[row] as number];
    if (own > before) up++;
    else if (own < before) down++;
  }
  return cells.length < 2 ? 0 : Math.max(up, down) / (cells.length - 1);
}

/** Rows by their cells, missing ones last, equal ones in the table's order: all, or as many as suffice, evenly spaced. */
export function sortedRows(cells: Cells): Int32Array {
  const stride = Math.ceil(cells.length / SAMPLE_MAX);
  const rows = Int32Array.from({ length: Math.ceil(cells.length / Math.max(1, stride)) }, (_, i) => i * stride);
  return rows.sort((a, b) => compared(cells[a] as number, cells[b] as number) || a - b);
}

function compared(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

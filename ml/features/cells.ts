/** Cells of a table by column and row, whatever the table is made of. */
import type { Column, Images, Table } from '../table/table.ts';
import { datePart } from './dates.ts';
import { isOfNumber, type Part } from './plan.ts';
import { logPart } from './skew.ts';

/** Row indices of a table, in any order. */
export type Rows = ArrayLike<number>;

/** Moments beyond are taken as missing: the range of days that ECMAScript's dates have. */
const DAYS_MAX = 1e8;

export function columnAt(table: Table, index: number): Column {
  const column = table.features.kind === 'columns' ? table.features.columns[index] : undefined;
  if (!column) throw new RangeError(`the table has no column ${index}`);
  return column;
}

/** Image samples of a row. */
export function sampleCount({ height, width, channels }: Images): number {
  return height * width * channels;
}

/** Numbers or their logarithms, a part of dates, or an image's sample, of the rows; NaN where missing. Throws where the column is of another kind. */
export function numbersOf(table: Table, rows: Rows, index: number, part: Part): Float64Array {
  const cells = new Float64Array(rows.length);
  if (table.features.kind === 'images') {
    const { pixels } = table.features;
    const step = sampleCount(table.features);
    for (let i = 0; i < cells.length; i++) cells[i] = pixels[(rows[i] as number) * step + index] as number;
    return cells;
  }
  const column = columnAt(table, index);
  if (column.kind === 'number' && isOfNumber(part)) {
    for (let i = 0; i < cells.length; i++) cells[i] = finite(column.values[rows[i] as number] as number);
    return part === 'value' ? cells : cells.map((x) => logPart(x, part));
  }
  if (column.kind !== 'date' || isOfNumber(part)) throw new RangeError(`column ${index} is no ${part}`);
  for (let i = 0; i < cells.length; i++) {
    const days = column.days[rows[i] as number] as number;
    cells[i] = datePart(Math.abs(days) <= DAYS_MAX ? days : Number.NaN, part);
  }
  return cells;
}

const finite = (x: number): number => (Number.isFinite(x) ? x : Number.NaN);

/** Codes of the rows; MISSING is -1. */
export function codesOf(table: Table, rows: Rows, index: number): Int32Array {
  const column = columnAt(table, index);
  if (column.kind !== 'category') throw new RangeError(`column ${index} is no category`);
  const codes = new Int32Array(rows.length);
  for (let i = 0; i < codes.length; i++) codes[i] = column.codes[rows[i] as number] as number;
  return codes;
}

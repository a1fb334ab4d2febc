/**
 * Columns that only name their row: a number of an order, a row's number, the time it was written, noise. Rows that differ in nothing
 * else are copies of one, whatever such a column says.
 */
import type { Column, Table, Target } from '../table/table.ts';
import { cellsOf, isSameCell, oneSpelling, shareInOrder, sortedRows } from './column-order.ts';
import { mixed, RowSlots } from './row-slots.ts';

/** At most one row in this many has a cell that another has. */
const SHARED_CELLS = 10;
const IN_ORDER_SHARE = 0.95;
/** Numbers of rows, some of which were dropped: whole, and as dense as this. */
const NUMBERS_A_ROW = 2;
const BINS = 16;
/** Standard deviations of a measure above what noise would have. */
const BEYOND_NOISE = 4;

/**
 * Columns of which hardly two cells are equal, in table order, any of which `few` rows or more may differ in alone: in every other column
 * their cells are another's, too. None in a table of continuous columns.
 */
export function nearlyUnique(columns: readonly Column[], rows: number, few: number): number[] {
  const slots = new RowSlots(rows);
  const isShared = new Uint8Array(rows);
  /** Columns in which a row's cell is its own: 0, 1, or 2 for more. */
  const own = new Uint8Array(rows);
  const found: number[] = [];
  let only: number | undefined;
  for (const [at, column] of columns.entries()) {
    const shared = sharedCells(column, slots, isShared);
    if (shared * SHARED_CELLS > rows) continue;
    found.push(at);
    if (shared < few && only !== undefined) return [];
    if (shared < few) only = at;
    if (addOwn(own, isShared) < few) return [];
  }
  return only === undefined ? found : [only];
}

/** How many rows have a cell of their own in one column at most. */
function addOwn(own: Uint8Array, isShared: Uint8Array): number {
  let left = 0;
  for (let row = 0; row < own.length; row++) {
    const count = Math.min(2, (own[row] as number) + 1 - (isShared[row] as number));
    own[row] = count;
    if (count < 2) left++;
  }
  return left;
}

/** Rows whose cell an earlier row has, counted no further than matters; `isShared` has these rows and the earlier ones. */
function sharedCells(column: Column, slots: RowSlots, isShared: Uint8Array): number {
  const cells = cellsOf(column);
  const rows = cells.length;
  if (column.kind === 'category') {
    const least = rows - column.categories.length - 1;
    if (least * SHARED_CELLS > rows) return least;
  }
  const isSame = (first: number, row: number): boolean => isSameCell(cells[first] as number, cells[row] as number);
  const words = new Int32Array(2);
  const real = new Float64Array(words.buffer);
  slots.clear();
  isShared.fill(0);
  let shared = 0;
  for (let row = 0; row < rows && shared * SHARED_CELLS <= rows; row++) {
    real[0] = oneSpelling(cells[row] as number);
    const first = slots.firstOf(
      row,
      mixed(mixed(words[0] as number, 0x9e3779b1) ^ (words[1] as number), 0x85ebca6b),
      isSame,
    );
    if (first === row) continue;
    shared++;
    isShared[row] = 1;
    isShared[first] = 1;
  }
  return shared;
}

/** Of a column of nearly distinct cells: rows are in its order, or it counts them, or it has nothing to do with the target. */
export function isNaming(column: Column, { rows, target }: Table): boolean {
  const cells = cellsOf(column);
  if (shareInOrder(cells) >= IN_ORDER_SHARE) return true;
  if (column.kind === 'number') {
    const known = column.values.filter((cell) => !Number.isNaN(cell));
    const low = known.reduce((least, cell) => Math.min(least, cell), Number.POSITIVE_INFINITY);
    const high = known.reduce((most, cell) => Math.max(most, cell), Number.NEGATIVE_INFINITY);
    if (high - low < NUMBERS_A_ROW * rows && known.every(Number.isInteger)) return true;
  }
  return !tellsTarget(sortedRows(cells), target);
}

/** Whether the target is not the same, but for chance, from one sixteenth of the rows, in the column's order, to the next. */
function tellsTarget(rows: Int32Array, target: Target): boolean {
  if (target.kind === 'none') return false;
  const binOf = (at: number): number => Math.floor((at * BINS) / rows.length);
  const [measure, freedom] = target.kind === 'classes' ? chiSquare(rows, target, binOf) : between(rows, target, binOf);
  return measure > freedom + BEYOND_NOISE * Math.sqrt(2 * freedom);
}

type Measure = readonly [measure: number, freedom: number];

/** Pearson's, of classes by bins. */
function chiSquare(
  rows: Int32Array,
  { classes, labels }: Extract<Target, { kind: 'classes' }>,
  binOf: (at: number) => number,
): Measure {
  const counts = new Float64Array(BINS * classes.length);
  const [ofBin, ofClass] = [new Float64Array(BINS), new Float64Array(classes.length)];
  rows.forEach((row, at) => {
    const [bin, label] = [binOf(at), labels[row] as number];
    for (const [sums, i] of [
      [counts, bin * classes.length + label],
      [ofBin, bin],
      [ofClass, label],
    ] as const) {
      sums[i] = (sums[i] as number) + 1;
    }
  });
  let sum = 0;
  counts.forEach((count, i) => {
    const bin = Math.floor(i / classes.length);
    const expected = ((ofBin[bin] as number) * (ofClass[i % classes.length] as number)) / rows.length;
    if (expected > 0) sum += (count - expected) ** 2 / expected;
  });
  const met = ofClass.filter((count) => count > 0).length;
  return [sum, (BINS - 1) * Math.max(0, met - 1)];
}

/** The share of the variance that is between bins, times rows: as chi-square, where there are many. */
function between(
  rows: Int32Array,
  { values }: Extract<Target, { kind: 'values' }>,
  binOf: (at: number) => number,
): Measure {
  const mean = rows.reduce((sum, row) => sum + (values[row] as number), 0) / rows.length;
  const [sums, counts] = [new Float64Array(BINS), new Float64Array(BINS)];
  let all = 0;
  rows.forEach((row, at) => {
    const [bin, off] = [binOf(at), (values[row] as number) - mean];
    sums[bin] = (sums[bin] as number) + off;
    counts[bin] = (counts[bin] as number) + 1;
    all += off * off;
  });
  const shared = sums.reduce((sum, own, bin) => sum + (own * own) / Math.max(1, counts[bin] as number), 0);
  return [all > 0 ? (shared / all) * (rows.length - 1) : 0, BINS - 1];
}

/**
 * Rows that are equal in every column, whatever their target: copies of one, most often. So are rows that differ in one column only, where
 * that one only names its row (naming-column.ts). Were they dealt to different folds, a model that only remembers would be scored as one
 * that has learned. Where columns are few and coarse, equal rows are no copies but what is to be expected; then they are dealt like any
 * others.
 */
import type { Column, Features, Table, Target } from '../table/table.ts';
import { cellsOf, isSameCell, oneSpelling } from './column-order.ts';
import { isNaming, nearlyUnique } from './naming-column.ts';
import { mixed, RowSlots } from './row-slots.ts';

/** Fewer repeated rows than one in this many change no score to speak of. */
const REPEATED_SHARE = 50;
/** Pairs of equal rows are copies if they are this many times what columns that have nothing to do with each other would give. */
const BEYOND_CHANCE = 16;
/** Fewer different rows can't be dealt into folds as wholes. */
const DIFFERENT_MIN = 20;
/** Columns left out for which rows are compared cell by cell, at most: in a table that nobody made for it the first is the one. */
const COMPARED_MAX = 4;

/** For each row, the first one that is equal to it. */
export type Firsts = Int32Array;

export interface Repeats {
  readonly firsts: Firsts;
  /** The only column that equal rows differ in. */
  readonly but?: Column;
}

const known = new WeakMap<Features, { readonly target: Target; readonly repeats: Repeats | undefined }>();

/** Undefined where rows don't repeat, or not beyond chance. */
export function repeatsOf(table: Table): Repeats | undefined {
  const found = known.get(table.features);
  if (found?.target === table.target) return found.repeats;
  const repeats = findRepeats(table);
  known.set(table.features, { target: table.target, repeats });
  return repeats;
}

export const repeatedRows = (table: Table): Firsts | undefined => repeatsOf(table)?.firsts;

/** Rows that are equal but for a column are equal in all classes of those that are equal in all: they go first. */
function findRepeats(table: Table): Repeats | undefined {
  const { features, rows } = table;
  const sums = features.kind === 'images' ? pixelSums(features.pixels, rows) : columnSums(features.columns, rows);
  if (features.kind === 'images') {
    const { pixels } = features;
    const size = pixels.length / rows;
    const firsts = grouped(sums, (a, b) => isSamePicture(pixels, a * size, b * size, size));
    return isRepeated(firsts) ? { firsts } : undefined;
  }
  const { columns } = features;
  let compared = 0;
  for (const at of nearlyUnique(columns, rows, rows / REPEATED_SHARE)) {
    const but = columns[at] as Column;
    const others = columns.filter((_, i) => i !== at);
    const left = without(sums, but, at);
    if (!isCopied(others, grouped(left)) || !isNaming(but, table)) continue;
    if (compared++ === COMPARED_MAX) break;
    const firsts = grouped(left, sameIn(others));
    if (isCopied(others, firsts)) return { firsts, but };
  }
  const firsts = grouped(sums, sameIn(columns));
  return isCopied(columns, firsts) ? { firsts } : undefined;
}

/** Rows of each first one, and how many firsts there are. */
function sizesOf(firsts: Firsts): { readonly different: number; readonly pairs: number } {
  const sizes = new Int32Array(firsts.length);
  let [different, pairs] = [0, 0];
  for (const first of firsts) {
    const size = sizes[first] as number;
    if (size === 0) different++;
    pairs += size;
    sizes[first] = size + 1;
  }
  return { different, pairs };
}

function isRepeated(firsts: Firsts): boolean {
  const { different } = sizesOf(firsts);
  return (firsts.length - different) * REPEATED_SHARE >= firsts.length && different >= DIFFERENT_MIN;
}

const isCopied = (columns: readonly Column[], firsts: Firsts): boolean =>
  isRepeated(firsts) && isBeyondChance(columns, sizesOf(firsts).pairs, firsts.length);

/** Of sorted numbers: how many pairs are equal. */
function equalPairs(sorted: Float64Array | Float32Array | Int32Array): number {
  let pairs = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    // NaN, which is sorted last, is a missing cell like any other.
    while (to < sorted.length && Object.is(sorted[to], sorted[from])) to++;
    pairs += ((to - from) * (to - from - 1)) / 2;
    from = to;
  }
  return pairs;
}

function isBeyondChance(columns: readonly Column[], pairs: number, rows: number): boolean {
  const all = (rows * (rows - 1)) / 2;
  let expected = all;
  for (const column of columns) {
    expected *= equalPairs(cellsOf(column).slice().sort()) / all;
    if (expected * BEYOND_CHANCE < pairs) return true;
  }
  return false;
}

const sameIn = (columns: readonly Column[]): ((a: number, b: number) => boolean) => {
  const all = columns.map(cellsOf);
  return (a, b) => all.every((cells) => isSameCell(cells[a] as number, cells[b] as number));
};

function isSamePicture(pixels: Uint8Array, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (pixels[a + i] !== pixels[b + i]) return false;
  return true;
}

/** 64 bits a row: a sum over its columns, so that one of them can be taken out again. */
interface Sums {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

/** Rows of one hash are compared; without `isSame` they are taken for equal, which is enough to see that there are none. */
function grouped({ high, low }: Sums, isSame: (a: number, b: number) => boolean = () => true): Firsts {
  const slots = new RowSlots(high.length);
  const isOwn = (first: number, row: number): boolean =>
    high[first] === high[row] && low[first] === low[row] && isSame(first, row);
  return Int32Array.from(high, (word, row) =>
    slots.firstOf(row, mixed(word ^ (low[row] as number), 0x9e3779b1), isOwn),
  );
}

function pixelSums(pixels: Uint8Array, rows: number): Sums {
  const [high, low] = [new Int32Array(rows), new Int32Array(rows)];
  const size = pixels.length / rows;
  for (let row = 0; row < rows; row++) {
    let [a, b] = [0, 0];
    for (let i = row * size; i < (row + 1) * size; i++) {
      a = mixed(a ^ (pixels[i] as number), 0x9e3779b1);
      b = mixed(b ^ (pixels[i] as number), 0x85ebca6b);
    }
    high[row] = a;
    low[row] = b;
  }
  return { high, low };
}

function columnSums(columns: readonly Column[], rows: number): Sums {
  const sums = { high: new Int32Array(rows), low: new Int32Array(rows) };
  columns.forEach((column, at) => {
    addColumn(sums, column, at, 1);
  });
  return sums;
}

function without({ high, low }: Sums, column: Column, at: number): Sums {
  const sums = { high: high.slice(), low: low.slice() };
  addColumn(sums, column, at, -1);
  return sums;
}

/** Adds or, with a `sign` of -1, takes away a hash of each cell and of its column's place `at`, mod 2^32. */
function addColumn({ high, low }: Sums, column: Column, at: number, sign: 1 | -1): void {
  const seed = mixed(at + 1, 0xc2b2ae35);
  const cells = cellsOf(column);
  const words = new Int32Array(2);
  const real = new Float64Array(words.buffer);
  for (let row = 0; row < cells.length; row++) {
    real[0] = oneSpelling(cells[row] as number);
    const [one, two] = [words[0] as number, words[1] as number];
    const a = mixed(mixed(seed ^ one, 0x9e3779b1) ^ two, 0x85ebca6b);
    const b = mixed(mixed(seed ^ two, 0xc2b2ae35) ^ one, 0x27d4eb2f);
    high[row] = ((high[row] as number) + (sign > 0 ? a : -a)) | 0;
    low[row] = ((low[row] as number) + (sign > 0 ? b : -b)) | 0;
  }
}

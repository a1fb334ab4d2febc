/**
 * Rows that are equal in every column, whatever their target: copies of one, most often. Were they dealt to different folds, a model that
 * only remembers would be scored as one that has learned. Where columns are few and coarse, equal rows are no copies but what is to be
 * expected; then they are dealt like any others.
 */
import type { Column, Features, Table } from '../table/table.ts';

/** Fewer repeated rows than one in this many change no score to speak of. */
const REPEATED_SHARE = 50;
/** Pairs of equal rows are copies if they are this many times what columns that have nothing to do with each other would give. */
const BEYOND_CHANCE = 16;
/** Fewer different rows can't be dealt into folds as wholes. */
const DIFFERENT_MIN = 20;

/** For each row, the first one that is equal to it. */
export type Firsts = Int32Array;

const known = new WeakMap<Features, Firsts | 'none'>();

/** Undefined where rows don't repeat, or not beyond chance. */
export function repeatedRows(table: Table): Firsts | undefined {
  const found = known.get(table.features) ?? firstsOf(table) ?? 'none';
  known.set(table.features, found);
  return found === 'none' ? undefined : found;
}

function firstsOf(table: Table): Firsts | undefined {
  const { rows, features } = table;
  const keys = rowKeys(table);
  const { different, pairs } = runsOf(keys.slice().sort());
  if ((rows - different) * REPEATED_SHARE < rows || different < DIFFERENT_MIN) return undefined;
  if (features.kind === 'columns' && !isBeyondChance(features.columns, pairs, rows)) return undefined;
  const first = new Map<number, number>();
  return Int32Array.from(keys, (key, row) => {
    const own = first.get(key) ?? row;
    first.set(key, own);
    return own;
  });
}

/** Of sorted numbers: how many differ, and how many pairs are equal. */
function runsOf(sorted: Float64Array | Float32Array | Int32Array): {
  readonly different: number;
  readonly pairs: number;
} {
  let [different, pairs] = [0, 0];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    // NaN, which is sorted last, is a missing cell like any other.
    while (to < sorted.length && Object.is(sorted[to], sorted[from])) to++;
    different++;
    pairs += ((to - from) * (to - from - 1)) / 2;
    from = to;
  }
  return { different, pairs };
}

function isBeyondChance(columns: readonly Column[], pairs: number, rows: number): boolean {
  const all = (rows * (rows - 1)) / 2;
  let expected = all;
  for (const column of columns) {
    expected *= runsOf(cellsOf(column).slice().sort()).pairs / all;
    if (expected * BEYOND_CHANCE < pairs) return true;
  }
  return false;
}

const cellsOf = (column: Column): Float64Array | Float32Array | Int32Array =>
  column.kind === 'number' ? column.values : column.kind === 'date' ? column.days : column.codes;

/** 53 bits of a hash of each row's cells: of 2^20 different rows, two are taken for equal in one table of ten thousand. */
function rowKeys({ rows, features }: Table): Float64Array {
  const [high, low] = [new Uint32Array(rows), new Uint32Array(rows)];
  const add = (row: number, word: number): void => {
    high[row] = mixed((high[row] as number) ^ word, 0x9e3779b1);
    low[row] = mixed((low[row] as number) ^ word, 0x85ebca6b);
  };
  if (features.kind === 'images') {
    const samples = features.pixels.length / rows;
    features.pixels.forEach((sample, i) => {
      add(Math.floor(i / samples), sample);
    });
  } else {
    for (const column of features.columns) addColumn(column, add);
  }
  return Float64Array.from(high, (word, row) => word * 0x200000 + ((low[row] as number) >>> 11));
}

function addColumn(column: Column, add: (row: number, word: number) => void): void {
  if (column.kind === 'category') {
    column.codes.forEach((code, row) => {
      add(row, code);
    });
    return;
  }
  const real = new Float64Array(1);
  const words = new Uint32Array(real.buffer);
  for (const [row, cell] of (column.kind === 'number' ? column.values : column.days).entries()) {
    // One zero and one NaN.
    real[0] = Number.isNaN(cell) ? Number.NaN : cell + 0;
    add(row, words[0] as number);
    add(row, words[1] as number);
  }
}

/** A bijection of u32 (as the finalizer of MurmurHash3), a little cheaper. */
function mixed(word: number, factor: number): number {
  const product = Math.imul(word ^ (word >>> 15), factor);
  return (product ^ (product >>> 13)) >>> 0;
}

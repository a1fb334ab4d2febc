/**
 * Which rows are scored when. A split names, for each fold, the rows that a fit is scored on; it learns from all others. Large
 * tables have one fold, a hold-out of bounded size: their scores are steady enough, and five fits are not.
 */
import type { Table, Target } from '../table/table.ts';
import type { FitKey } from '../trainers/trainer.ts';
import { Draws, keyOf } from './random.ts';
import { type Firsts, repeatedRows } from './repeats.ts';
import type { SearchSpec, TableShape } from './search.ts';

/** Out-of-fold predictions of a trial, at most: rows x outputs. As f32 they are half a MiB, and a search holds one a trial. */
export const PREDICTIONS_MAX = 1 << 17;
/** A hold-out is this share of the rows, unless the bound above is smaller. */
const HELD_SHARE = 5;
/** Rows that are watched for early stopping: a share of the training rows, bounded; none where rows are too dear to spare. */
const WATCHED_SHARE = 8;
const WATCHED_ROWS_MAX = 4096;
const WATCHED_FROM_ROWS = 2000;

const VALUES_A_FOLD = 4;

/**
 * Row indices, ascending. `scored` is disjoint between folds; `train` is the rest of the rows. Clusters are found in all rows, and
 * scored on as many of them as may be predicted.
 */
export interface Fold {
  readonly train: Int32Array;
  readonly scored: Int32Array;
}

/** Rows of each class, ascending; one group where the target has none. */
function groupsOf(target: Target, rows: number): number[][] {
  if (target.kind !== 'classes') return [Array.from({ length: rows }, (_, row) => row)];
  const groups = target.classes.map((): number[] => []);
  target.labels.forEach((label, row) => {
    groups[label]?.push(row);
  });
  return groups;
}

/**
 * A fold number below `folds` for each row: each class is shuffled and dealt out in turn, going on where the class before it
 * ended. So folds differ by one row at most, in size and in each class, and a class of one row is in one fold. `firsts`: equal rows
 * are dealt as one, of the first one's class, the most often repeated before the others.
 */
export function dealFolds(target: Target, rows: number, folds: number, key: FitKey, firsts?: Firsts): Int32Array {
  const draws = new Draws(key);
  const dealt = new Int32Array(rows);
  const copies = new Int32Array(rows);
  firsts?.forEach((first) => {
    copies[first] = (copies[first] as number) + 1;
  });
  let next = 0;
  for (const group of groupsOf(target, rows)) {
    const own = draws.shuffle(Int32Array.from(firsts ? group.filter((row) => firsts[row] === row) : group));
    // Sorting is stable: without copies it changes nothing.
    if (firsts) own.sort((a, b) => (copies[b] as number) - (copies[a] as number));
    for (const row of own) dealt[row] = next++ % folds;
  }
  return firsts ? firsts.map((first) => dealt[first] as number) : dealt;
}

/** Predicted numbers a row. */
export const outputsOf = (target: Target): number => (target.kind === 'classes' ? target.classes.length : 1);

/** Folds that a table of this size is scored in: never more than it has rows, and 1, the hold-out, when it is large. */
export function foldCount(spec: Pick<SearchSpec, 'folds' | 'task'>, rows: number, outputs: number): number {
  if (spec.task === 'clusters' || rows * outputs > PREDICTIONS_MAX) return 1;
  // R2 of a single row says nothing: a fold of values has some.
  const most = spec.task === 'values' ? Math.floor(rows / VALUES_A_FOLD) : rows;
  return Math.max(2, Math.min(spec.folds, most));
}

/** Of how many equal parts of a large table one is the hold-out. */
function heldParts(rows: number, outputs: number): number {
  const most = Math.min(Math.ceil(rows / HELD_SHARE), Math.max(1, Math.floor(PREDICTIONS_MAX / outputs)));
  return Math.ceil(rows / most);
}

/** Training rows of a fold, to a row. */
export function trainRows(spec: Pick<SearchSpec, 'folds' | 'task'>, { rows, classes }: TableShape): number {
  const outputs = Math.max(1, classes);
  const folds = foldCount(spec, rows, outputs);
  if (spec.task === 'clusters') return rows;
  const parts = folds > 1 ? folds : heldParts(rows, outputs);
  return Math.max(1, rows - Math.ceil(rows / parts));
}

const where = (dealt: Int32Array, is: (fold: number) => boolean): Int32Array => {
  const rows: number[] = [];
  dealt.forEach((fold, row) => {
    if (is(fold)) rows.push(row);
  });
  return Int32Array.from(rows);
};

/** The same for every trial of a search, so that their predictions can be compared and combined. */
export function foldsOf(table: Table, spec: Pick<SearchSpec, 'folds' | 'task' | 'seed'>): Fold[] {
  const { rows, target } = table;
  const key = keyOf(spec.seed, 'folds', 0, 0);
  if (spec.task === 'clusters') {
    const all = Int32Array.from({ length: rows }, (_, row) => row);
    return [{ train: all, scored: sampleRows(all, PREDICTIONS_MAX, key) }];
  }
  const outputs = outputsOf(target);
  const firsts = repeatedRows(table);
  const count = foldCount(spec, rows, outputs);
  if (count === 1) {
    const dealt = dealFolds(target, rows, heldParts(rows, outputs), key, firsts);
    const scored = where(dealt, (fold) => fold === 0);
    // Of rows that repeat, one part may be larger than the others.
    const most = Math.floor(PREDICTIONS_MAX / outputs);
    return [{ train: where(dealt, (fold) => fold !== 0), scored: scored.subarray(0, Math.max(1, most)) }];
  }
  const dealt = dealFolds(target, rows, count, key, firsts);
  return Array.from({ length: count }, (_, k) => ({
    train: where(dealt, (fold) => fold !== k),
    scored: where(dealt, (fold) => fold === k),
  }));
}

/** A sorted sample of `count` of the rows. */
export function sampleRows(rows: Int32Array, count: number, key: FitKey): Int32Array {
  if (count >= rows.length) return rows;
  return new Draws(key).shuffle(rows.slice()).slice(0, count).sort();
}

/**
 * Rows to fit on, and rows to watch for early stopping, from training rows, ascending; none watched where there are few. Of each class
 * the same share is watched, so that a class of few rows keeps them; equal rows are on one side.
 */
export function splitWatched(
  table: Table,
  train: Int32Array,
  key: FitKey,
): { readonly fitted: Int32Array; readonly watched: Int32Array | undefined } {
  if (train.length < WATCHED_FROM_ROWS) return { fitted: train, watched: undefined };
  const share = Math.max(WATCHED_SHARE, Math.ceil(train.length / WATCHED_ROWS_MAX));
  const firsts = repeatedRows(table);
  const firstOf = (row: number): number => firsts?.[row] ?? row;
  const heads = new Set(train.map(firstOf));
  const draws = new Draws(key);
  const isWatched = new Set<number>();
  for (const group of groupsOf(table.target, table.rows)) {
    const own = draws.shuffle(Int32Array.from(group.filter((row) => heads.has(row))));
    for (const row of own.subarray(0, Math.floor(own.length / share))) isWatched.add(row);
  }
  const side = (wanted: boolean): Int32Array => train.filter((row) => isWatched.has(firstOf(row)) === wanted);
  return { fitted: side(false), watched: side(true) };
}

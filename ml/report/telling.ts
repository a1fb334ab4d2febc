/** Columns that make a score say something else than it seems to: one that tells the target by itself, and a date that rows follow. */
import { type Cells, cellsOf, isSameCell, shareInOrder, sortedRows } from '../search/column-order.ts';
import { repeatedRows } from '../search/repeats.ts';
import type { Column, Table, Target } from '../table/table.ts';

/** With fewer rows a column may tell the target by chance. */
const ROWS_MIN = 50;
/** So it may if fewer rows than these are not of the commonest class. */
const OTHERS_MIN = 10;
/** Rows of one level: a single one would always tell its own target. */
const LEVEL_MIN = 5;
/** Rows that are neighbours in a column of numbers: more than there are near copies of one. */
const TOGETHER = 12;
/**
 * Of what the prior leaves open, the share that the column alone settles (a petal's width, of iris, .94); of values, of the variance of
 * their ranks.
 */
const SETTLED = 0.99;
/** Steps from row to row that go with the date; equal dates go nowhere, so that hardly any are. */
const IN_ORDER_SHARE = 0.95;

const columnsOf = ({ features }: Table): readonly Column[] => (features.kind === 'columns' ? features.columns : []);

/** The first date column whose order the rows are in, nearly all on days or at times of their own. */
export function followedDate(table: Table): string | undefined {
  if (table.rows < ROWS_MIN) return undefined;
  return columnsOf(table).find((column) => column.kind === 'date' && shareInOrder(column.days) >= IN_ORDER_SHARE)?.name;
}

/**
 * The column, of those `named`, that the target follows from best, if it does from it alone. It may be a copy of the target, or what is
 * known only with it.
 */
export function tellingColumn(table: Table, named: ReadonlySet<string>): string | undefined {
  const { rows, target } = table;
  if (rows < ROWS_MIN || target.kind === 'none') return undefined;
  const firsts = repeatedRows(table);
  let best: { readonly name: string; readonly settled: number } | undefined;
  for (const column of columnsOf(table)) {
    if (!named.has(column.name)) continue;
    // Copies tell each other's target, whatever the column.
    const sorted = sortedRows(cellsOf(column)).filter((row) => (firsts?.[row] ?? row) === row);
    const runs = runsOf(sorted, cellsOf(column));
    const bins = column.kind === 'category' ? levelsOf(runs) : neighboursOf(runs);
    const isOrdered = column.kind !== 'category';
    const settled =
      target.kind === 'classes'
        ? Math.max(
            settledClasses(bins, target),
            isOrdered ? settledClasses(stretchesOf(runs, target.labels), target) : 0,
          )
        : Math.max(settledVariance(bins, target.values), isOrdered ? squaredRankCorrelation(runs, target.values) : 0);
    if (settled >= SETTLED && settled > (best?.settled ?? 0)) best = { name: column.name, settled };
  }
  return best?.name;
}

/** Levels of few rows are taken together. */
function levelsOf(runs: readonly (readonly number[])[]): (readonly number[])[] {
  const few = runs.filter(({ length }) => length < LEVEL_MIN).flat();
  return [...runs.filter(({ length }) => length >= LEVEL_MIN), ...(few.length > 0 ? [few] : [])];
}

/** Equal cells stay together. */
function neighboursOf(runs: readonly (readonly number[])[]): number[][] {
  const bins: number[][] = [];
  for (const run of runs) {
    const last = bins.at(-1);
    if (last && last.length < TOGETHER) last.push(...run);
    else bins.push([...run]);
  }
  return bins;
}

/** Rows of one class from end to end, where there are so many that chance is no reason; all others together. Equal cells have no order. */
function stretchesOf(runs: readonly (readonly number[])[], labels: Uint16Array): number[][] {
  const stretches: number[][] = [];
  const others: number[] = [];
  let label = -1;
  for (const run of runs) {
    const own = labels[run[0] as number] as number;
    const isPure = run.every((row) => labels[row] === own);
    if (!isPure) others.push(...run);
    else if (own === label) stretches.at(-1)?.push(...run);
    else stretches.push([...run]);
    label = isPure ? own : -1;
  }
  const few = [...others, ...stretches.filter(({ length }) => length < TOGETHER).flat()];
  return [...stretches.filter(({ length }) => length >= TOGETHER), ...(few.length > 0 ? [few] : [])];
}

function runsOf(rows: Int32Array, cells: Cells): number[][] {
  const runs: number[][] = [];
  let before = -1;
  for (const row of rows) {
    if (before >= 0 && isSameCell(cells[before] as number, cells[row] as number)) runs.at(-1)?.push(row);
    else runs.push([row]);
    before = row;
  }
  return runs;
}

/** Each bin's commonest class, against the commonest of all. */
function settledClasses(
  bins: readonly (readonly number[])[],
  { classes, labels }: Extract<Target, { kind: 'classes' }>,
) {
  const all = new Int32Array(classes.length);
  let [rows, hit] = [0, 0];
  for (const bin of bins) {
    const own = new Map<number, number>();
    for (const row of bin) {
      const label = labels[row] as number;
      own.set(label, (own.get(label) ?? 0) + 1);
      all[label] = (all[label] as number) + 1;
    }
    rows += bin.length;
    hit += Math.max(...own.values());
  }
  const common = all.reduce((most, count) => Math.max(most, count), 0);
  return rows - common < OTHERS_MIN ? 0 : (hit - common) / (rows - common);
}

/** Between bins, of ranks: a few large values would outweigh all others. */
function settledVariance(bins: readonly (readonly number[])[], values: Float64Array): number {
  const rank = ranksOf(bins.flat(), values);
  const mean = (rank.size - 1) / 2;
  let [between, whole] = [0, 0];
  for (const bin of bins) {
    let sum = 0;
    for (const row of bin) {
      const off = (rank.get(row) as number) - mean;
      sum += off;
      whole += off * off;
    }
    between += (sum * sum) / bin.length;
  }
  return whole > 0 ? between / whole : 0;
}

/** Spearman's, of tables that are too small to have many bins. */
function squaredRankCorrelation(runs: readonly (readonly number[])[], values: Float64Array): number {
  const [x, y] = [ranksOfRuns(runs), ranksOf(runs.flat(), values)];
  const mean = (y.size - 1) / 2;
  let [xx, xy, yy] = [0, 0, 0];
  for (const [row, rank] of y) {
    const [a, b] = [(x.get(row) as number) - mean, rank - mean];
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  return xx > 0 && yy > 0 ? (xy * xy) / (xx * yy) : 0;
}

const ranksOf = (rows: number[], values: Float64Array): Map<number, number> =>
  ranksOfRuns(
    runsOf(
      Int32Array.from(rows).sort((a, b) => (values[a] as number) - (values[b] as number)),
      values,
    ),
  );

/** From 0; equal cells share their mean rank. */
function ranksOfRuns(runs: readonly (readonly number[])[]): Map<number, number> {
  const ranks = new Map<number, number>();
  let at = 0;
  for (const run of runs) {
    for (const row of run) ranks.set(row, at + (run.length - 1) / 2);
    at += run.length;
  }
  return ranks;
}

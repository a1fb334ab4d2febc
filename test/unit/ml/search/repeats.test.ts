import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { foldsOf } from '../../../../ml/search/folds.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import { repeatedRows, repeatsOf } from '../../../../ml/search/repeats.ts';
import { selectRows } from '../../../../ml/table/rows.ts';
import type { Column, Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { specFor } from './tables.ts';

/** Columns of noise and labels of a coin: there is nothing to learn. */
function coins(rows: number, values = 2 ** 24): Table {
  const draws = new Draws(keyOf(3n, 'sample', rows, values));
  const column = (name: string) => ({
    kind: 'number' as const,
    name,
    values: Float32Array.from({ length: rows }, () => draws.below(values)),
  });
  const labels = Uint16Array.from({ length: rows }, () => draws.below(2));
  return {
    rows,
    features: { kind: 'columns', columns: [column('a'), column('b'), column('c')] },
    target: { kind: 'classes', name: 'side', classes: ['heads', 'tails'], labels },
  };
}

const copied = (rows: number, copies: number): Table =>
  selectRows(
    coins(rows),
    Array.from({ length: rows * copies }, (_, i) => i % rows),
  );

const withColumn = (table: Table, ...more: Column[]): Table => ({
  ...table,
  features: {
    kind: 'columns',
    columns: [...(table.features.kind === 'columns' ? table.features.columns : []), ...more],
  },
});
const numbers = (name: string, rows: number, of: (row: number) => number): Column => ({
  kind: 'number',
  name,
  values: Float32Array.from({ length: rows }, (_, row) => of(row)),
});
/** Six figures for each row, drawn. */
function drawn(rows: number, name = 'order_no'): Column {
  const draws = new Draws(keyOf(9n, 'sample', rows, 6));
  return numbers(name, rows, () => draws.below(10 ** 6));
}
const days = (rows: number): Column => ({
  kind: 'date',
  name: 'written',
  days: Float64Array.from({ length: rows }, (_, row) => 18_000 - row / 48),
});
/** A column of cells that are all different and not in order, from which the target follows. */
const telling = (table: Table): Column =>
  numbers('told', table.rows, (row) =>
    table.target.kind === 'classes' ? 1000 * (table.target.labels[row] as number) + ((row * 7919) % 997) / 7 : 0,
  );

describe('rows that are equal but for a column', () => {
  const table = copied(60, 4);
  const rows = 240;

  it.each<[string, Column]>([
    ['drawn numbers', drawn(rows)],
    ['numbers of the rows, with holes', numbers('n', rows, (row) => row + (row >> 4))],
    ['such numbers in another order', numbers('n', rows, (row) => (row * 77) % rows)],
    ['falling times', days(rows)],
    ['noise', numbers('noise', rows, (row) => Math.fround(((row * 7919) % 997) / 7))],
  ])('are copies, if it holds %s', (_name, column) => {
    const found = repeatsOf(withColumn(table, column));
    expect(found?.but?.name).toBe(column.name);
    expect([...(found?.firsts ?? [])]).toEqual(Array.from({ length: rows }, (_, row) => row % 60));
  });

  it('are copies wherever it stands, and in one fold', () => {
    const plain = table.features.kind === 'columns' ? table.features.columns : [];
    const first: Table = { ...table, features: { kind: 'columns', columns: [drawn(rows), ...plain] } };
    expect(repeatsOf(first)?.but?.name).toBe('order_no');
    for (const { train, scored } of foldsOf(first, specFor({ folds: 5 }))) {
      const learned = new Set([...train].map((row) => row % 60));
      expect([...scored].some((row) => learned.has(row % 60))).toBe(false);
    }
  });

  it.each<[string, Table]>([
    ['the target follows from it', withColumn(table, telling(table))],
    [
      'there are two such',
      withColumn(
        table,
        drawn(rows),
        numbers('other', rows, (row) => ((row * 131) % 241) / 3),
      ),
    ],
    ['it is one of many with cells of their own', withColumn(coins(240), drawn(240))],
    ['the others are rounded, so that each has equal cells', withColumn(coins(240, 2400), drawn(240))],
    ['the others are coarse, so that chance repeats them', withColumn(coins(400, 3), drawn(400))],
    ['it is all there is', withColumn({ ...coins(60), features: { kind: 'columns', columns: [] } }, drawn(60))],
  ])('are rows like others where %s', (_name, other) => {
    expect(repeatsOf(other)).toBeUndefined();
  });

  it('are looked for with the target at hand, and found again without it', () => {
    const own = withColumn(table, telling(table));
    expect(repeatsOf(own)).toBeUndefined();
    expect(repeatsOf({ ...own, target: coins(rows).target })?.but?.name).toBe('told');
    expect(repeatsOf(own)).toBeUndefined();
  });

  it('make no model of noise look good, and the report names the column', () => {
    const own = withColumn(copied(60, 5), drawn(300));
    const found = unwrap(localSearch(nodeKernels(), own, specFor({ families: ['extraTrees'], trials: 1 })));
    const { report } = unwrap(decodeBundle(found.bundle));
    expect(report.score).toBeLessThan(0.75);
    expect(report.notices).toContain('rowsNearlyRepeated');
    expect(report.notices).not.toContain('rowsRepeated');
    expect(report.noticeColumns).toContainEqual({ notice: 'rowsNearlyRepeated', column: 'order_no' });
  });
});

describe('repeated rows', () => {
  it('are known by their cells', () => {
    const firsts = repeatedRows(copied(30, 3)) ?? [];
    expect([...firsts]).toEqual(Array.from({ length: 90 }, (_, row) => row % 30));
  });

  it.each<[string, Table]>([
    ['no row repeats', coins(90)],
    ['one does', selectRows(coins(90), [...Array(90).keys(), 0])],
    ['columns are coarse, so that chance repeats them', coins(400, 3)],
    ['there are too few different ones to deal', copied(10, 9)],
    ['there are no columns', { ...coins(40), features: { kind: 'columns', columns: [] } }],
  ])('are rows like others where %s', (_name, table) => {
    expect(repeatedRows(table)).toBeUndefined();
  });

  it('are in one fold together, and folds stay even', () => {
    const table = copied(60, 4);
    const folds = foldsOf(table, specFor({ folds: 5 }));
    for (const { train, scored } of folds) {
      expect(scored.length).toBe(48);
      const learned = new Set([...train].map((row) => row % 60));
      expect([...scored].some((row) => learned.has(row % 60))).toBe(false);
    }
  });

  it('make no model of noise look good, and the report tells of them', () => {
    const found = unwrap(localSearch(nodeKernels(), copied(40, 4), specFor({ families: ['extraTrees'], trials: 1 })));
    const { report } = unwrap(decodeBundle(found.bundle));
    expect(report.score).toBeLessThan(0.75);
    expect(report.notices).toContain('rowsRepeated');
    const plain = unwrap(localSearch(nodeKernels(), coins(60), specFor({ families: ['logistic'], trials: 1 })));
    expect(unwrap(decodeBundle(plain.bundle)).report.notices).not.toContain('rowsRepeated');
  });
});

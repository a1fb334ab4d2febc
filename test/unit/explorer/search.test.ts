import { describe, expect, test } from 'vitest';
import { pathOf, scaleOf, tickText } from '../../../clients/explorer/plots/scale.ts';
import { bestSoFar } from '../../../clients/explorer/plots/score-plot.tsx';
import { rowTable, textsOf } from '../../../clients/explorer/search/row-texts.ts';
import { storyNamed } from '../../../clients/explorer/story-name.ts';
import { schemaOf } from '../../../ml/table/rows.ts';
import type { Table } from '../../../ml/table/table.ts';

describe('a scale', () => {
  test.each([
    [
      [0, 100],
      [0, 20, 40, 60, 80, 100],
    ],
    [
      [0.912, 0.987],
      [0.9, 0.92, 0.94, 0.96, 0.98, 1],
    ],
    [
      [-3, 7],
      [-4, -2, 0, 2, 4, 6, 8],
    ],
    [
      [5, 5],
      [4.7, 4.8, 4.9, 5, 5.1, 5.2, 5.3],
    ],
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('of %j has round ticks that hold all values', (values, ticks) => {
    const scale = scaleOf(values, [0, 10]);
    expect(scale.ticks).toEqual(ticks);
    expect([scale.at(scale.from), scale.at(scale.to)]).toEqual([0, 10]);
  });

  test('leaves out what is not finite', () => {
    expect(scaleOf([Number.NaN, 1, 2, Infinity], [0, 1]).ticks).toEqual(scaleOf([1, 2], [0, 1]).ticks);
    expect(
      pathOf([
        [0, 1],
        [Number.NaN, 2],
        [3, 4],
        [5, 6],
      ]),
    ).toBe('M0.0 1.0M3.0 4.0L5.0 6.0');
  });

  test('writes large and small ticks short', () => {
    expect([2.5e9, 1200, 0.95, 0, 0.00001].map(tickText)).toEqual(['2.5e9', '1,200', '0.95', '0', '1e-5']);
  });
});

test('the best so far rises in steps', () => {
  const at = (place: number, score: number) => ({ place, score, family: 'mlp' as const, title: '', isFaint: false });
  expect(bestSoFar([at(1, 0.5), at(2, 0.4), at(3, 0.9)])).toEqual([
    [1, 0.5],
    [2, 0.5],
    [3, 0.5],
    [3, 0.9],
  ]);
});

describe('a row in a form', () => {
  const table: Table = {
    rows: 2,
    features: {
      kind: 'columns',
      columns: [
        { kind: 'number', name: '长度', values: Float32Array.of(18.7, Number.NaN) },
        { kind: 'category', name: '岛', categories: ['甲', '乙'], codes: Int32Array.of(1, -1) },
        { kind: 'date', name: 'day', days: Float64Array.of(19_000.5, Number.NaN) },
      ],
    },
    target: { kind: 'none' },
  };
  const schema = schemaOf(table);
  if (schema.kind !== 'columns') throw new Error('no columns');

  test('is the row of the table that it was filled from, missing cells too', () => {
    for (const row of [0, 1]) {
      const read = rowTable(schema, textsOf(table, row));
      if (!('table' in read)) throw new Error(read.faults.join());
      expect(textsOf(read.table, 0)).toEqual(textsOf(table, row));
    }
    expect(textsOf(table, 0)).toEqual({ 长度: '18.7', 岛: '乙', day: '2022-01-08T12:00:00' });
    expect(textsOf(table, 1)).toEqual({ 长度: '', 岛: '', day: '' });
  });

  test.each([12345678, 1234567.75, 0.1, 16777215, 1e-45, 3.4028234663852886e38, -1234.5678])(
    'a number of 32 bits such as %d is filled in to the last bit',
    (value) => {
      const columns = [{ kind: 'number', name: 'x', values: Float32Array.of(value) } as const];
      const one: Table = { rows: 1, features: { kind: 'columns', columns }, target: { kind: 'none' } };
      const read = rowTable({ kind: 'columns', columns: [{ kind: 'number', name: 'x' }] }, textsOf(one, 0));
      expect(read).toEqual({ table: one });
    },
  );

  test('is refused by column where a text is no value of its kind', () => {
    expect(rowTable(schema, { 长度: '1e999', 岛: '丙', day: '2022-13-01x' })).toEqual({
      faults: ['长度', '岛', 'day'],
    });
  });
});

test('the address names the story', () => {
  expect([null, 'network', 'search', 'x'].map(storyNamed)).toEqual(['search', 'network', 'search', 'search']);
});

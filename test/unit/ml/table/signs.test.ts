/** Per cents beside plain numbers, and money of several countries: told in a table, and in rows to predict. */
import { describe, expect, it } from 'vitest';
import { signOf } from '../../../../ml/table/infer/signs.ts';
import { noticeText } from '../../../../ml/table/notice-text.ts';
import { readAsIn, readAsOf, rowsOptionsOf } from '../../../../ml/table/read-as.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import type { Notice, ReadOptions } from '../../../../ml/table/report.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, contents, tableOf } from './reading.ts';

/** The cells as column `x` beside a target of two classes. */
const tableWith = (cells: readonly string[], options: ReadOptions = {}) =>
  tableOf(`x;y\n${cells.map((cell, row) => `${cell};${row % 2 ? 'a' : 'b'}`).join('\n')}\n`, {
    target: 'y',
    ...options,
  });

it.each<[string, string | undefined]>([
  ['5%', '%'],
  ['5 %', '%'],
  ['$5', '$'],
  ['-$5', '$'],
  ['($5)', '$'],
  ['$(5)', '$'],
  ['5€', '€'],
  ['5元', '¥'],
  ['¥5', '¥'],
  ['5', undefined],
  ['(5)', undefined],
])('the sign of %s', (word, sign) => {
  expect(signOf(word)).toBe(sign);
});

describe('in a table', () => {
  it.each<[string, readonly string[], Notice[], string?]>([
    ['per cents alone', ['5%', '0', '7.5 %', '9%'], [], '%'],
    ['plain numbers alone', ['5', '6', '7', '9'], []],
    [
      'per cents, and some without',
      ['5%', '5.0', '7%', '9%', '5.0', '11%'],
      [{ code: 'per_cent_lacking', name: 'x', count: 2, example: '"5.0"' }],
      '%',
    ],
    [
      'plain numbers, and a per cent',
      ['5', '5%', '7', '9'],
      [{ code: 'per_cent_among', name: 'x', count: 1, example: '"5%"' }],
    ],
    ['one currency, written or not', ['$5', '6', '$7', '9'], [], '$'],
    ['one currency in two writings', ['¥5', '6元', '¥7', '9'], [], '¥'],
    ['two currencies', ['$5', '£6', '$7', '$9'], [{ code: 'currencies_mixed', name: 'x', count: 1, example: '"£6"' }]],
  ])('%s', async (_what, cells, notices, sign) => {
    const read = await tableWith(cells);
    expect(read.notices).toEqual(notices);
    expect(read.signs).toEqual(sign === undefined ? undefined : { x: sign });
    expect(read.columns[0]?.sign).toBe(sign);
  });

  it('of a column that is made one of numbers', async () => {
    const read = await tableWith(['5%', '?!', '7%', '9'], { columns: { x: 'number' } });
    expect(read.notices.map(({ code }) => code)).toEqual(['per_cent_lacking', 'cells_made_missing']);
    expect(read.signs).toEqual({ x: '%' });
  });

  it('of a target of values', async () => {
    const read = await tableOf('a;x\n1;5.5%\n2;7.5%\n5;8.5\n9;4.5%\n', { target: 'x', task: 'values' });
    expect(read.notices).toEqual([{ code: 'per_cent_lacking', name: 'x', count: 1, example: '"8.5"' }]);
    expect(read.signs).toEqual({ x: '%' });
  });
});

describe('in rows to predict', () => {
  async function predicted(table: readonly string[], cells: readonly string[], options: ReadOptions = {}) {
    const read = await tableWith(table, options);
    const kept = readAsIn(JSON.parse(JSON.stringify(readAsOf(options, read))));
    const rows = `x;z\n${cells.map((cell) => `${cell};1\n`).join('')}`;
    return readRows(bytesOf(rows), 'rows.csv', schemaOf(read.table), rowsOptionsOf(kept));
  }
  const noticesOf = async (table: readonly string[], cells: readonly string[]) =>
    unwrap(await predicted(table, cells)).notices.filter(({ code }) => code !== 'column_extra');
  const [perCents, plain] = [
    ['5%', '6%', '7%', '9%'],
    ['5', '6', '7', '9'],
  ];

  it.each<[string, readonly string[], readonly string[], Notice[]]>([
    ['per cents as before', perCents, ['5%', '0'], []],
    [
      'without the per cent',
      perCents,
      ['5', '5%'],
      [{ code: 'per_cent_lacking', name: 'x', count: 1, example: '"5"' }],
    ],
    ['with one that was not', plain, ['5%', '5'], [{ code: 'per_cent_among', name: 'x', count: 1, example: '"5%"' }]],
    ['plain as before', plain, ['5', '6'], []],
    ['money as before, or without its sign', ['$5', '$6', '$7', '$9'], ['$8', '8'], []],
  ])('%s', async (_what, table, cells, notices) => {
    expect(await noticesOf(table, cells)).toEqual(notices);
  });

  it.each<[string, ReadOptions]>([
    ['as it is inferred', {}],
    ['as it is said', { columns: { x: 'number' } }],
  ])('another currency is refused with its row: %s', async (_what, options) => {
    const result = await predicted(['$5', '$6', '$7', '$9'], ['$8', '£5000'], options);
    expect(result).toMatchObject({ ok: false, code: 'cell_not_numeric', param: 'x' });
    if (!result.ok) expect(result.evidence).toBe('row 2, column x: "£5000" is not in $, as the table was');
  });

  it('a per cent is no other currency, and the values stay those that are written', async () => {
    expect(contents(unwrap(await predicted(perCents, ['5', '5%']))).x).toEqual([5, Math.fround(0.05)]);
    expect(await noticesOf(['$5', '$6', '$7', '$9'], ['8%'])).toMatchObject([{ code: 'per_cent_among' }]);
  });
});

it.each(['per_cent_lacking', 'per_cent_among', 'currencies_mixed'] as const)('%s says how many and which', (code) => {
  for (const language of ['en', 'zh'] as const) {
    const text = noticeText({ code, name: 'rate', count: 12, example: '"5.0"' }, language);
    for (const part of ['rate', '12', '"5.0"']) expect(text).toContain(part);
  }
});

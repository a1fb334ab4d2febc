import { describe, expect, it } from 'vitest';
import { type ReadRows, type RowsOptions, readRows } from '../../../../ml/table/read-rows.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import type { Schema } from '../../../../ml/table/table.ts';
import type { Result } from '../../../../protocol/errors.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, codes, contents, fixture, tableOf } from './reading.ts';

const trained =
  'size,colour,member,day,code,y\n1.5,red,Yes,2024-01-05,1,a\n2.5,blue,No,2024-01-06,2,b\n3,red,No,,2,a\n1,blue,Yes,2024-01-07,1,b\n';

async function rowsOf(text: string, options: RowsOptions = {}): Promise<Result<ReadRows>> {
  const { table } = await tableOf(trained, { columns: { code: 'category' } });
  return readRows(bytesOf(text), 'rows.csv', schemaOf(table), options);
}

describe('rows to predict', () => {
  it('find their columns by name, in any order', async () => {
    const rows = unwrap(await rowsOf('day,code,colour,member,size\n2024-01-05,1,blue,yes,7\n'));
    expect(contents(rows)).toEqual({ size: [7], colour: ['blue'], member: ['Yes'], day: [19_727], code: ['1'] });
    expect(rows.table.target).toEqual({ kind: 'none' });
    expect(rows.notices).toEqual([]);
    expect(rows.actual).toBeUndefined();
  });

  it('may lack cells, have unseen categories and columns that the model does not know', async () => {
    const rows = unwrap(await rowsOf('extra,size,colour,member,day,code\nx,NA,green,?,,1.0\ny,2,红,no,2024-02-01,3\n'));
    expect(contents(rows)).toEqual({
      size: [null, 2],
      colour: [null, null],
      member: [null, 'No'],
      day: [null, 19_754],
      code: ['1', null],
    });
    expect(rows.notices).toEqual([
      { code: 'category_unseen', name: 'colour', count: 2, example: '"green"' },
      { code: 'category_unseen', name: 'code', count: 1, example: '"3"' },
      { code: 'column_extra', count: 1, example: '"extra"' },
    ]);
  });

  it('have the categories of the model in its order, not their own', async () => {
    const rows = unwrap(await rowsOf('size,colour,member,day,code\n1,red,No,,2\n'));
    expect(rows.table.features).toMatchObject({
      columns: [{}, { categories: ['blue', 'red'], codes: Int32Array.of(1) }, {}, {}, {}],
    });
  });

  it('tell the truth beside them, where they know it', async () => {
    const text = 'size,colour,member,day,code,y\n1,red,No,,2,b\n1,red,No,,2,c\n1,red,No,,2,\n';
    const classes = unwrap(await rowsOf(text, { expected: { kind: 'classes', name: 'y', classes: ['a', 'b'] } }));
    expect(classes.actual).toEqual({ kind: 'classes', labels: Int32Array.of(1, -1, -1) });
    expect(codes(classes)).toEqual([]);
    const values = unwrap(await rowsOf(text, { expected: { kind: 'values', name: 'size' } }));
    expect(values.actual).toEqual({ kind: 'values', values: Float64Array.of(1, 1, 1) });
  });

  it('are read as the file writes numbers', async () => {
    const rows = unwrap(await rowsOf('size;colour;member;day;code\n1,25;red;No;;2\n'));
    expect(contents(rows).size).toEqual([1.25]);
    expect(codes(rows)).toEqual(['decimal_comma']);
  });

  describe('are read as the table was, where their own cells do not tell:', () => {
    async function both(table: string, rows: string, options: ReadOptions = {}) {
      const read = await tableOf(table, options);
      const { decimal, dayFirst } = read;
      const told = { ...options, ...(decimal ? { decimal } : {}), ...(dayFirst === undefined ? {} : { dayFirst }) };
      const { target: _, task: __, ...cells } = told;
      const schema = schemaOf(read.table);
      return [
        contents(unwrap(await readRows(bytesOf(rows), 'rows.csv', schema, cells))),
        await readRows(bytesOf(rows), 'rows.csv', schema),
      ] as const;
    }

    it('the decimal mark, in files whose cells are not parted by commas', async () => {
      const points = 'n;y\n1.5;a\n1,234;b\n2;a\n3;b\n';
      const [same, guessed] = await both(points, 'n\n2,345\n'.replace('n', 'n;m').replace('345', '345;'));
      expect(same).toEqual({ n: [2345] });
      expect(contents(unwrap(guessed))).toEqual({ n: [Math.fround(2.345)] });
      const [commas] = await both('n\ty\n1,5\ta\n2,25\tb\n3\ta\n', 'n\ty\n1,500\ta\n');
      expect(commas).toEqual({ n: [1.5] });
      const [parted] = await both('n\ty\n1,5\ta\n2,25\tb\n3\ta\n', 'n,y\n"1,500",a\n');
      expect(parted).toEqual({ n: [1500] });
    });

    it('the order of day and month', async () => {
      const days = 'd,y\n25/01/2024,a\n05/01/2024,b\n06/02/2024,a\n';
      const [same, guessed] = await both(days, 'd\n03/04/2024\n');
      expect(same).toEqual({ d: [19_816] });
      expect(contents(unwrap(guessed))).toEqual({ d: [19_786] });
      expect(codes(unwrap(guessed))).toEqual(['date_order_assumed']);
      const mixed = await tableOf('d,e,y\n25/01/2024,01/25/2024,a\n05/01/2024,02/25/2024,b\n06/02/2024,03/25/2024,a\n');
      expect(mixed.dayFirst).toBeUndefined();
      expect((await tableOf('d,y\n2024-01-05,a\n2024-01-06,b\n2024-01-07,a\n')).dayFirst).toBeUndefined();
    });

    it('a file without names', async () => {
      const [same, guessed] = await both('1,2,a\n3,4,b\n5,7,a\n', '8,9\n', { header: false });
      expect(same).toEqual({ 'column 1': [8], 'column 2': [9] });
      expect(guessed).toMatchObject({ ok: false, code: 'dataset_malformed' });
    });

    it('a column that was made one of numbers, whose texts are missing', async () => {
      const table = 'n,m,y\n1,1,a\n?!,2,b\n3,3,a\n4,5,b\n';
      const [same, guessed] = await both(table, 'n,m\n!?,1\n7,1\n', { columns: { n: 'number' } });
      expect(same).toEqual({ n: [null, 7], m: [1, 1] });
      expect(guessed).toMatchObject({ ok: false, code: 'cell_not_numeric' });
      const schema = schemaOf((await tableOf(table, { columns: { n: 'number' } })).table);
      const other = await readRows(bytesOf('n,m\n1,x\n'), 'r.csv', schema, { columns: { n: 'number' } });
      expect(other).toMatchObject({ ok: false, code: 'cell_not_numeric' });
    });
  });

  it('come as JSON lines too', async () => {
    const rows = unwrap(await rowsOf('{"size":1,"colour":"red","member":null,"day":"2024-01-05","code":2}\n'));
    expect(contents(rows)).toMatchObject({ size: [1], colour: ['red'], member: [null], code: ['2'] });
  });

  it.each<[string, string, string, RegExp]>([
    ['a column that is missing', 'size,colour,day,code\n1,red,,2\n', 'unknown_column', /column member is missing/],
    [
      'a text where numbers were',
      'size,colour,member,day,code\n1,red,No,,2\nbig,red,No,,2\n',
      'cell_not_numeric',
      /row 2, column size: "big"/,
    ],
    [
      'a text where dates were',
      'size,colour,member,day,code\n1,red,No,soon,2\n',
      'dataset_malformed',
      /row 1, column day: "soon" is no date/,
    ],
    [
      'a number beyond 32 bits',
      'size,colour,member,day,code\n1e39,red,No,,2\n',
      'cell_not_numeric',
      /row 1, column size/,
    ],
    ['no row', 'size,colour,member,day,code\n', 'no_rows', /after the header/],
    [
      'two columns of one name',
      'size,colour,member,day,code,size\n1,red,No,,2,3\n',
      'dataset_malformed',
      /two columns/,
    ],
    ['an empty file', '', 'no_rows', /empty/],
  ])('are refused for %s', async (_name, text, code, evidence) => {
    const result = await rowsOf(text);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });

  it('of images must have the size of the model', async () => {
    const schema: Schema = { kind: 'images', height: 2, width: 3, channels: 1 };
    const expected = { kind: 'classes', name: 'y', classes: ['7', '9'] } as const;
    const rows = unwrap(await readRows(fixture('images.npz'), 'i.npz', schema, { expected }));
    expect(rows.table).toMatchObject({ rows: 6, features: { kind: 'images' }, target: { kind: 'none' } });
    expect(rows.actual).toEqual({ kind: 'classes', labels: Int32Array.of(0, -1, 0, -1, 0, -1) });
    expect(await readRows(fixture('images.npz'), 'i.npz', { ...schema, width: 4 })).toMatchObject({
      code: 'dataset_malformed',
    });
    expect(await readRows(bytesOf('a\n1\n'), 'i.csv', schema)).toMatchObject({ code: 'dataset_malformed' });
  });
});

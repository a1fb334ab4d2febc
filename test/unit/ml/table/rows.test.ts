import { describe, expect, it } from 'vitest';
import { type ReadRows, type RowsOptions, readRows } from '../../../../ml/table/read-rows.ts';
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

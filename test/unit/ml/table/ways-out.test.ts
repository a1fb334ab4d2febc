/** Refusals name what helps. */
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { nearName } from '../../../../ml/table/near-name.ts';
import { failureOption } from '../../../../ml/table/notice-text.ts';
import { readAsIn, readAsOf, rowsOptionsOf } from '../../../../ml/table/read-as.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import { readTable } from '../../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import type { Failure } from '../../../../protocol/errors.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, contents, readText, tableOf } from './reading.ts';

const TABLE = 'a,b,y\n1,2,u\n3,5,v\n5,7,u\n8,9,v\n';
const A = { a: [1, 3, 5, 8], b: [2, 5, 7, 9] };

async function refusal(text: string, options: ReadOptions = {}): Promise<Failure> {
  const read = await readText(text, options);
  if (read.ok) throw new Error('accepted');
  return read;
}

describe('lines above the header', () => {
  it.each<[string, string, string]>([
    ['a title', 'Report 2024\n', 'ragged_row'],
    ['a title that fills the row', 'Report 2024,,\n,,\n', 'cell_not_numeric'],
    ['remarks', '# made by x\n# v2\n', 'ragged_row'],
    ['remarks with commas', '# made, by x\n# v2, v3\n', 'ragged_row'],
  ])('are refused with a word on them, and read where they are skipped: %s', async (_what, title, code) => {
    const failure = await refusal(title + TABLE);
    expect(failure).toMatchObject({
      code,
      evidence: expect.stringMatching(/the first lines may be a title .*: skip them$/),
    });
    expect(failureOption(failure)).toBe('--skip-lines');
    const skipLines = title.split('\n').length - 1;
    for (const text of [
      title + TABLE,
      (title + TABLE).replaceAll('\n', '\r\n'),
      (title + TABLE).replaceAll('\n', '\r'),
    ]) {
      expect(contents(await tableOf(text, { skipLines }))).toEqual(A);
    }
  });

  it('are not suspected where a later row is short, or a cell is no number', async () => {
    const short = await refusal('a,b,y\n1,2,u\n3,5\n');
    expect(short.evidence).toBe('row 2, column y: 2 cells, the header has 3');
    expect(failureOption(short)).toBeUndefined();
    expect((await refusal('a,b,y\n1,2,u\nx,5,v\n5,7,u\n8,9,v\n')).evidence).not.toMatch(/title/);
    const unnamed = await refusal('1,2,u\nx,5,v\n5,7,u\n8,9,v\n', { header: false });
    expect(unnamed.evidence).not.toMatch(/title/);
  });

  it('may be as many as the file has, and rows are counted below them', async () => {
    expect(await refusal('title\na,b', { skipLines: 2 })).toMatchObject({
      code: 'no_rows',
      evidence: expect.stringMatching(/below the 2/),
    });
    const slip = await refusal(`title\n\n${TABLE.replace('5,7', '5,x')}`, { skipLines: 2 });
    expect(slip.evidence).toMatch(/^row 3, column b: "x"/);
  });

  it('are found in pieces of any size, and may hold a quote', async () => {
    async function* pieces(text: string, size: number) {
      const bytes = bytesOf(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const long = `5" screens\n${'-'.repeat(1 << 17)}\n${TABLE}`;
    for (const size of [7, 1 << 16]) {
      expect(contents(unwrap(await readTable(pieces(long, size), 't.csv', { skipLines: 2 })))).toEqual(A);
    }
  });

  it('are skipped in rows to predict too, unless that is told otherwise', async () => {
    const read = await tableOf(`title\n${TABLE}`, { skipLines: 1 });
    const kept = readAsIn(JSON.parse(JSON.stringify(readAsOf({ skipLines: 1 }, read))));
    const schema = schemaOf(read.table);
    const rows = (text: string, options: ReadOptions = {}) =>
      readRows(bytesOf(text), 'r.csv', schema, rowsOptionsOf(kept, options));
    expect(contents(unwrap(await rows('title\na,b\n1,2\n')))).toEqual({ a: [1], b: [2] });
    expect(contents(unwrap(await rows('a,b\n1,2\n', { skipLines: 0 })))).toEqual({ a: [1], b: [2] });
    expect(await rows('a,b\nx,y\n1,2\n')).toMatchObject({
      code: 'unknown_column',
      evidence: 'column a is missing; lines skipped before the header: 1',
    });
  });

  it.each([-1, 1.5, 1001, '1'])('are a bounded count where they were kept, not %j', (skipLines) => {
    expect(readAsIn({ skipLines })).toBeUndefined();
  });
});

describe('a slip', () => {
  const numbers = (slip: string) =>
    `a,b,y\n${Array.from({ length: 19 }, (_, i) => `${i},${i * i},${i % 2 ? 'u' : 'v'}\n`).join('')}20,${slip},u\n`;

  it('says that its column may be said to be numbers', async () => {
    const failure = await refusal(numbers('x'));
    expect(failure.evidence).toBe(
      'row 20, column b: "x" among numbers; it counts as missing where the column is said to hold numbers',
    );
    expect(failureOption(failure)).toBe("--column 'b=number', --missing");
    expect(contents(await tableOf(numbers('x'), { columns: { b: 'number' } })).b?.at(-1)).toBeNull();
  });

  it('in a target likewise, whose rows are dropped then', async () => {
    const text = numbers('x').replace('a,b,y', 'a,t,y');
    const failure = await refusal(text, { target: 't' });
    expect(failure.evidence).toMatch(/"x" among numbers; it counts as missing/);
    const told = await tableOf(text, { target: 't', columns: { t: 'number' } });
    expect(told.table).toMatchObject({ rows: 19, target: { kind: 'values' } });
    expect(told.notices).toContainEqual({ code: 'target_rows_dropped', name: 't', count: 1, example: '"x"' });
    const cells = [...Array.from({ length: 38 }, (_, i) => 1 + (i % 2)), 'x', 'x'];
    const words = `a,t\n${cells.map((cell, i) => `${i / 4},${cell}\n`).join('')}`;
    expect(await refusal(words, { target: 't' })).toMatchObject({ code: 'cell_not_numeric' });
    const classes = await tableOf(words, { target: 't', columns: { t: 'category' } });
    expect(classes.table.target).toMatchObject({ classes: ['1', '2', 'x'] });
    const numbered = await tableOf(words, { target: 't', columns: { t: 'number' } });
    expect(numbered.table).toMatchObject({ rows: 38, target: { classes: ['1', '2'] } });
  });

  it('in a target of words alone leaves no row', async () => {
    const words = 'a,t\n1,u\n2,v\n3,u\n4,v\n';
    expect(await refusal(words, { target: 't', columns: { t: 'number' } })).toMatchObject({
      code: 'no_rows',
      param: 't',
    });
  });
});

describe('a name that is not there', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['Income', ['age', 'income'], 'income'],
    ['sepal length', ['sepal_width', 'sepal_length'], 'sepal_length'],
    ['incme', ['age', 'income'], 'income'],
    ['年龄', ['年齡', '收入'], undefined],
    ['y', ['x', 'z'], undefined],
    ['age', ['wage', 'rage'], undefined],
    ['price', ['cost', 'sqft'], undefined],
    ['', ['x'], undefined],
    ['a'.repeat(500), ['a'.repeat(501)], undefined],
  ])('%s among %j', (wanted, names, near) => {
    expect(nearName(wanted, names)).toBe(near);
  });

  it('is told as target, as column and in rows to predict', async () => {
    expect((await refusal(TABLE, { target: 'Y' })).evidence).toBe('there is no column "Y": is it "y"?');
    expect((await refusal(TABLE, { columns: { B: 'number' } })).evidence).toBe('there is no column "B": is it "b"?');
    expect((await refusal(TABLE, { target: 'price' })).evidence).toBe('there is no column "price"');
    const { table } = await tableOf(TABLE);
    expect(await readRows(bytesOf('A,b\n1,2\n'), 'r.csv', schemaOf(table))).toMatchObject({
      code: 'unknown_column',
      evidence: 'column a is missing; the file has "A"',
    });
  });
});

it.each<[Record<string, Uint8Array>, RegExp]>([
  [{ 'in/data.csv': strToU8(TABLE) }, /no PNG or JPEG picture: take "in\/data.csv" out of it/],
  [{ 'readme.md': strToU8('x') }, /no PNG or JPEG picture$/],
  [{ '__MACOSX/data.csv': strToU8('x') }, /no PNG or JPEG picture$/],
])('an archive without pictures names the table that it holds', async (files, evidence) => {
  expect(await readTable(zipSync(files), 'a.zip')).toMatchObject({
    code: 'no_rows',
    evidence: expect.stringMatching(evidence),
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, codes, contents, fixture, readText, tableOf } from './reading.ts';

const plain = 'a,b,y\n1,red,0\n2.5,blue,1\n-3,red,0\n4e1,blue,1\n';
const cells = { a: [1, 2.5, -3, 40], b: ['red', 'blue', 'red', 'blue'] };

/** In pieces of `size` bytes, as a network or a disk gives them. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('separated values', () => {
  it('are read to columns, a target and its classes', async () => {
    const read = await tableOf(plain);
    expect(contents(read)).toEqual(cells);
    expect(read).toMatchObject({ format: 'csv', encoding: 'utf-8', separator: ',', metric: 'accuracy' });
    expect(read.table.target).toEqual({
      kind: 'classes',
      name: 'y',
      classes: ['0', '1'],
      labels: Uint16Array.of(0, 1, 0, 1),
    });
  });

  it.each<[string, string | Uint8Array]>([
    ['a byte-order mark and CRLF', `\ufeff${plain.replaceAll('\n', '\r\n')}`],
    ['returns alone', plain.replaceAll('\n', '\r')],
    ['semicolons', plain.replaceAll(',', ';')],
    ['tabs', plain.replaceAll(',', '\t')],
    ['a line that tells the separator', `sep=;\r\n${plain.replaceAll(',', ';')}`],
    ['bars', plain.replaceAll(',', '|')],
    ['no last newline', plain.trimEnd()],
    ['newlines at both ends', `\n${plain}\n\n`],
    ['quotes', plain.replace(/[^,\n]+/g, '"$&"')],
    ['quotes and CRLF', plain.replace(/[^,\n]+/g, '"$&"').replaceAll('\n', '\r\n')],
    ['spaces before quotes', plain.replace(/[^,\n]+/g, ' "$&"')],
    ['spaces around cells', plain.replaceAll(',', ' , ')],
    ['full-width figures', plain.replaceAll('2.5', '２．５')],
    ['UTF-16, little-endian', Buffer.from(`\ufeff${plain}`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${plain}`, 'utf16le').swap16()],
    ['gzip', gzipSync(plain)],
  ])('with %s give the same table', async (_name, file) => {
    const bytes = typeof file === 'string' ? bytesOf(file) : Uint8Array.from(file);
    const read = unwrap(await readTable(bytes, 'table.csv'));
    expect(contents(read)).toEqual(cells);
    expect(read.table.target).toEqual((await tableOf(plain)).table.target);
  });

  it('give the same table in pieces of any size', async () => {
    const text = 'name,note,y\n"a, ""b""","two\r\nlines",x\n蓝,"𠮷;",y\n"c",d,x\n蓝,"𠮷;",y\n';
    const whole = await tableOf(text);
    expect(contents(whole)).toEqual({ name: ['a, "b"', '蓝', 'c', '蓝'], note: ['two\r\nlines', '𠮷;', 'd', '𠮷;'] });
    for (const size of [1, 2, 3, 7]) {
      expect(unwrap(await readTable(pieces(bytesOf(text), size), 't.csv')).table).toEqual(whole.table);
    }
  });

  it.each<[string, string]>([
    ['in quotes', 'a,note,y\r1,"x\ny",u\r3,p,v\r5,"x\ny",u\r7,p,v\r'],
    ['in quotes, twice as many as lines', 'a,note,y\r1,"x\n\n""\n\ny",u\r3,p,v\r5, "x\n\n""\n\ny",u\r7,p,v\r'],
    ['without quotes, as some write them', 'a,note,y\r1,x\ny,u\r3,p,v\r5,x\ny,u\r7,p,v\r'],
  ])('that returns end may have line feeds within a cell: %s', async (_what, text) => {
    const { a, note } = contents(await tableOf(text));
    expect(a).toEqual([1, 3, 5, 7]);
    expect(note?.filter((cell) => cell === 'p')).toHaveLength(2);
    expect(new Set(note?.map((cell) => String(cell).includes('\n')))).toEqual(new Set([true, false]));
  });

  it.each<[string, string]>([
    ['in quotes', 'a,note,y\n1,"x\r\r\r\ry",u\n3,p,v\n5,"x\r\r\r\ry",u\n'],
    ['of lines with two', 'a,note,y\r\r\n1,p,u\r\r\n3,q,v\r\r\n5,p,u\r\r\n'],
    ['without quotes', 'a,note,y\n1,x\ry,u\n3,p,v\n5,x\ry,u\n'],
  ])('that line feeds end may have returns: %s', async (_what, text) => {
    expect(contents(await tableOf(text)).a).toEqual([1, 3, 5]);
  });

  it('of many pieces keep each record', async () => {
    const lines = Array.from({ length: 8000 }, (_, i) => `${3 * i},"${i % 7} ""q""",${i % 2}`);
    const read = unwrap(await readTable(pieces(bytesOf(`a,b,y\n${lines.join('\n')}\n`), 10_000), 't.csv'));
    expect(read.table.rows).toBe(8000);
    expect(contents(read).a?.every((value, i) => value === 3 * i)).toBe(true);
  });

  it('with spaces before quotes keep what is quoted, and quotes within cells', async () => {
    const read = await tableOf('a, b, y\n1, "red, "", dark", u\n2, "blue", v\n3, "red, "", dark", u\n');
    expect(contents(read)).toEqual({ a: [1, 2, 3], b: ['red, ", dark', 'blue', 'red, ", dark'] });
    const empty = await tableOf('a, b, y\n1, "2.5", u\n2, "", v\n3, "3.5", u\n');
    expect(contents(empty).b).toEqual([2.5, null, 3.5]);
    const inch = await tableOf('a,b,y\n1,5 "x" 6,u\n2,7 "x" 8,v\n3,5 "x" 6,u\n');
    expect(contents(inch).b).toEqual(['5 "x" 6', '7 "x" 8', '5 "x" 6']);
    const unquoted = await tableOf('a,b,y\n1, "x" 6,u\n2, "x" 8,v\n3, "x" 6,u\n');
    expect(contents(unquoted).b).toEqual(['"x" 6', '"x" 8', '"x" 6']);
  });

  it('in GB18030 are told from UTF-8, with a notice', async () => {
    const read = unwrap(await readTable(fixture('gb18030.csv'), 'a.csv'));
    expect(read.encoding).toBe('gb18030');
    expect(codes(read)).toEqual(['encoding_guessed', 'target_chosen', 'column_index']);
    expect(contents(read)).toEqual({
      城市: ['北京', '上海', '广州', '北京'],
      '气温（℃）': [12.5, null, Math.fround(20.1), 9],
      开放日期: [19_727, 19_782, 19_722, 19_783],
      会员: ['是', '否', '是', '否'],
    });
    expect(read.table.target).toMatchObject({ name: '标签', classes: ['低', '高'] });
  });

  it('in another encoding are read where it is named, and refused at the first byte where not', async () => {
    const bytes = fixture('windows-1252.csv');
    expect(await readTable(bytes, 'a.csv')).toMatchObject({
      ok: false,
      code: 'encoding_unknown',
      evidence: expect.stringMatching(/^byte 2 is not UTF-8/),
    });
    const read = unwrap(await readTable(bytes, 'a.csv', { encoding: 'windows-1252' }));
    expect(contents(read).stadt).toEqual(['Köln', 'Zürich', 'Köln']);
    expect(await readTable(bytes, 'a.csv', { encoding: 'klingon' })).toMatchObject({ code: 'encoding_unknown' });
  });

  it('are refused where UTF-8 breaks off later', async () => {
    const file = Buffer.concat([
      Buffer.from(`a,y\n蓝,1\n${`${'红'.repeat(200)},0\n`.repeat(3000)}`),
      Buffer.of(0xff, 0x0a),
    ]);
    expect(await readTable(Uint8Array.from(file), 'a.csv')).toMatchObject({ ok: false, code: 'encoding_unknown' });
  });

  it('skip blank lines and cells beyond the header with a notice', async () => {
    const read = await tableOf('a,b,y\n1,2,0\n\n3,5,1\n4,4,0,,\n7,7,1\n');
    expect(contents(read)).toEqual({ a: [1, 3, 4, 7], b: [2, 5, 4, 7] });
    expect(codes(read)).toEqual(['blank_lines_skipped', 'empty_cells_trimmed', 'target_chosen']);
  });

  it('without a header are read where that is said', async () => {
    const read = await tableOf('1,5,0\n2,6,1\n9,7,0\n', { header: false });
    expect(contents(read)).toEqual({ 'column 1': [1, 2, 9], 'column 2': [5, 6, 7] });
    expect(read.table.target).toMatchObject({ name: 'column 3' });
  });

  it.each<[string, string | Uint8Array, string, RegExp, (string | undefined)?, ReadOptions?]>([
    ['an empty file', '', 'no_rows', /the file is empty/],
    ['blank lines alone', '\n\n', 'no_rows', /the file is empty/],
    ['a header alone', 'a,b,y\n', 'no_rows', /after the header/],
    ['two columns of one name', 'a,a,y\n1,2,0\n3,4,1', 'dataset_malformed', /two columns are named "a"/, 'header'],
    ['a first line of numbers', '5.1,3.5,1\n4.9,3,0\n', 'dataset_malformed', /must name the columns/, 'header'],
    [
      'a first line that is mostly fractions',
      '5.1,3.5,setosa\n4.9,3,virginica\n',
      'dataset_malformed',
      /must name/,
      'header',
    ],
    ['a short row', 'a,b,y\n1,2,0\n3,4', 'ragged_row', /row 2, column y: 2 cells, the header has 3/, 'y'],
    ['a long row', 'a,b,y\n1,2,0,9\n', 'ragged_row', /row 1, column y: 4 cells/, 'y'],
    ['a quote that is not closed', 'a,y\n1,0\n"2,1\n3,0\n', 'dataset_malformed', /row 2: a quote/],
    ['text after a quote', 'a,y\n1,0\n"2"x,1\n3,0\n', 'dataset_malformed', /row 2: a quote/],
    ['spaces between cells', 'mpg cyl y\n18 8 1.5\n15 8 2.5\n', 'dataset_malformed', /no separator/],
    ['the character 0', 'a,y\n1,\0\n', 'format_unknown', /character 0/],
    ['a damaged gzip', gzipSync(plain).subarray(0, 40), 'dataset_malformed', /gzip file is damaged/],
    ['Parquet', 'PAR1....', 'format_unknown', /a Parquet file/],
    ['a pickle', Uint8Array.of(0x80, 4, 0x95, 0, 0), 'format_unknown', /pickle/],
    ['a JSON array', '[{"a":1}]', 'format_unknown', /an object a line/],
    ['a file that is said to be 1 GB', plain, 'too_many_cells', /more than 128 MiB/, undefined, { sizeBytes: 1 << 30 }],
    [
      'too many columns',
      `${Array.from({ length: 16_386 }, (_, i) => `c${i}`).join(',')}\n`,
      'too_many_cells',
      /16386 columns/,
    ],
  ])('are refused for %s', async (_name, file, code, evidence, param, options = {}) => {
    const result = await readTable(
      typeof file === 'string' ? bytesOf(file) : Uint8Array.from(file),
      'table.csv',
      options,
    );
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) {
      expect(result.evidence).toMatch(evidence);
      expect(result.param).toBe(param);
    }
  });

  it('of 10,000 columns are read within the bound on cells, and refused where it is met', async () => {
    const header = `${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',')},y\n`;
    const row = (i: number) => `${`${i},`.repeat(10_000)}${i % 2}\n`;
    const read = await tableOf(header + [0, 1, 2, 3].map(row).join(''));
    expect(read.table.features).toMatchObject({ columns: { length: 10_000 } });
    const endless = async function* () {
      yield bytesOf(header);
      for (let i = 0; ; i++) yield bytesOf(row(i % 10));
    };
    expect(await readTable(endless(), 't.csv')).toMatchObject({
      code: 'too_many_cells',
      evidence: expect.stringContaining('420 rows'),
    });
  });

  it('close the source of which they read a part only', async () => {
    let closed = 0;
    const endless = async function* (first: string) {
      try {
        yield bytesOf(first);
        for (;;) yield bytesOf('1,2,3\n'.repeat(1000));
      } finally {
        closed++;
      }
    };
    expect(await readTable(endless('a,b\n'), 't.csv')).toMatchObject({ code: 'ragged_row' });
    expect(await readTable(endless('PAR1'), 't.csv')).toMatchObject({ code: 'format_unknown' });
    expect(closed).toBe(2);
  });

  it('throw what the source throws', async () => {
    const broken = async function* () {
      yield bytesOf('a,y\n');
      throw new Error('disk');
    };
    await expect(readTable(broken(), 't.csv')).rejects.toThrow('disk');
  });
});

describe('JSON lines', () => {
  it('are read by name, in any order, absent names missing', async () => {
    const read = await tableOf(
      '{"a":1,"b":"x","y":true}\n\n{"y":false,"b":null,"a":2.5}\n{"b":"x","y":true,"c":1}\n{"a":3,"y":false,"c":2}\n',
    );
    expect(read.format).toBe('json-lines');
    expect(contents(read)).toEqual({ a: [1, 2.5, null, 3], b: ['x', null, 'x', null], c: [null, null, 1, 2] });
    expect(read.table.target).toMatchObject({ classes: ['false', 'true'], labels: Uint16Array.of(1, 0, 1, 0) });
  });

  it.each<[string, string, string, RegExp]>([
    ['a list in a cell', '{"a":1,"y":0}\n{"a":[1],"y":1}', 'dataset_malformed', /row 2, column "a": nested/],
    ['an object in a cell', '{"a":{"b":1},"y":0}', 'dataset_malformed', /row 1, column "a": nested/],
    ['a line that is no JSON', '{"a":1,"y":0}\n{"a":', 'dataset_malformed', /row 2: not a line of JSON/],
    ['a line that is no object', '{"a":1,"y":0}\n7', 'dataset_malformed', /row 2: not an object/],
    ['a name that is empty', '{"":1}', 'dataset_malformed', /without a name/],
    ['two names that spaces tell apart', '{"a":1,"a ":2}', 'dataset_malformed', /two columns/],
    ['objects without a name', '{}\n{}', 'no_rows', /no row has a column/],
    [
      'a number that no double holds',
      '{"a":1e999,"y":0}\n{"a":2,"y":1}\n{"a":3,"y":1}',
      'cell_not_numeric',
      /row 1, column a/,
    ],
  ])('are refused for %s', async (_name, text, code, evidence) => {
    const result = await readText(text, {}, 't.jsonl');
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });
});

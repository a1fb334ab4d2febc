import { describe, expect, it } from 'vitest';
import { parseDate } from '../../../../ml/table/infer/dates.ts';
import { type DecimalMark, parseNumber } from '../../../../ml/table/infer/numbers.ts';
import type { ColumnOverride, NoticeCode, ReadOptions } from '../../../../ml/table/report.ts';
import { codes, contents, readText, tableOf } from './reading.ts';

describe('parseNumber', () => {
  it.each<[string, DecimalMark, number]>([
    ['1', '.', 1],
    ['-1.5e-3', '.', -0.0015],
    ['.5', '.', 0.5],
    ['1,234,567.5', '.', 1_234_567.5],
    ['1 234,5', ',', 1234.5],
    ['1.234.567,5', ',', 1_234_567.5],
    ["1'234.5", '.', 1234.5],
    ['12%', '.', 0.12],
    ['12,5 %', ',', 0.125],
    ['$1,200', '.', 1200],
    ['-€3', '.', -3],
    ['300元', '.', 300],
    ['12,34', '.', Number.NaN],
    ['1.5', ',', Number.NaN],
    ['12,34,567.5', '.', 1_234_567.5],
    ['0.123', ',', Number.NaN],
    ['0,123', '.', Number.NaN],
    ['0,123', ',', 0.123],
    ['(1,200.50)', '.', -1200.5],
    ['$(5)', '.', -5],
    ['(-5)', '.', Number.NaN],
    ['1,2,345', '.', Number.NaN],
    ['5 kg', '.', Number.NaN],
    ['0x10', '.', Number.NaN],
    ['1 2', '.', Number.NaN],
    ['Infinity', '.', Number.NaN],
    ['12%%', '.', Number.NaN],
    ['$', '.', Number.NaN],
    ['', '.', Number.NaN],
    ['1'.repeat(70), '.', Number.NaN],
  ])('reads %s with the mark %s as %d', (text, mark, value) => {
    expect(parseNumber(text, mark)).toBe(value);
  });
});

describe('parseDate', () => {
  const day = 19_727; // 2024-01-05
  it.each<[string, boolean, number]>([
    ['2024-01-05', false, day],
    ['2024/1/5', false, day],
    ['2024.1.5', false, day],
    ['2024年1月5日', false, day],
    ['2024年1月', false, day - 4],
    ['2024-01', false, day - 4],
    ['05.01.2024', false, day],
    ['05/01/2024', true, day],
    ['01/05/2024', false, day],
    ['1/5/24', false, day],
    ['5 Jan 2024', false, day],
    ['05-January-2024', false, day],
    ['Jan 5, 2024', false, day],
    ['2024-01-05 06:00', false, day + 0.25],
    ['2024-01-05T18:00:00.000Z', false, day + 0.75],
    ['2024-01-05 6:00 pm', false, day + 0.75],
    ['2024年1月5日 6时30分', false, day + 6.5 / 24],
    ['2024-01-05T02:00:00+08:00', false, day - 0.25],
    ['1969-12-31', false, -1],
    ['1900-03-01', false, -25_508],
    ['2024-02-29', false, day + 55],
    ['2023-02-29', false, Number.NaN],
    ['1900-02-29', false, Number.NaN],
    ['2024-13-01', false, Number.NaN],
    ['2024-01-05 25:00', false, Number.NaN],
    ['13/13/2024', false, Number.NaN],
    ['5 Jam 2024', false, Number.NaN],
    ['2024-01/05', false, Number.NaN],
    ['20240105', false, Number.NaN],
  ])('reads %s, day first %s, as %d', (text, dayFirst, days) => {
    expect(parseDate(text, dayFirst)).toBe(days);
  });
});

/** A table of the column `x` with these cells and a column beside it, so that something is left to learn from. */
const withCells = (cells: readonly string[]) =>
  `x,other,y\n${cells.map((cell, i) => `"${cell}",${(i * 7) % 5},${i}.5`).join('\n')}\n`;
const repeated = (cells: readonly string[], times: number) => Array.from({ length: times }, () => cells).flat();

describe('a column', () => {
  it.each<[string, readonly string[], (number | string | null)[] | undefined, NoticeCode[], ReadOptions?]>([
    ['of numbers', ['1', '2.5', '-3'], [1, 2.5, -3], []],
    ['of numbers and words for missing', ['1', 'NA', '缺失', '-', '2'], [1, null, null, null, 2], []],
    ['of thousands', ['1,234', '5', '6,000.5'], [1234, 5, 6000.5], []],
    ['of per cents', ['50%', '25%', '10%'], [0.5, 0.25, Math.fround(0.1)], []],
    ['of yes and no in any case', ['Yes', 'no', 'YES', 'No'], ['Yes', 'no', 'Yes', 'no'], []],
    ['of there is and there is not', ['有', '无', '有', ''], ['有', '无', '有', null], []],
    ['whose word for none stands among others', ['红', '无', '蓝', '红'], ['红', null, '蓝', '红'], []],
    ['of dates', ['2024-01-01', '2024-01-02', ''], [19_723, 19_724, null], []],
    ['of dates whose order shows', ['13/01/2024', '02/01/2024'], [19_735, 19_724], []],
    ['of dates whose order does not show', ['01/02/2024', '03/02/2024'], [19_724, 19_784], ['date_order_assumed']],
    ['of dates, day first as said', ['01/02/2024', '03/02/2024'], [19_754, 19_756], [], { dayFirst: true }],
    [
      'of codes, some of them texts',
      repeated(['2', '4', '5more', '2'], 5),
      repeated(['2', '4', '5more', '2'], 5),
      ['category_mixed'],
    ],
    ['that never changes', ['7', '7', '7'], undefined, ['column_constant']],
    ['that is missing or one value', ['7', '', '7'], [7, null, 7], []],
    ['that is missing everywhere', ['', 'NA', '?'], undefined, ['column_empty']],
    ['of names', Array.from({ length: 30 }, (_, i) => `name ${i}`), undefined, ['column_text']],
    ['of long remarks', ['r', 's', 'r'].map((text) => text.repeat(300)), undefined, ['column_text']],
    [
      'of long numbers that name things',
      Array.from({ length: 12 }, (_, i) => `11010519900101${1000 + i}`),
      undefined,
      ['column_text'],
    ],
    [
      'with other words for missing',
      ['none', '999', '3', 'none'],
      ['none', null, '3', 'none'],
      [],
      { missing: ['999'] },
    ],
  ])('%s', async (_name, cells, values, notices, options = {}) => {
    const read = await tableOf(withCells(cells), options);
    expect(contents(read).x).toEqual(values);
    expect(codes(read).filter((code) => code !== 'target_chosen')).toEqual(notices);
  });

  it.each<[string, readonly string[], ColumnOverride, (number | string | null)[] | undefined, NoticeCode[]]>([
    ['numbers as categories', ['10', '9.0', '9', '10'], 'category', ['10', '9', '9', '10'], []],
    ['texts as missing numbers', ['1', 'two', '3', 'two'], 'number', [1, null, 3, null], ['cells_made_missing']],
    [
      'names as categories',
      Array.from({ length: 30 }, (_, i) => `n${i}`),
      'category',
      Array.from({ length: 30 }, (_, i) => `n${i}`),
      [],
    ],
    [
      'texts as missing dates',
      ['2024-01-01', 'soon', '2024-01-02'],
      'date',
      [19_723, null, 19_724],
      ['cells_made_missing'],
    ],
    ['nothing', ['1', '2', '3'], 'ignore', undefined, []],
    [
      'texts as numbers, of which there is none',
      ['a', 'b', 'a'],
      'number',
      undefined,
      ['cells_made_missing', 'column_empty'],
    ],
  ])('is what is said: %s', async (_name, cells, kind, values, notices) => {
    const read = await tableOf(withCells(cells), { columns: { x: kind } });
    expect(contents(read).x).toEqual(values);
    expect(codes(read).filter((code) => code !== 'target_chosen')).toEqual(notices);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a text where numbers were', ['1.5', '2.5', 'oops', '3.5'], /^row 3, column x: "oops"/],
    ['one text among many codes', [...repeated(['1', '2', '3'], 20), 'x'], /^row 61, column x: "x"/],
    ['a number beyond 32 bits', ['1', '1e39', '2'], /^row 2, column x: "1e39" is beyond/],
  ])('is refused for %s', async (_name, cells, evidence) => {
    const result = await readText(withCells(cells));
    expect(result).toMatchObject({ ok: false, code: 'cell_not_numeric', param: 'x' });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });

  it('of row numbers is left out, under a usual name or under none', async () => {
    const read = await tableOf(',id,humid,UserID,y\n0,17,5,8,1.5\n1,4,6,7,2.5\n2,99,5,9,3.5\n');
    expect(Object.keys(contents(read))).toEqual(['humid']);
    expect(codes(read)).toEqual(['target_chosen', 'column_index', 'column_index', 'column_index']);
  });

  it('without a name is kept under a made-up one', async () => {
    const read = await tableOf('a,,y\n1,5,0\n2,6,1\n4,6,0\n');
    expect(contents(read)).toEqual({ a: [1, 2, 4], 'column 2': [5, 6, 6] });
    expect(codes(read)).toContain('column_named');
  });

  it('of a file with semicolons has the decimal comma, unless a point is needed', async () => {
    const comma = await tableOf('a;b;y\n1,5;1.000;0\n2,5;2.500;1\n3;3;0\n');
    expect(contents(comma)).toEqual({ a: [1.5, 2.5, 3], b: [1000, 2500, 3] });
    expect(codes(comma)).toContain('decimal_comma');
    const point = await tableOf('a;b;y\n1.5;1,000;0\n2.5;2,500;1\n3;3;0\n');
    expect(contents(point)).toEqual({ a: [1.5, 2.5, 3], b: [1000, 2500, 3] });
    expect(codes(point)).not.toContain('decimal_comma');
    expect(codes(await tableOf('a;y\n1;0\n2;1\n3;0\n'))).not.toContain('decimal_comma');
  });

  it('is reported with its missing words and its range', async () => {
    const { columns } = await tableOf(withCells(['1', 'NA', '2.5', '', 'NA']));
    expect(columns[0]).toEqual({
      name: 'x',
      role: 'feature',
      kind: 'number',
      missing: 3,
      missingWords: ['NA'],
      distinct: 2,
      examples: ['1', '2.5'],
      least: 1,
      most: 2.5,
    });
  });
});

const targets = (cells: readonly string[]) => `a,t\n${cells.map((cell, i) => `${(i * 3) % 7},${cell}`).join('\n')}\n`;

describe('the target', () => {
  it.each<[string, string, ReadOptions, string]>([
    ['the one that is named', 'a,b,c\n1,2,0\n2,3,1\n3,3,1', { target: 'b' }, 'b'],
    ['one with a usual name', 'label,b,c\n0,2,5\n1,3,6\n1,4,7', {}, 'label'],
    ['one with a usual Chinese name', 'b,标签,c\n2,0,5\n3,1,6\n4,1,7', {}, '标签'],
    ['the last one', 'a,b,c\n1,2,0\n2,3,1\n3,4,1', {}, 'c'],
  ])('is %s', async (_name, text, options, name) => {
    const read = await tableOf(text, options);
    expect(read.table.target).toMatchObject({ name });
    expect(read.columns.find(({ role }) => role === 'target')?.name).toBe(name);
    expect(codes(read).includes('target_chosen')).toBe(options.target === undefined);
  });

  it('may be none', async () => {
    const read = await tableOf('a,b\n1,2\n2,3\n3,7\n', { target: null });
    expect(read.table.target).toEqual({ kind: 'none' });
    expect(read.metric).toBe('silhouette');
    expect(Object.keys(contents(read))).toEqual(['a', 'b']);
  });

  it.each<[string, readonly string[], ReadOptions, readonly string[] | 'values']>([
    ['texts', ['b', 'a', 'b'], {}, ['a', 'b']],
    ['few whole numbers', ['10', '9', '10', '9', '9', '10'], {}, ['9', '10']],
    ['two numbers', ['1', '0', '1'], {}, ['0', '1']],
    ['yes and no', ['是', '否', '是'], {}, ['否', '是']],
    ['fractions', ['1.5', '2.5', '1.5', '2.5', '1.5', '2.5'], {}, 'values'],
    ['whole numbers that rarely repeat', ['1', '2', '3', '4', '5', '1'], {}, 'values'],
    ['whole numbers, as said', ['10', '9', '10', '9', '9', '10'], { task: 'values' }, 'values'],
    ['fractions, as said', ['1.50', '2.5', '1.5', '2.5'], { task: 'classes' }, ['1.5', '2.5']],
  ])('%s', async (_name, cells, options, classes) => {
    const { table, metric } = await tableOf(targets(cells), options);
    if (classes === 'values') expect(table.target.kind).toBe('values');
    else expect(table.target).toMatchObject({ kind: 'classes', classes });
    expect(metric).toBe(classes === 'values' ? 'r2' : 'accuracy');
  });

  it('drops rows without it, and names the rows of the file still', async () => {
    const read = await tableOf('a,t\n1,x\n2,\n3,y\n4,NA\n5,x\n6,y\n');
    expect(contents(read)).toEqual({ a: [1, 3, 5, 6] });
    expect(read.notices).toContainEqual({ code: 'target_rows_dropped', name: 't', count: 2 });
    expect(read.columns[1]).toMatchObject({ role: 'target', missing: 2, missingWords: ['NA'] });
    const result = await readText('a,t\n1,x\n2,\n3,y\n4.5,x\noops,y\n');
    expect(result).toMatchObject({
      code: 'cell_not_numeric',
      evidence: expect.stringMatching(/^row 5, column a: "oops"/),
    });
  });

  it('tells of classes with one row', async () => {
    const read = await tableOf(targets(['a', 'b', 'b', 'a', 'c']));
    expect(read.notices).toContainEqual({ code: 'class_one_row', name: 't', count: 1, example: '"c"' });
  });

  const many = Array.from({ length: 600 }, (_, i) => `class ${i % 300}`);
  it.each<[string, readonly string[], ReadOptions, string, RegExp]>([
    ['one class', ['x', 'x', 'x'], {}, 'one_class', /t holds "x" alone/],
    ['one number', ['3', '3', '3'], {}, 'one_class', /t holds "3" alone/],
    ['one value', ['3', '3', '3'], { task: 'values' }, 'target_constant', /t holds "3" alone/],
    ['one row a class', ['x', 'y', 'z'], {}, 'one_row_a_class', /3 classes in 3 rows/],
    ['no value at all', ['', 'NA', '?'], {}, 'no_rows', /every cell of the target t/],
    ['too many classes', many, {}, 'too_many_cells', /300 classes, at most 256/],
    ['a text among numbers', ['1.5', '2.5', 'high', '4.5'], {}, 'cell_not_numeric', /row 3, column t: "high"/],
    ['a value beyond 32 bits', ['1.5', '1e200', '2.5'], {}, 'cell_not_numeric', /row 2, column t/],
    ['texts where values are wanted', ['a', 'b', 'a'], { task: 'values' }, 'cell_not_numeric', /row 1, column t: "a"/],
    ['dates', ['2024-01-01', '2024-01-02', '2024-01-01'], {}, 'dataset_malformed', /dates/],
    ['a name that is not there', ['1', '2', '1'], { target: 'z' }, 'unknown_column', /no column "z"/],
    [
      'an override of a column that is not there',
      ['1', '2', '1'],
      { columns: { z: 'number' } },
      'unknown_column',
      /"z"/,
    ],
  ])('is refused for %s', async (_name, cells, options, code, evidence) => {
    const result = await readText(targets(cells), options);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });

  it('needs something to learn from', async () => {
    expect(await readText('t\n1\n2\n1\n')).toMatchObject({
      code: 'dataset_malformed',
      evidence: expect.stringContaining('no column is left'),
    });
  });
});

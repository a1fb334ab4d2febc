import { describe, expect, it } from 'vitest';
import { noticeOption, noticeText } from '../../../../ml/table/notice-text.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { schemaOf } from '../../../../ml/table/rows.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, codes, contents, readText, tableOf } from './reading.ts';

/** `rows` lines of cells, below a header. */
const csv = (header: string, rows: number, cells: (row: number) => readonly (string | number)[]): string =>
  `${header}\n${Array.from({ length: rows }, (_, row) => cells(row).join(',')).join('\n')}\n`;
const quoted = (cell: string): string => `"${cell}"`;
const of = (words: readonly string[], row: number): string => words[row % words.length] as string;

/** The column `x` of these cells, met again and again, beside one of fractions and a target. */
const column = (cells: readonly string[], options: ReadOptions = {}) =>
  readText(
    csv('x,other,y', 3 * cells.length, (row) => [quoted(of(cells, row)), row / 4, row % 2]),
    options,
  );

async function read(cells: readonly string[], options: ReadOptions = {}) {
  const table = unwrap(await column(cells, options));
  const { x } = contents(table);
  return { x: x?.slice(0, cells.length), told: codes(table).filter((code) => code !== 'target_chosen') };
}

describe('words for missing cells in a target', () => {
  const target = (words: readonly string[], options: ReadOptions = {}, rows = 60) =>
    tableOf(
      csv('a,severity', rows, (row) => [row / 4, of(words, row)]),
      options,
    );

  it.each<[string, readonly string[], readonly string[]]>([
    ['a sign', ['+', '-'], ['+', '-']],
    ['none beside others', ['None', 'mild', 'severe'], ['None', 'mild', 'severe']],
    ['a word beside one other', ['high', 'missing'], ['high', 'missing']],
    ['无 beside others', ['轻', '无', '重'], ['无', '轻', '重']],
  ])('are classes where they are met again and again: %s', async (_name, words, classes) => {
    const table = await target(words);
    expect(table.table).toMatchObject({ rows: 60, target: { classes } });
    expect(codes(table)).toContain('target_words_as_classes');
  });

  it.each<[string, readonly string[], ReadOptions, number]>([
    ['NA, which is never a class', ['x', 'NA', 'y'], {}, 40],
    ['a word that is rare', [...'xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy', '?', 'x'], {}, 59],
    ['a word that was chosen', ['x', 'none', 'y'], { missing: ['none'] }, 40],
    ['a word among numbers', ['1.5', 'none', '2.5'], {}, 40],
    ['a word where values are wanted', ['none', 'none', '2.5', '3.5'], { task: 'values' }, 30],
  ])('are missing otherwise: %s', async (_name, words, options, rows) => {
    const table = await target(words, options);
    expect(table.table.rows).toBe(rows);
    expect(codes(table)).toContain('target_rows_dropped');
  });

  it('are told where rows are dropped for them', async () => {
    const { notices } = await target(['1.5', 'none', '2.5']);
    const dropped = notices.find(({ code }) => code === 'target_rows_dropped');
    expect(dropped).toMatchObject({ count: 20, example: '"none"' });
  });

  it('are the same classes in rows to predict', async () => {
    const { table } = await target(['None', 'mild']);
    const expected = { kind: 'classes', name: 'severity', classes: ['None', 'mild'] } as const;
    const rows = unwrap(
      await readRows(bytesOf('a,severity\n1,none\n2,MILD\n3,?\n'), 'r.csv', schemaOf(table), { expected }),
    );
    expect(rows.actual).toEqual({ kind: 'classes', labels: Int32Array.of(0, 1, -1) });
  });
});

describe('a column that counts up with the rows', () => {
  const counted = (name: string, cell: (row: number) => number | string, rows = 40) =>
    tableOf(csv(`${name},noise,y`, rows, (row) => [cell(row), (row * 7) % 11, row < 12 ? 'a' : 'b']));

  it.each<[string, string, (row: number) => number | string]>([
    ['whatever its name', 'anything', (row) => row + 1],
    ['from any number', 'anything', (row) => row + 1_000_000],
    ['with a missing cell', 'anything', (row) => (row === 7 ? '' : row)],
    ['under a usual name, in any order', 'S.No', (row) => (row * 7) % 41],
    ['under a usual name, with a missing cell', 'id', (row) => (row === 7 ? '' : (row * 7) % 41)],
    ['as R writes it', 'rownames', (row) => row + 1],
  ])('is left out: %s', async (_what, name, cell) => {
    const table = await counted(name, cell);
    expect(Object.keys(contents(table))).toEqual(['noise']);
    expect(codes(table)).toContain('column_index');
  });

  it.each<[string, string, (row: number) => number | string, number?]>([
    ['years', 'Jahr', (row) => 1980 + row],
    ['steps of time', 'week', (row) => row],
    ['one step that is larger', 'anything', (row) => (row < 20 ? row : row + 1)],
    ['few rows, as people type them', 'anything', (row) => row, 19],
    ['a name that only ends so', 'humid', (row) => (row * 7) % 41],
    ['a number met twice, under a usual name', 'id', (row) => row % 39],
  ])('stays for: %s', async (_what, name, cell, rows = 40) => {
    expect(Object.keys(contents(await counted(name, cell, rows)))).toEqual([name, 'noise']);
  });

  it('is told by the rows of the file, of which some are dropped', async () => {
    const text = csv('n,noise,y', 40, (row) => [row, (row * 7) % 11, row % 5 === 0 ? '' : of(['a', 'b'], row)]);
    expect(Object.keys(contents(await tableOf(text)))).toEqual(['noise']);
  });

  it('is a feature where nothing else is left, and where that is said', async () => {
    const bare = await tableOf(csv('x,y', 30, (row) => [row, row / 3]));
    expect(contents(bare).x).toHaveLength(30);
    expect(codes(bare)).toEqual(['target_chosen']);
    const said = await tableOf(
      csv('x,z,y', 30, (row) => [row, row % 7, row / 3]),
      { columns: { x: 'number' } },
    );
    expect(Object.keys(contents(said))).toEqual(['x', 'z']);
  });
});

describe('whole numbers as a target', () => {
  const judged = async (name: string, cell: (row: number) => number, rows = 400) => {
    const read = await tableOf(csv(`a,${name}`, rows, (row) => [row / 4, cell(row)]));
    return [read.table.target.kind, codes(read).filter((code) => code.startsWith('target_numbers'))];
  };

  it.each<[string, string, (row: number) => number, string, string?]>([
    ['two', 'y', (row) => 7 + 2 * (row % 2), 'classes'],
    ['a few', 'rating', (row) => 1 + (row % 5), 'classes', 'target_numbers_as_classes'],
    ['ten that count from 0', 'y', (row) => row % 10, 'classes', 'target_numbers_as_classes'],
    ['many that count, under a name of classes', 'label', (row) => row % 40, 'classes', 'target_numbers_as_classes'],
    ['many that count from 1', 'letter', (row) => 1 + (row % 26), 'classes', 'target_numbers_as_classes'],
    ['many grades', 'G3', (row) => row % 18, 'values', 'target_numbers_as_values'],
    ['many years', 'year', (row) => 2000 + (row % 15), 'values', 'target_numbers_as_values'],
    ['a name of classes, far from 0', 'class', (row) => 500 + (row % 40), 'values', 'target_numbers_as_values'],
    ['hardly any met again', 'price', (row) => 7 * row, 'values'],
  ])('are judged: %s', async (_what, name, cell, kind, told) => {
    expect(await judged(name, cell)).toEqual([kind, told === undefined ? [] : [told]]);
  });
});

describe('the target that nobody names', () => {
  it.each<[string, string, readonly string[], string]>([
    ['is the surest name, not the first', 'class,fare,target', ['a b', '1 2 3', '0 1'], 'target'],
    ['is a class as the first column', 'class,fare,tax', ['a b', '1 2 3', '4 5'], 'class'],
    ['is no class in the middle', 'fare,class,alive', ['1 2 3', 'a b', 'yes no'], 'alive'],
    ['is no y after x', 'X,Y,month,area', ['1 2 3', '4 5', 'mar aug', '1.5 2.5 3.5'], 'area'],
    ['is a y that comes first', 'y,x,z', ['1 0', '4 5', '1.5 2.5 3.5'], 'y'],
    ['is no coordinate', 'carat,price,x,y,z', ['.2 .3', '300 301.5', '1 2', '3 4', '5 6'], 'price'],
    ['is the last of three coordinates alone', 'x,y,z', ['1 2', '3 4 5', '5.5 6.5'], 'z'],
    ['is not nameless and empty', 'a,b,price,', ['1 2', '3 4 5', '5.5 6.5', ''], 'price'],
    ['is not empty', 'a,b,price,more', ['1 2', '3 4 5', '5.5 6.5', ''], 'price'],
    ['never is constant', 'a,b,price,more', ['1 2', '3 4 5', '5.5 6.5', '7'], 'price'],
    ['is what is usually asked', 'survived,pclass,alone', ['0 1', '1 2 3', 'yes no'], 'survived'],
  ])('%s', async (_what, header, words, name) => {
    const read = await tableOf(csv(header, 30, (row) => words.map((list) => of(list.split(' '), row))));
    expect(read.table.target).toMatchObject({ name });
    expect(read.notices).toContainEqual({ code: 'target_chosen', name });
  });

  it('is no row numbers, no free text and no column that is ignored', async () => {
    const cells = (row: number) => [row / 4, of(['a', 'b'], row), `remark ${row}`, row];
    const read = await tableOf(csv('x,kind,text,id', 30, cells));
    expect(read.table.target).toMatchObject({ name: 'kind' });
    const ignored = await tableOf(
      csv('x,kind,z', 30, (row) => [row / 4, row % 2, row % 3]),
      {
        columns: { z: 'ignore' },
      },
    );
    expect(ignored.table.target).toMatchObject({ name: 'kind' });
  });

  it('is refused where it is named so and holds one class, and where only text would be left', async () => {
    const constant = await readText(csv('a,b,label', 9, (row) => [row / 4, row % 3, 'x']));
    expect(constant).toMatchObject({ ok: false, code: 'one_class', param: 'label' });
    const spam = await readText(csv('v1,v2', 30, (row) => [of(['ham', 'spam'], row), `message ${row}`]));
    expect(spam).toMatchObject({ ok: false, code: 'dataset_malformed' });
    if (!spam.ok) expect(spam.evidence).toMatch(/"v2" is free text/);
  });
});

describe('figures that are no plain numbers', () => {
  it.each<[string, readonly string[], (number | string | null)[], string[]]>([
    ['codes that begin with 0', ['02139', '10001', '94105'], ['02139', '10001', '94105'], ['column_codes']],
    ['hours with a 0', ['07', '12', '09'], [7, 12, 9], []],
    ['figures of other widths', ['007', '12', '9'], [7, 12, 9], []],
    ['days', ['20240105', '20240106', '20240107'], [19_727, 19_728, 19_729], ['dates_of_digits']],
    ['eight digits, one no day', ['20240105', '20240106', '20241307'], [20240104, 20240106, 20241308], []],
    ['milliseconds', ['1704412800000', '1704412800001'], [19_727, 19_727 + 1 / 86_400_000], ['dates_of_digits']],
    ['numbers that 32 bits tell apart', ['1704412800', '1804412800'], [1704412800, 1804412800].map(Math.fround), []],
    ['numbers that 32 bits merge', ['16777216', '16777217', '3'], [16777216, 16777216, 3], ['numbers_merged']],
    ['a null of MySQL', ['2024-01-05', '0000-00-00', '2024-01-07'], [19_727, null, 19_729], []],
    ['a unit', ['1.5kg', '2 kg', '1,200 kg'], [1.5, 2, 1200], ['unit_dropped']],
    ['a unit and the decimal comma', ['1,5 kg', '2,25 kg'], [1.5, 2.25], ['unit_dropped']],
    ['a currency before', ['USD 1,200', 'USD 3'], [1200, 3], ['unit_dropped']],
    ['so many of five', ['4.5/5', '3/5'], [4.5, 3], ['unit_dropped']],
    ['two units', ['1 kg', '2 g', '3 kg'], ['1 kg', '2 g', '3 kg'], []],
    ['letters before figures', ['Q1', 'Q2', 'Q3'], ['Q1', 'Q2', 'Q3'], []],
    ['times', ['06:00', '12:30:00', '6:00 pm'], [0.25, Math.fround(12.5 / 24), 0.75], ['times_as_days']],
    ['scores', ['2:1', '0:0'], ['2:1', '0:0'], []],
    ['what bookkeepers owe', ['(300.00)', '1,200.50'], [-300, 1200.5], []],
    ['errors of spreadsheets', ['#REF!', '1', '#NUM!', '2.5', 'n.a.'], [null, 1, null, 2.5, null], []],
    ['words in any case', ['Male', 'MALE', 'Male', 'female'], ['Male', 'Male', 'Male', 'female'], ['spellings_folded']],
    ['small and large letters', ['a', 'A', 'b', 'c'], ['a', 'A', 'b', 'c'], []],
    ['two letters in any case', ['m', 'F', 'M', 'F'], ['M', 'F', 'M', 'F'], ['spellings_folded']],
  ])('%s', async (_what, cells, values, told) => {
    expect(await read(cells)).toEqual({ x: values, told });
  });

  it('are dates under a name for that', async () => {
    const text = (name: string) =>
      csv(`${name},o,y`, 12, (row) => [1_704_412_800 + 86_400 * (row % 2), row / 4, row % 2]);
    expect(contents(await tableOf(text('created_at'))).created_at?.slice(0, 2)).toEqual([19_727, 19_728]);
    const phones = csv('phone,o,y', 12, (row) => [2_025_550_000 + 37 * (row % 4), row / 4, row % 2]);
    expect(codes(await tableOf(phones))).toEqual(['target_chosen', 'numbers_merged']);
    expect(codes(await tableOf(phones.replace('phone', 'x')))).toEqual(['target_chosen', 'dates_of_digits']);
    expect(contents(await tableOf(text('total'))).total?.[0]).toBeGreaterThan(1e9);
  });

  it('are what is said instead', async () => {
    expect(await read(['02139', '10001', '94105'], { columns: { x: 'number' } })).toEqual({
      x: [2139, 10001, 94105],
      told: [],
    });
    expect(await read(['1kg', '2kg', '3kg'], { columns: { x: 'category' } })).toEqual({
      x: ['1kg', '2kg', '3kg'],
      told: [],
    });
    expect(await read(['1 kg', '2 kg', 'heavy'], { columns: { x: 'number' } })).toEqual({
      x: [1, 2, null],
      told: ['unit_dropped', 'cells_made_missing'],
    });
  });

  it('among many dates are refused where they stand, and told among few', async () => {
    const days = Array.from({ length: 39 }, (_, day) => `2024-0${1 + (day % 9)}-1${day % 7}`);
    const slip = await column([...days, '2024-02-30']);
    expect(slip).toMatchObject({ ok: false, code: 'dataset_malformed', param: 'x' });
    if (!slip.ok) expect(slip.evidence).toMatch(/^row 40, column x: "2024-02-30" is no date/);
    expect(await read(['2024-01-05', '2024-01-06', 'later'])).toMatchObject({ told: ['category_dated'] });
  });
});

describe('rows to predict', () => {
  const trained = () =>
    tableOf(
      csv('w,sex,zip,d,y', 12, (row) => [
        `${row + 0.5} kg`,
        of(['Male', 'Female'], row),
        of(['02139', '10001'], row),
        20240105 + (row % 3),
        row % 2,
      ]),
    );

  it('are read in the manner of the table', async () => {
    const { table, units } = await trained();
    expect(units).toEqual({ w: 'kg' });
    const rows = bytesOf('w,sex,zip,d\n7 kg,MALE,02139,20240108\n8,female,2139,2024-01-09\n');
    const read = unwrap(await readRows(rows, 'r.csv', schemaOf(table), { units: units as Record<string, string> }));
    expect(contents(read)).toEqual({ w: [7, 8], sex: ['Male', 'Female'], zip: ['02139', null], d: [19_730, 19_731] });
  });

  it.each(['7 g', 'heavy', '7:30'])('are refused for another unit: %s', async (cell) => {
    const { table, units } = await trained();
    const rows = bytesOf(`w,sex,zip,d\n${cell},Male,02139,20240108\n`);
    const result = await readRows(rows, 'r.csv', schemaOf(table), { units: units as Record<string, string> });
    expect(result).toMatchObject({ ok: false, code: 'cell_not_numeric', param: 'w' });
    const unsaid = await readRows(bytesOf('w,sex,zip,d\n7 kg,Male,02139,20240108\n'), 'r.csv', schemaOf(table));
    expect(unsaid).toMatchObject({ ok: false, code: 'cell_not_numeric' });
  });
});

describe('a notice', () => {
  it('says what was taken, and the command line how to say otherwise', () => {
    const notice = { code: 'target_numbers_as_classes', name: '评分', count: 5 } as const;
    expect(noticeText(notice, 'en')).toBe('评分: its 5 different numbers are taken as classes.');
    expect(noticeText(notice, 'zh')).toBe('评分：5 种数字按类别处理。');
    expect(noticeOption(notice)).toBe('--task values');
    expect(noticeOption({ code: 'column_codes', name: 'zip' })).toBe("--column 'zip=number'");
    expect(noticeOption({ code: 'blank_lines_skipped', count: 1 })).toBeUndefined();
  });
});

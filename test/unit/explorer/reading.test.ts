/** How a file is read, told on the page: what its controls show, what they ask for, and how a row is read afterwards. */
import { describe, expect, test } from 'vitest';
import { type ReadFile, readSource } from '../../../clients/explorer/search/read-file.ts';
import {
  isReadingTold,
  shownReading,
  toldReading,
  withoutNames,
  withoutReading,
  withReading,
} from '../../../clients/explorer/search/reading.ts';
import { rowTable, textsOf } from '../../../clients/explorer/search/row-texts.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import { missingWordsOf, type ReadAs, rowsOptionsOf } from '../../../ml/table/read-as.ts';
import { readRows } from '../../../ml/table/read-rows.ts';
import type { ReadOptions } from '../../../ml/table/report.ts';
import { schemaOf } from '../../../ml/table/rows.ts';
import { gaugesCsv } from '../../support/gauges.ts';

const gauges = gaugesCsv({ hours: true });

const source = (content: string | Uint8Array<ArrayBuffer>, name = 'gauges.csv') => ({
  name,
  file: new Blob([content]),
});
const read = async (content: string, options: ReadOptions = {}, name?: string): Promise<ReadFile> => {
  const result = await readSource(source(content, name), options);
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
};
const shown = ({ read: report, options }: ReadFile) => shownReading(report, options);
const kinds = ({ read: { columns } }: ReadFile) => Object.fromEntries(columns.map(({ name, kind }) => [name, kind]));

const OWN_WORDS = missingWordsOf('n/d，-999');

describe('the controls', () => {
  test('show what was recognised in separated values', async () => {
    expect(shown(await read(gauges))).toMatchObject({
      missing: [],
      encoding: 'utf-8',
      csv: { separator: ';', header: true },
      decimal: { mark: ',' },
      dates: { dayFirst: false },
    });
    const plain = shown(await read('a,b,y\n1,NA,x\n2,4,z\n3,?,x\n4,5,z\n'));
    expect(plain).toMatchObject({ missing: ['NA', '?'], csv: { separator: ',' } });
    // Commas part these cells, and no column is of dates.
    expect(Object.keys(plain ?? {})).not.toEqual(expect.arrayContaining(['decimal']));
    expect(Object.keys(plain ?? {})).not.toEqual(expect.arrayContaining(['dates']));
  });

  test('skip lines above the header, of a file that was refused for them and of one that was read', async () => {
    const titled = source(`Débits 2024\n${gauges}`);
    expect(await readSource(titled, {})).toMatchObject({ ok: false });
    expect(toldReading('gauges.csv', {})).toMatchObject({ csv: { skipLines: 0 } });
    expect(toldReading('gauges.csv', { skipLines: 1 })).toMatchObject({ csv: { skipLines: 1 } });
    const told = await readSource(titled, { skipLines: 1 });
    if (!told.ok) throw new Error(told.code);
    expect(shown(told.value)).toMatchObject({ csv: { separator: ';', skipLines: 1 } });
    expect(told.value.readAs.skipLines).toBe(1);
    expect(isReadingTold(told.value.options)).toBe(true);
    expect(withoutReading(told.value.options)).toEqual({});
  });

  test('show of JSON lines what can be told of them', async () => {
    const lines = Array.from(
      { length: 8 },
      (_, i) => `{"a":${i % 3},"day":"0${1 + (i % 4)}/0${1 + (i % 3)}/2024","y":"${i % 2}x"}`,
    );
    const json = shown(await read(lines.join('\n'), {}, 'a.jsonl'));
    expect(json).toMatchObject({ encoding: 'utf-8', dates: { dayFirst: false } });
    expect([json?.csv, json?.decimal]).toEqual([undefined, undefined]);
  });

  test.each(['npz', 'images'] as const)('show nothing of %s', async (format) => {
    const { read: report } = await read(gauges);
    expect(shownReading({ ...report, format }, {})).toBeUndefined();
  });

  test('show an encoding that is not among the usual ones', async () => {
    const file = await read('a,y\n1,x\n2,z\n3,x\n4,z\n', { encoding: 'koi8-r' });
    expect(shown(file)?.encodings).toContain('koi8-r');
    expect(shown(await read(gauges))?.encodings).not.toContain('koi8-r');
  });

  test('of a file that was refused show what was told, and nothing of arrays and pictures', () => {
    expect(toldReading('a.csv', { missing: ['n/d'], header: false })).toMatchObject({
      missing: ['n/d'],
      encoding: undefined,
      csv: { separator: undefined, header: false },
      decimal: { mark: undefined },
    });
    expect(toldReading('a.csv', { separator: ',' })?.decimal).toBeUndefined();
    expect(toldReading('a.ndjson.gz', {})).toMatchObject({ missing: [], dates: {} });
    expect(toldReading('a.ndjson.gz', {})?.csv).toBeUndefined();
    for (const name of ['a.npz', 'b.ZIP', 'c.zip.gz']) expect(toldReading(name, {})).toBeUndefined();
  });
});

describe('a correction of the reading', () => {
  test('changes the columns, beside what was said of them before', async () => {
    const first = await read(gauges, { target: 'état', columns: { heure: 'ignore' } });
    expect(kinds(first)).toMatchObject({ débit: 'category', niveau: 'number' });
    const options = withReading(withReading(first.options, { missing: OWN_WORDS }), { dayFirst: true });
    const second = await read(gauges, options);
    expect(kinds(second)).toMatchObject({ débit: 'number', niveau: 'number' });
    expect(second.read.columns.map(({ missing }) => missing)).toEqual([6, 5, 0, 0, 0, 0]);
    expect(second.options).toEqual({
      target: 'état',
      columns: { heure: 'ignore' },
      missing: OWN_WORDS,
      dayFirst: true,
    });
    expect(shown(second)).toMatchObject({ missing: OWN_WORDS, dates: { dayFirst: true } });
    const back = withoutReading(second.options);
    expect([isReadingTold(second.options), isReadingTold(back)]).toEqual([true, false]);
    expect((await read(gauges, back)).read.table).toEqual(first.read.table);
  });

  test('of the first line takes what was said of names along where they are gone, and clusters stay', async () => {
    const csv = '1,2,x\n3,4,z\n5,6,x\n7,9,z\n';
    const asRows = await read(`a,b,y\n${csv}`, { target: 'a', task: 'values', columns: { b: 'ignore' } });
    expect(asRows.options.target).toBe('a');
    const told = withReading(asRows.options, { header: false });
    const again = await read(csv, told);
    expect(again.options).toEqual({ header: false });
    expect(again.read.table.rows).toBe(4);
    expect(withoutNames({ target: null, columns: { b: 'ignore' }, encoding: 'big5' })).toEqual({
      target: null,
      encoding: 'big5',
    });
  });

  test('that can not be is refused', async () => {
    const latin = source(Uint8Array.from(Buffer.from(gauges, 'latin1')));
    expect(await readSource(latin, {})).toMatchObject({ ok: false, code: 'encoding_unknown' });
    expect(await readSource(latin, { encoding: 'utf-8' })).toMatchObject({ ok: false, code: 'encoding_unknown' });
    const told = await readSource(latin, { encoding: 'windows-1252' });
    expect(told.ok && kinds(told.value)).toHaveProperty('état', 'category');
    expect(await readSource(latin, { encoding: 'windows-1252', separator: ',' })).toMatchObject({ code: 'ragged_row' });
  });
});

describe('a row in a form', () => {
  const table = async () => {
    const { read: report, readAs } = await read(gauges, { missing: OWN_WORDS, dayFirst: true });
    const schema = schemaOf(report.table);
    if (schema.kind !== 'columns') throw new Error('no columns');
    return { table: report.table, schema, readAs };
  };

  test('is filled in as the table writes it, and read back to the last bit', async () => {
    const { table: known, schema, readAs } = await table();
    expect(textsOf(known, 1, readAs)).toEqual({
      débit: '7,1',
      niveau: '1301,5',
      distance: '2',
      heure: '9:30',
      jour: '2024-02-02',
    });
    for (let row = 0; row < known.rows; row++) {
      const made = rowTable(schema, textsOf(known, row, readAs), readAs);
      if (!('table' in made)) throw new Error(made.faults.join());
      expect(textsOf(made.table, 0, readAs)).toEqual(textsOf(known, row, readAs));
    }
  });

  test('is read as the command line reads it in a file', async () => {
    const { schema, readAs } = await table();
    const texts = { débit: '7,25', niveau: '1.234,5', distance: '12 km', heure: '12:30', jour: '05/01/2024' };
    const made = rowTable(schema, texts, readAs);
    if (!('table' in made)) throw new Error(made.faults.join());
    const file = `${Object.keys(texts).join(';')}\n${Object.values(texts).join(';')}\n`;
    const rows = await readRows(Buffer.from(file), 'rows.csv', schema, rowsOptionsOf(readAs));
    if (!rows.ok) throw new Error(rows.evidence);
    expect(encodeTypedTable(made.table)).toEqual(encodeTypedTable(rows.value.table));
    expect(textsOf(made.table, 0, readAs)).toEqual({ ...texts, niveau: '1234,5', distance: '12', jour: '2024-01-05' });
    // Words for missing are the table's, and no others.
    const gap = rowTable(schema, { ...texts, débit: 'N/D', niveau: '-999', jour: '' }, readAs);
    expect('table' in gap && textsOf(gap.table, 0, readAs)).toMatchObject({ débit: '', niveau: '', jour: '' });
    expect(rowTable(schema, { ...texts, débit: 'NA' }, readAs)).toEqual({ faults: ['débit'] });
  });

  test.each([
    ['another unit', { distance: '12 mi' }],
    ['a word', { débit: 'much' }],
    ['no time', { heure: '12:99' }],
    ['no day', { jour: '31/02/2024' }],
  ])('with %s is refused in its place', async (_, texts) => {
    const { schema, readAs } = await table();
    expect(rowTable(schema, texts, readAs)).toEqual({ faults: Object.keys(texts) });
  });

  test('of a table that showed none of it takes the plain forms only', async () => {
    const { schema } = await table();
    const faults = (texts: Record<string, string>, readAs?: ReadAs) => {
      const made = rowTable(schema, texts, readAs);
      return 'table' in made ? [] : made.faults;
    };
    expect(faults({ débit: '7,25', distance: '12 km', heure: '12:30', jour: '05/01/2024' })).toEqual([
      'débit',
      'distance',
      'heure',
      'jour',
    ]);
    expect(faults({ débit: '7.25', distance: '12', heure: '0.5', jour: '2024-01-05' })).toEqual([]);
    // Made numbers by word: in a file a text is then missing, in a form somebody reads that it is none.
    expect(faults({ débit: 'much' }, { column: { débit: 'number' } })).toEqual(['débit']);
  });

  test('does not take a mark that the reader could not heed', async () => {
    const { readAs } = await read('a,y\n1.5,x\n2.5,z\n3.5,x\n4.5,z\n', { decimal: ',' });
    expect(readAs).toEqual({});
    expect((await read(gauges, { decimal: ',' })).readAs).toMatchObject({ decimal: ',' });
  });
});

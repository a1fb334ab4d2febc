/** What a report warns of, on tables made for it; the repository's data sets have none of it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { modelCard } from '../../../../ml/report/card.ts';
import { CARD_TEXTS } from '../../../../ml/report/card-text.ts';
import { REPORT_NOTICES, type Report } from '../../../../ml/report/report.ts';
import { decodeReport, encodeReport } from '../../../../ml/report/report-bytes.ts';
import { followedDate, tellingColumn } from '../../../../ml/report/telling.ts';
import { jsonBytes } from '../../../../ml/search/json.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import { repeatsOf } from '../../../../ml/search/repeats.ts';
import { readTable } from '../../../../ml/table/read-table.ts';
import type { Column, Table, Target } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { specFor } from '../search/tables.ts';

const ROWS = 240;
type Of = (row: number) => number;
const shuffled = new Draws(keyOf(1n, 'sample', ROWS, 0)).shuffle(Int32Array.from({ length: ROWS }, (_, row) => row));
const place: Of = (row) => shuffled[row] as number;
const other = new Draws(keyOf(2n, 'sample', ROWS, 0)).shuffle(Int32Array.from({ length: ROWS }, (_, row) => row));
const noise: Of = (row) => other[row] as number;

const number = (name: string, of: Of): Column => ({
  kind: 'number',
  name,
  values: Float32Array.from({ length: ROWS }, (_, row) => of(row)),
});
const category = (name: string, of: Of, levels: number): Column => ({
  kind: 'category',
  name,
  categories: Array.from({ length: levels }, (_, level) => `k${1000 + level}`),
  codes: Int32Array.from({ length: ROWS }, (_, row) => of(row)),
});
const date = (of: Of): Column => ({
  kind: 'date',
  name: 'day',
  days: Float64Array.from({ length: ROWS }, (_, row) => of(row)),
});
const classes = (of: Of): Target => ({
  kind: 'classes',
  name: 'y',
  classes: ['a', 'b', 'c'],
  labels: Uint16Array.from({ length: ROWS }, (_, row) => of(row)),
});
const values = (of: Of): Target => ({
  kind: 'values',
  name: 'y',
  values: Float64Array.from({ length: ROWS }, (_, r) => of(r)),
});
const tableOf = (target: Target, ...columns: Column[]): Table => ({
  rows: ROWS,
  features: { kind: 'columns', columns: [number('noise', noise), ...columns] },
  target,
});
const third: Of = (row) => place(row) % 3;
const all = ({ features }: Table): Set<string> =>
  new Set(features.kind === 'columns' ? features.columns.map(({ name }) => name) : []);
const told = (table: Table): string | undefined => tellingColumn(table, all(table));

describe('a column that tells the target alone', () => {
  it.each<[string, Table]>([
    ['a copy of the class', tableOf(classes(third), category('told', third, 3))],
    [
      'its numbers in another order',
      tableOf(
        classes(third),
        number('told', (row) => [5, -1, 2][third(row)] as number),
      ),
    ],
    [
      'missing for one class',
      tableOf(
        classes(third),
        number('told', (row) => [Number.NaN, 1, 2][third(row)] as number),
      ),
    ],
    [
      'a number, the class being where it lies',
      tableOf(
        classes((row) => Math.floor(place(row) / 80)),
        number('told', place),
      ),
    ],
    [
      'a date, likewise',
      tableOf(
        classes((row) => Math.floor(place(row) / 80)),
        { ...date(place), name: 'told' },
      ),
    ],
    [
      'the value but for a factor',
      tableOf(
        values(place),
        number('told', (row) => 1.0001 * place(row)),
      ),
    ],
    [
      'its exponential, falling',
      tableOf(
        values((row) => Math.exp(-place(row) / 8)),
        number('told', place),
      ),
    ],
    [
      'its root, of either sign',
      tableOf(
        values((row) => (place(row) - 120) ** 2),
        number('told', place),
      ),
    ],
    [
      'the better of two',
      tableOf(
        values(place),
        number('good', (row) => place(row) + noise(row) / 90),
        number('told', place),
      ),
    ],
  ])('is named: %s', (_name, table) => {
    expect(told(table)).toBe('told');
  });

  it.each<[string, Table]>([
    ['noise', tableOf(classes(third))],
    [
      'one that tells most',
      tableOf(
        classes((row) => (noise(row) % 12 === 0 ? 0 : third(row))),
        category('told', third, 3),
      ),
    ],
    [
      'a value with some noise',
      tableOf(
        values((row) => place(row) + noise(row) / 4),
        number('told', place),
      ),
    ],
    ['a name for each row', tableOf(classes(third), category('name', place, ROWS))],
    [
      'the class of a few rows',
      tableOf(
        classes((row) => Number(place(row) < 9)),
        category('told', (row) => Number(place(row) < 9), 2),
      ),
    ],
    [
      'one target',
      tableOf(
        classes(() => 0),
        category('told', third, 3),
      ),
    ],
    [
      'the order of a file that is sorted by the target',
      tableOf(
        classes((row) => Math.floor(row / 80)),
        number('few', (row) => row % 2),
        number('one', () => 1),
      ),
    ],
    ['no target', tableOf({ kind: 'none' }, category('told', third, 3))],
  ])('is not %s', (_name, table) => {
    expect(told(table)).toBeUndefined();
  });

  it('is of those that are looked at', () => {
    const table = tableOf(classes(third), category('told', third, 3));
    expect(tellingColumn(table, new Set(['noise']))).toBeUndefined();
  });

  it('is none where copies of a row tell each other', () => {
    const prototype: Of = (row) => row % 30;
    const label: Of = (row) => (prototype(row) * 7) % 3;
    const { features } = tableOf(
      classes(label),
      number('a', (row) => place(prototype(row))),
      number('b', (row) => noise(prototype(row))),
    );
    const columns = features.kind === 'columns' ? features.columns.slice(1) : [];
    const table: Table = { rows: ROWS, features: { kind: 'columns', columns }, target: classes(label) };
    expect(repeatsOf(table)).toBeDefined();
    expect(told(table)).toBeUndefined();
  });
});

describe('a date that rows follow', () => {
  it.each<[string, Of]>([
    ['rising', (row) => 18_000 + row],
    ['falling, with a day twice', (row) => 18_000 - (row === 9 ? 8 : row)],
    ['with gaps', (row) => (row % 60 === 7 ? Number.NaN : 18_000 + row * row)],
  ])('is named: %s', (_name, of) => {
    expect(followedDate(tableOf(classes(third), date(of)))).toBe('day');
  });

  it.each<[string, Column]>([
    ['drawn dates', date(place)],
    ['few days', date((row) => Math.floor(row / 4))],
    ['a number of the row', number('day', (row) => row)],
  ])('is not of %s', (_name, column) => {
    expect(followedDate(tableOf(classes(third), column))).toBeUndefined();
  });
});

describe.each(['iris', 'wine', 'breast_cancer', 'digits', 'diabetes', 'concrete', 'penguins'])('the set %s', (name) => {
  it('has none of it', async () => {
    const packed = readFileSync(new URL(`../../../../data/${name}.csv.gz`, import.meta.url));
    const bytes = [new Uint8Array(gunzipSync(packed))];
    const options = name === 'penguins' ? { target: '物种' } : {};
    const { table } = unwrap(
      await readTable(
        (async function* () {
          yield* bytes;
        })(),
        `${name}.csv`,
        options,
      ),
    );
    expect([told(table), followedDate(table), repeatsOf(table)?.but?.name]).toEqual([undefined, undefined, undefined]);
  });
});

describe('the report', () => {
  const table = tableOf(
    classes(third),
    category('copy <b>', third, 3),
    date((row) => 18_000 + row),
  );
  const found = unwrap(localSearch(nodeKernels(), table, specFor({ families: ['logistic'], trials: 1 })));
  const { report } = unwrap(decodeBundle(found.bundle));

  it('names the columns, in its bytes too', () => {
    expect(report.notices).toEqual(['columnTells', 'rowsFollowDate']);
    expect(report.noticeColumns).toEqual([
      { notice: 'columnTells', column: 'copy <b>' },
      { notice: 'rowsFollowDate', column: 'day' },
    ]);
    expect(decodeReport(encodeReport(report))).toEqual({ ok: true, value: report });
  });

  it('from before there were names is read; one with other names is not', () => {
    const { noticeColumns: _, ...old } = { ...report, notices: ['fewRows'] };
    expect(decodeReport(jsonBytes(old))).toEqual({ ok: true, value: old });
    for (const noticeColumns of [
      [{ notice: 'noSuch', column: 'x' }],
      [{ notice: 'columnTells', column: 1 }],
      [{ notice: 'columnTells' }],
      Array(REPORT_NOTICES.length + 1).fill({ notice: 'columnTells', column: 'x' }),
    ]) {
      expect(decodeReport(jsonBytes({ ...report, noticeColumns }))).toMatchObject({
        ok: false,
        code: 'result_mismatch',
      });
    }
  });

  it('is told on the card in both languages, and no name becomes markup', () => {
    for (const language of ['en', 'zh'] as const) {
      const card = modelCard(report, language);
      expect(card).toContain(CARD_TEXTS[language].notices.columnTells('copy \\<b\\>'));
      expect(card).toContain(CARD_TEXTS[language].notices.rowsFollowDate('day'));
      expect(card).not.toContain('<b>');
    }
  });

  it('has words for each notice, and those about a column say which', () => {
    for (const language of ['en', 'zh'] as const) {
      const words = REPORT_NOTICES.map((notice) => CARD_TEXTS[language].notices[notice]('COLUMN'));
      expect(new Set(words).size).toBe(REPORT_NOTICES.length);
      const about = REPORT_NOTICES.filter((_, i) => words[i]?.includes('COLUMN'));
      expect(about).toEqual(['rowsNearlyRepeated', 'columnTells', 'rowsFollowDate']);
    }
    const plain: Report = { ...report, notices: ['fewRows'] };
    expect(modelCard(plain, 'en')).not.toContain('alone tells');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTypedTable, encodeTypedTable } from '../../../../ml/table/canonical.ts';
import { noticeText } from '../../../../ml/table/notice-text.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import { readTable } from '../../../../ml/table/read-table.ts';
import { schemaOf, withoutTarget } from '../../../../ml/table/rows.ts';
import type { Column, Table } from '../../../../ml/table/table.ts';
import { unwrap } from '../digits.ts';
import { bytesOf, fixture } from './reading.ts';

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Any words that are no numbers and no dates, none of them for missing: quotes, separators, line ends and Chinese among them. */
const word = fc
  .string({
    unit: fc.constantFrom('a', 'b', ' ', '"', ',', ';', '\n', '\r\n', '\t', '猫', '𠮷', "'", '\\'),
    maxLength: 8,
  })
  .map((text) => `w${text}w`);

interface Wanted {
  readonly rows: number;
  readonly numbers: readonly (number | null)[];
  readonly words: readonly (string | null)[];
  readonly days: readonly (string | null)[];
  readonly labels: readonly string[];
}

/** Columns that are what they look like: no constant ones, no identifiers. */
const anyWanted: fc.Arbitrary<Wanted> = fc.integer({ min: 4, max: 9 }).chain((rows) => {
  const of = <T>(cell: fc.Arbitrary<T>) => fc.array(cell, { minLength: rows, maxLength: rows });
  const number = fc.float({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);
  return fc.record({
    rows: fc.constant(rows),
    numbers: of(fc.option(number, { freq: 5 })),
    words: fc
      .uniqueArray(word, { minLength: 2, maxLength: 3 })
      .chain((list) => of(fc.option(fc.constantFrom(...list), { freq: 5 }))),
    days: of(fc.option(fc.constantFrom('2024-02-29', '1969-12-31', '2000-01-01'), { freq: 5 })),
    labels: fc.constant(Array.from({ length: rows }, (_, i) => ['no', 'yes'][i % 2] as string)),
  });
});

function csvOf({ rows, numbers, words, days, labels }: Wanted, separator: string, end: string): string {
  const cells = (row: number) => [
    numbers[row] === null ? 'NA' : String(numbers[row]),
    words[row] === null ? '' : quoted(words[row] as string),
    days[row] ?? '',
    labels[row] as string,
  ];
  const lines = [['n', 'w', 'd', 'y'], ...Array.from({ length: rows }, (_, row) => cells(row))];
  return lines.map((line) => line.join(separator)).join(end) + end;
}

const hasTwo = (cells: readonly unknown[]) => new Set(cells).size > 1;
/** A column of one value, and nothing missing, is left out; so is one that is missing everywhere. */
const isKept = (cells: readonly unknown[]) => hasTwo(cells) && cells.some((cell) => cell !== null);

describe('any table', () => {
  it('written as CSV is read back, whatever parts its cells', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyWanted,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        async (wanted, separator, end) => {
          const { table } = unwrap(
            await readTable(bytesOf(csvOf(wanted, separator, end)), 't.csv', {
              separator,
              columns: { n: 'number', w: 'category' },
            }),
          );
          const columns = new Map(
            (table.features as { columns: readonly Column[] }).columns.map((column) => [column.name, column]),
          );
          const [n, w, d] = [columns.get('n'), columns.get('w'), columns.get('d')];
          if (isKept(wanted.numbers)) {
            expect(n).toMatchObject({ values: Float32Array.from(wanted.numbers, (value) => value ?? Number.NaN) });
          }
          if (isKept(wanted.words) && w?.kind === 'category') {
            expect(Array.from(w.codes, (code) => w.categories[code] ?? null)).toEqual(wanted.words);
          }
          expect([n, w, d].map((column) => column !== undefined)).toEqual(
            [wanted.numbers, wanted.words, wanted.days].map(isKept),
          );
          expect(table.target).toMatchObject({ classes: ['no', 'yes'] });
          await roundTrips(table, csvOf(wanted, separator, end), separator);
        },
      ),
      { numRuns: 60 },
    );
  });

  /** Canonical bytes, and the same file as rows to predict. */
  async function roundTrips(table: Table, text: string, separator: ',' | ';' | '\t' | '|'): Promise<void> {
    expect(unwrap(decodeTypedTable(encodeTypedTable(table)))).toEqual(table);
    const rows = unwrap(await readRows(bytesOf(text), 't.csv', schemaOf(table), { separator }));
    expect(rows.table).toEqual(withoutTarget(table));
  }
});

describe('any bytes', () => {
  const spoilt = (name: string) => {
    const bytes = fixture(name);
    return fc
      .array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((all, [at, byte]) => all.with(at, byte), Uint8Array.from(bytes)));
  };
  const text = fc.string({
    unit: fc.constantFrom('a', '1', '.', ',', ';', '"', '\n', '\r', '{', '}', ':', '年', '\t', '\0', '%', '-'),
    maxLength: 60,
  });

  it.each<[string, fc.Arbitrary<Uint8Array>, number]>([
    ['bytes', fc.uint8Array({ maxLength: 80 }), 100],
    ['texts', text.map(bytesOf), 300],
    [
      'lines of JSON',
      fc.array(fc.json({ maxDepth: 2 }), { maxLength: 4 }).map((lines) => bytesOf(`{"a":1}\n${lines.join('\n')}`)),
      100,
    ],
    ['spoilt arrays', spoilt('columns.npz'), 40],
    ['spoilt matrices', spoilt('matrix.npz'), 40],
    ['spoilt pictures', spoilt('pictures.zip'), 40],
    ['spoilt Chinese', spoilt('gb18030.csv'), 40],
  ])('are a table or a refusal, of tables and of rows: %s', async (_name, any, numRuns) => {
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const read = await readTable(bytes, 'any');
        if (read.ok) {
          const { table, notices } = read.value;
          expect(unwrap(decodeTypedTable(encodeTypedTable(table)))).toEqual(table);
          for (const notice of notices)
            for (const language of ['en', 'zh'] as const) expect(noticeText(notice, language)).not.toMatch(/undefined/);
        }
        const rows = await readRows(bytes, 'any', { kind: 'columns', columns: [{ kind: 'number', name: 'a' }] });
        if (rows.ok) encodeTypedTable(rows.value.table);
      }),
      { numRuns },
    );
  });
});

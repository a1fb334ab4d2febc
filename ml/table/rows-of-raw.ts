/** Cells to rows that a model can predict. Apart from the file's parsers, which a form of one row does not need. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { F32_MAX } from './fault.ts';
import { knownCodes } from './infer/categories.ts';
import { datesOf } from './infer/column.ts';
import { boundFault, headerFault } from './infer/infer.ts';
import { numbersAgain } from './infer/read-numbers.ts';
import { ownValue, type Reading, readingOf } from './infer/reading.ts';
import { rowOf, type Scan, scanColumn } from './infer/scan.ts';
import { shown } from './limits.ts';
import { place, type RawColumn, type RawTable } from './read/raw.ts';
import type { Notice, ReadOptions } from './report.ts';
import { type Column, MISSING, type Schema, type Table } from './table.ts';

/** What the rows' file may also say: the truth, to compare predictions with. */
export type ExpectedTarget =
  | { readonly kind: 'classes'; readonly name: string; readonly classes: readonly string[] }
  | { readonly kind: 'values'; readonly name: string };

/** Of each row: a class or MISSING; a value or NaN. */
export type ActualTarget =
  | { readonly kind: 'classes'; readonly labels: Int32Array }
  | { readonly kind: 'values'; readonly values: Float64Array };

export interface ReadRows {
  /** Without a target. */
  readonly table: Table;
  readonly notices: readonly Notice[];
  /** Where the file has the column of the target, or folders that are classes. */
  readonly actual?: ActualTarget;
  /** Paths of pictures. */
  readonly paths?: readonly string[];
}

type ColumnSchema = Extract<Schema, { kind: 'columns' }>['columns'][number];
/** `columns`: those that were made numbers or dates by word; a text in them is missing, here as there. */
export type RowsOptions = Pick<
  ReadOptions,
  'missing' | 'header' | 'separator' | 'encoding' | 'decimal' | 'dayFirst' | 'columns' | 'sizeBytes'
> & {
  readonly expected?: ExpectedTarget;
  /** Of numbers, by column name, as the table's report has them: a number with another one is refused. */
  readonly units?: Readonly<Record<string, string>>;
};

/** Cells that are at hand already, such as those of a form. */
export function rowsOfRaw(
  raw: RawTable,
  separator: string,
  schema: Extract<Schema, { kind: 'columns' }>,
  options: RowsOptions = {},
  before: readonly Notice[] = [],
): Result<ReadRows> {
  const fault = headerFault(raw);
  if (fault) return fault;
  if (raw.rows === 0) return fail('no_rows', 'no row after the header');
  const byName = new Map(raw.columns.map((column) => [column.name, column]));
  const lacking = schema.columns.find(({ name }) => !byName.has(name));
  if (lacking) return fail('unknown_column', `column ${lacking.name} is missing`, lacking.name);
  const reading = readingOf(raw, separator, options);
  const notices: Notice[] = [...before, ...reading.notices];
  const columns: Column[] = [];
  for (const wanted of schema.columns) {
    const scan = scanFor(wanted, byName.get(wanted.name) as RawColumn, reading);
    const isMade = options.columns !== undefined && Object.hasOwn(options.columns, wanted.name);
    const how = { ...reading, isMade, unit: ownValue(options.units, wanted.name) };
    const column = columnFor(wanted, scan, how, (row) => place(raw, row, wanted.name), notices);
    if (!column.ok) return column;
    columns.push(column.value);
  }
  const { expected } = options;
  const known = new Set(schema.columns.map(({ name }) => name));
  const extra = raw.columns.filter(({ name }) => !known.has(name) && name !== expected?.name);
  if (extra.length > 0) {
    notices.push({
      code: 'column_extra',
      count: extra.length,
      example: shown(extra.map(({ name }) => name).join(', ')),
    });
  }
  const table: Table = { rows: raw.rows, features: { kind: 'columns', columns }, target: { kind: 'none' } };
  const bound = boundFault(table);
  if (bound) return bound;
  const truth = expected && byName.get(expected.name);
  return ok({ table, notices, ...(truth ? { actual: actualOf(truth, expected, reading, options.units) } : {}) });
}

/** A word that the model knows as a category is one, whatever else it may stand for. */
function scanFor(wanted: ColumnSchema, column: RawColumn, reading: Reading): Scan {
  return scanKnown(column, wanted.kind === 'category' ? wanted.categories : [], reading);
}

function scanKnown(column: RawColumn, names: readonly string[], reading: Reading): Scan {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return scanColumn(column, (word) => !known.has(word.toLowerCase()) && reading.isMissing(word), false);
}

function columnFor(
  wanted: ColumnSchema,
  scan: Scan,
  reading: Reading & { readonly isMade: boolean; readonly unit: string | undefined },
  at: (row: number) => string,
  notices: Notice[],
): Result<Column> {
  const { name, kind } = wanted;
  if (wanted.kind === 'category') {
    const codes = knownCodes(scan.words, wanted.categories);
    const unseen = rowOf(scan, (word) => codes[word] === MISSING);
    if (unseen >= 0) {
      const count = scan.counts.reduce((sum, cells, word) => sum + (codes[word] === MISSING ? cells : 0), 0);
      notices.push({ code: 'category_unseen', name, count, example: shown(wordAt(scan, unseen)) });
    }
    const { categories } = wanted;
    return ok({
      kind: 'category',
      name,
      categories,
      codes: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))),
    });
  }
  const read =
    kind === 'number'
      ? { ...numbersAgain(scan, reading.mark, reading.unit), notices: [] }
      : datesOf(scan, name, reading);
  notices.push(...read.notices);
  const { values } = read;
  if (reading.isMade && read.failing > 0) {
    const example = scan.words.find((_, i) => Number.isNaN(values[i])) as string;
    notices.push({ code: 'cells_made_missing', name, count: read.failing, example: shown(example) });
  }
  const isMissing = (value: number): boolean => reading.isMade && Number.isNaN(value);
  const wrong = rowOf(scan, (word) => {
    const value = values[word] as number;
    return !(isMissing(value) || Math.abs(value) <= F32_MAX);
  });
  if (wrong >= 0) {
    const evidence = `${at(wrong)}: ${shown(wordAt(scan, wrong))}`;
    return kind === 'number'
      ? fail('cell_not_numeric', evidence, name)
      : fail('dataset_malformed', `${evidence} is no date`, name);
  }
  const cell = (code: number) => (code < 0 ? Number.NaN : (values[code] as number));
  if (kind === 'date') return ok({ kind, name, days: Float64Array.from(scan.codes, cell) });
  return ok({ kind: 'number', name, values: Float32Array.from(scan.codes, (code) => Math.fround(cell(code)) + 0) });
}

const wordAt = (scan: Scan, row: number): string => scan.words[scan.codes[row] as number] as string;

export function actualOf(
  column: RawColumn,
  expected: ExpectedTarget,
  reading: Reading,
  units?: RowsOptions['units'],
): ActualTarget {
  const scan = scanKnown(column, expected.kind === 'classes' ? expected.classes : [], reading);
  if (expected.kind === 'classes') {
    const codes = knownCodes(scan.words, expected.classes);
    return { kind: 'classes', labels: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))) };
  }
  const { values } = numbersAgain(scan, reading.mark, ownValue(units, expected.name));
  return {
    kind: 'values',
    values: Float64Array.from(scan.codes, (code) => (code < 0 ? Number.NaN : (values[code] as number))),
  };
}

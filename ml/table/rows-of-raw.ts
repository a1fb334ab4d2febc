/** Cells to rows that a model can predict. Apart from the file's parsers, which a form of one row does not need. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { F32_MAX } from './fault.ts';
import { knownCodes } from './infer/categories.ts';
import { boundFault, headerFault } from './infer/infer.ts';
import { dateFault, datesAgain } from './infer/read-dates.ts';
import { numbersAgain } from './infer/read-numbers.ts';
import { ownValue, type Reading, readingOf } from './infer/reading.ts';
import { rowOf, type Scan, scanColumn } from './infer/scan.ts';
import { otherCurrency, signNotices } from './infer/signs.ts';
import { shown } from './limits.ts';
import { nearName } from './near-name.ts';
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
  'missing' | 'header' | 'skipLines' | 'separator' | 'encoding' | 'decimal' | 'dayFirst' | 'columns' | 'sizeBytes'
> & {
  readonly expected?: ExpectedTarget;
  /** Of numbers, by column name, as the table's report has them: a number with another one is refused. */
  readonly units?: Readonly<Record<string, string>>;
  /** Likewise their signs: another currency's is refused, and per cents beside plain numbers are told. */
  readonly signs?: Readonly<Record<string, string>>;
  /** The order of day and month by column name, where the table's columns had several; `dayFirst` is of the others. */
  readonly dayFirstOf?: Readonly<Record<string, boolean>>;
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
  if (lacking) return lackingFault(lacking.name, raw, options);
  const reading = readingOf(raw, separator, options);
  const notices: Notice[] = [...before, ...reading.notices];
  const columns: Column[] = [];
  for (const wanted of schema.columns) {
    const scan = scanFor(wanted, byName.get(wanted.name) as RawColumn, reading);
    const isMade = options.columns !== undefined && Object.hasOwn(options.columns, wanted.name);
    const dayFirst = ownValue(options.dayFirstOf, wanted.name) ?? reading.dayFirst;
    const ordered = dayFirst === undefined ? reading : { ...reading, dayFirst };
    const how = {
      ...ordered,
      isMade,
      unit: ownValue(options.units, wanted.name),
      sign: ownValue(options.signs, wanted.name),
    };
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

function lackingFault(name: string, { columns }: RawTable, { skipLines = 0 }: RowsOptions): Result<never> {
  const near = nearName(
    name,
    columns.map((column) => column.name),
  );
  const meant = near === undefined ? '' : `; the file has ${shown(near)}`;
  const skipped = skipLines === 0 ? '' : `; lines skipped before the header: ${skipLines}`;
  return fail('unknown_column', `column ${name} is missing${meant}${skipped}`, name);
}

/** A word that the model knows as a category is one, whatever else it may stand for. */
function scanFor(wanted: ColumnSchema, column: RawColumn, reading: Reading): Scan {
  return scanKnown(column, wanted.kind === 'category' ? wanted.categories : [], reading);
}

function scanKnown(column: RawColumn, names: readonly string[], reading: Reading): Scan {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return scanColumn(column, (word) => !known.has(word.toLowerCase()) && reading.isMissing(word), false);
}

/** How a column of the table was read. */
interface ColumnReading extends Reading {
  /** It was made one of numbers or dates by word. */
  readonly isMade: boolean;
  readonly unit: string | undefined;
  readonly sign: string | undefined;
}

function columnFor(
  wanted: ColumnSchema,
  scan: Scan,
  reading: ColumnReading,
  at: (row: number) => string,
  notices: Notice[],
): Result<Column> {
  const { name, kind } = wanted;
  if (wanted.kind === 'category') return ok(categoryFor(wanted, scan, notices));
  const read = kind === 'number' ? numbersFor(scan, name, reading) : datesAgain(scan, name, reading.dayFirst);
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
      : fail('dataset_malformed', `${evidence} ${dateFault(wordAt(scan, wrong), reading.dayFirst)}`, name);
  }
  const cell = (code: number) => (code < 0 ? Number.NaN : (values[code] as number));
  if (kind === 'date') return ok({ kind, name, days: Float64Array.from(scan.codes, cell) });
  const other = otherCurrency(scan, reading.sign);
  if (other >= 0) {
    const evidence = `${at(other)}: ${shown(wordAt(scan, other))} is not in ${reading.sign}, as the table was`;
    return fail('cell_not_numeric', evidence, name);
  }
  return ok({ kind: 'number', name, values: Float32Array.from(scan.codes, (code) => Math.fround(cell(code)) + 0) });
}

function categoryFor(
  { name, categories }: Extract<ColumnSchema, { kind: 'category' }>,
  scan: Scan,
  notices: Notice[],
): Column {
  const codes = knownCodes(scan.words, categories);
  const unseen = rowOf(scan, (word) => codes[word] === MISSING);
  if (unseen >= 0) {
    const count = scan.counts.reduce((sum, cells, word) => sum + (codes[word] === MISSING ? cells : 0), 0);
    notices.push({ code: 'category_unseen', name, count, example: shown(wordAt(scan, unseen)) });
  }
  return {
    kind: 'category',
    name,
    categories,
    codes: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))),
  };
}

function numbersFor(scan: Scan, name: string, { mark, unit, sign }: ColumnReading) {
  const read = numbersAgain(scan, mark, unit);
  return { ...read, notices: signNotices(scan, read.values, name, sign) };
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

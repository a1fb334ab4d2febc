/** A file to rows that a model can predict: its columns by name, in any order, with the categories that it knows. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { F32_MAX } from './fault.ts';
import { datesOf, numbersOf } from './infer/column.ts';
import { boundFault, headerFault, type Reading, readingOf } from './infer/infer.ts';
import { rowOf, type Scan, scanColumn } from './infer/scan.ts';
import { booleanPair } from './infer/words.ts';
import { shown } from './limits.ts';
import type { ByteSource } from './read/bytes-source.ts';
import { type OpenedFile, openFile } from './read/open-file.ts';
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
export type RowsOptions = Pick<ReadOptions, 'missing' | 'separator' | 'encoding' | 'dayFirst' | 'sizeBytes'> & {
  readonly expected?: ExpectedTarget;
};

/**
 * A column that the file lacks is refused (unknown_column), one that the model does not know is left out with a notice. Missing cells
 * and unseen categories are missing; a text where a number was is refused with its row (cell_not_numeric).
 */
export async function readRows(
  source: ByteSource,
  name: string,
  schema: Schema,
  options: RowsOptions = {},
): Promise<Result<ReadRows>> {
  const opened = await openFile(source, name, options);
  if (!opened.ok) return opened;
  const file = opened.value;
  if (schema.kind === 'images') return imageRows(file, schema, options);
  if (file.format === 'zip') return fail('dataset_malformed', 'the model takes columns, the file holds pictures');
  if (file.format !== 'npz') return rowsOfRaw(file.raw, file.separator, schema, options, file.notices);
  if (file.npz.kind === 'images') return fail('dataset_malformed', 'the model takes columns, the file holds images');
  return rowsOfRaw(file.npz.raw, ',', schema, options, file.npz.notices);
}

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
    const column = columnFor(wanted, scan, reading, (row) => place(raw, row, wanted.name), notices);
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
  return ok({ table, notices, ...(truth ? { actual: actualOf(truth, expected, reading) } : {}) });
}

/** A word that the model knows as a category is one, whatever else it may stand for. */
function scanFor(wanted: ColumnSchema, column: RawColumn, reading: Reading): Scan {
  const known = new Set(wanted.kind === 'category' ? wanted.categories : []);
  return scanColumn(column, (word) => !known.has(word) && reading.isMissing(word), false);
}

function columnFor(
  wanted: ColumnSchema,
  scan: Scan,
  reading: Reading,
  at: (row: number) => string,
  notices: Notice[],
): Result<Column> {
  const { name, kind } = wanted;
  if (wanted.kind === 'category') {
    const codes = codesOf(scan, wanted.categories);
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
  const read = kind === 'number' ? { ...numbersOf(scan, reading.mark), notices: [] } : datesOf(scan, name, reading);
  notices.push(...read.notices);
  const { values } = read;
  const wrong = rowOf(scan, (word) => !(Math.abs(values[word] as number) <= F32_MAX));
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

/** Index of each word among the names, or MISSING: by its text, as a number in its one spelling, or as a yes or no in any case. */
function codesOf(scan: Scan, names: readonly string[]): number[] {
  const codeOf = new Map(names.map((name, code) => [name, code]));
  const isPair = booleanPair(names) !== undefined;
  const codeOfLower = new Map(names.map((name, code) => [name.toLowerCase(), code]));
  return scan.words.map((word) => {
    const number = Number(word);
    const found = codeOf.get(word.toWellFormed()) ?? (isPair ? codeOfLower.get(word.toLowerCase()) : undefined);
    return found ?? (Number.isFinite(number) ? codeOf.get(String(number + 0)) : undefined) ?? MISSING;
  });
}

function actualOf(column: RawColumn, expected: ExpectedTarget, reading: Reading): ActualTarget {
  const known = new Set(expected.kind === 'classes' ? expected.classes : []);
  const scan = scanColumn(column, (word) => !known.has(word) && reading.isMissing(word), false);
  if (expected.kind === 'classes') {
    const codes = codesOf(scan, expected.classes);
    return { kind: 'classes', labels: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))) };
  }
  const { values } = numbersOf(scan, reading.mark);
  return {
    kind: 'values',
    values: Float64Array.from(scan.codes, (code) => (code < 0 ? Number.NaN : (values[code] as number))),
  };
}

async function imageRows(
  file: OpenedFile,
  schema: Extract<Schema, { kind: 'images' }>,
  { expected }: RowsOptions,
): Promise<Result<ReadRows>> {
  const { height, width, channels } = schema;
  if (file.format === 'zip') {
    const { readImageFolders } = await import('./read/image-folders.ts');
    const read = readImageFolders(file.bytes, { height, width }, channels);
    if (!read.ok) return read;
    const { rows, images, folders, paths, notices } = read.value;
    const table: Table = { rows, features: images, target: { kind: 'none' } };
    if (expected?.kind !== 'classes') return ok({ table, notices, paths });
    const labels = Int32Array.from(folders, (folder) => expected.classes.indexOf(folder));
    const isTold = labels.some((label) => label !== MISSING);
    return ok({ table, notices, paths, ...(isTold ? { actual: { kind: 'classes' as const, labels } } : {}) });
  }
  if (file.format !== 'npz' || file.npz.kind !== 'images') {
    return fail('dataset_malformed', 'the model takes pictures, the file holds columns');
  }
  const { rows, images, labels, notices } = file.npz;
  if (images.height !== height || images.width !== width || images.channels !== channels) {
    const sizes = (shape: Omit<Schema & { kind: 'images' }, 'kind'>) =>
      `${shape.height} x ${shape.width} x ${shape.channels}`;
    return fail('dataset_malformed', `images of ${sizes(images)}, the model takes ${sizes(schema)}`);
  }
  const table: Table = { rows, features: images, target: { kind: 'none' } };
  const plain: Reading = { mark: '.', usual: false, isMissing: (word) => word === '' };
  return ok({ table, notices, ...(labels && expected ? { actual: actualOf(labels, expected, plain) } : {}) });
}

/** A typed table from a raw one, and what to tell about it. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import type { Metric } from '../../search/search.ts';
import { tableFault, utf8 } from '../fault.ts';
import { shortened, shown } from '../limits.ts';
import { keepRows, place, type RawTable } from '../read/raw.ts';
import type { ColumnReport, Notice, ReadOptions } from '../report.ts';
import type { Column, Table, Target } from '../table.ts';
import type { ReadingRules } from './column.ts';
import { featureColumn, reportOf } from './features.ts';
import { decimalMark, type Scan, scanColumn } from './scan.ts';
import { chooseTarget, inferTarget, type TargetChoice } from './target.ts';
import { type IsMissing, missingTest } from './words.ts';

export interface InferredTable {
  readonly table: Table;
  readonly columns: readonly ColumnReport[];
  readonly notices: readonly Notice[];
  readonly metric: Metric;
}

export const metricOf = (target: Target): Metric =>
  target.kind === 'classes' ? 'accuracy' : target.kind === 'values' ? 'r2' : 'silhouette';

/** Faults of the header: before any cell is looked at. */
export function headerFault({ columns }: RawTable): Result<never> | undefined {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) return fail('dataset_malformed', `two columns are named ${shown(name)}`, 'header');
    if (utf8.encode(name).length > TABLE_LIMITS.nameBytesMax) {
      return fail(
        'dataset_malformed',
        `the name ${shown(name)} is longer than ${TABLE_LIMITS.nameBytesMax} bytes`,
        'header',
      );
    }
    seen.add(name);
  }
  return undefined;
}

/** A typed array may hold infinities; texts that say so are no numbers. */
function infiniteFault(raw: RawTable, ignored: (name: string) => boolean): Result<never> | undefined {
  for (const column of raw.columns) {
    if (!('numbers' in column) || ignored(column.name)) continue;
    const row = column.numbers.findIndex((value) => value === Infinity || value === -Infinity);
    if (row >= 0) return fail('cell_not_numeric', `${place(raw, row, column.name)}: an infinity`, column.name);
  }
  return undefined;
}

export interface Reading extends ReadingRules {
  readonly isMissing: IsMissing;
  /** Nobody chose the words for missing cells. */
  readonly usual: boolean;
}

/** How this file's cells are to be read. A notice says so where the comma is its decimal mark. */
export function readingOf(raw: RawTable, separator: string, options: ReadOptions): Reading & { notices: Notice[] } {
  const isMissing = missingTest(options.missing);
  const mark = decimalMark(raw, separator, isMissing);
  return {
    isMissing,
    usual: options.missing === undefined,
    mark,
    ...(options.dayFirst === undefined ? {} : { dayFirst: options.dayFirst }),
    notices: mark === ',' ? [{ code: 'decimal_comma' }] : [],
  };
}

interface ReadTarget {
  readonly target: Target;
  readonly report?: ColumnReport;
  readonly notices: readonly Notice[];
  /** The table without the rows whose target is missing. */
  readonly raw: RawTable;
}

function readTarget(
  all: RawTable,
  { index }: TargetChoice,
  reading: Reading,
  task: ReadOptions['task'],
): Result<ReadTarget> {
  if (index < 0) return ok({ target: { kind: 'none' }, notices: [], raw: all });
  const name = (all.columns[index] as RawTable['columns'][number]).name;
  const notices: Notice[] = [];
  const scanOf = (table: RawTable): Scan =>
    scanColumn(table.columns[index] as RawTable['columns'][number], reading.isMissing, reading.usual);
  let [raw, scan] = [all, scanOf(all)];
  const { missing, missingWords } = scan;
  if (missing > 0) {
    const kept = [...scan.codes.keys()].filter((row) => (scan.codes[row] as number) >= 0);
    if (kept.length === 0) return fail('no_rows', `every cell of the target ${name} is missing`, name);
    raw = keepRows(all, kept);
    scan = scanOf(raw);
    notices.push({ code: 'target_rows_dropped', name, count: missing });
  }
  const found = inferTarget(scan, name, reading, task, (row) => place(raw, row, name));
  if (!found.ok) return found;
  const { target, values } = found.value;
  const kind = target.kind === 'values' ? 'number' : 'category';
  const report = {
    ...reportOf(scan, name, 'target', kind, values),
    missing,
    missingWords: missingWords.map(shortened),
  };
  return ok({ target, report, notices: [...notices, ...found.value.notices], raw });
}

function overrideFault({ columns }: RawTable, options: ReadOptions): Result<never> | undefined {
  const names = new Set(columns.map(({ name }) => name));
  const unknown = Object.keys(options.columns ?? {}).find((name) => !names.has(name));
  return unknown === undefined ? undefined : fail('unknown_column', `there is no column ${shown(unknown)}`, unknown);
}

export function inferTable(all: RawTable, separator: string, options: ReadOptions): Result<InferredTable> {
  const isIgnored = (name: string) => ownValue(options.columns, name) === 'ignore';
  const fault = headerFault(all) ?? overrideFault(all, options) ?? infiniteFault(all, isIgnored);
  if (fault) return fault;
  if (all.rows === 0) return fail('no_rows', 'no row after the header');
  const reading = readingOf(all, separator, options);
  const choice = chooseTarget(all, options.target);
  if (!choice.ok) return choice;
  const read = readTarget(all, choice.value, reading, options.task);
  if (!read.ok) return read;
  const { raw, target, report } = read.value;
  const notices: Notice[] = [...reading.notices, ...choice.value.notices, ...read.value.notices];
  const columns: Column[] = [];
  const reports: ColumnReport[] = [];
  for (const [index, column] of raw.columns.entries()) {
    if (index === choice.value.index) {
      reports.push(report as ColumnReport);
      continue;
    }
    const rules = { ...reading, override: ownValue(options.columns, column.name) };
    const scan = scanColumn(column, reading.isMissing, reading.usual);
    const found = featureColumn(column, index, scan, rules, (row) => place(raw, row, column.name));
    if (!found.ok) return found;
    reports.push(found.value.report);
    notices.push(...found.value.notices);
    if (found.value.column) columns.push(found.value.column);
  }
  if (columns.length === 0) return fail('dataset_malformed', 'no column is left to learn from');
  const table: Table = { rows: raw.rows, features: { kind: 'columns', columns }, target };
  const bound = boundFault(table);
  return bound ?? ok({ table, columns: reports, notices, metric: metricOf(target) });
}

const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;

/** What a reader makes is a table; if it is not, that is too large, or a fault of ours. */
export function boundFault(table: Table): Result<never> | undefined {
  const { rows, features } = table;
  const columns = features.kind === 'columns' ? features.columns : [];
  const bytes = columns.reduce((sum, { kind }) => sum + rows * { number: 4, date: 8, category: 2 }[kind], 8 * rows);
  if (bytes > TABLE_LIMITS.bytesMax - (1 << 20)) return fail('too_many_cells', `${bytes} bytes of cells`);
  const fault = tableFault(table);
  return fault === undefined ? undefined : fail('too_many_cells', fault);
}

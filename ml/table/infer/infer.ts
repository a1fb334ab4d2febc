/** A typed table from a raw one, and what to tell about it. */
import { type Failure, fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import type { Metric } from '../../search/search.ts';
import { tableFault, utf8 } from '../fault.ts';
import { shortened, shown, TITLE_HINT } from '../limits.ts';
import { keepRows, place, type RawColumn, type RawTable } from '../read/raw.ts';
import type { ColumnReport, Notice, ReadOptions } from '../report.ts';
import type { Table, Target } from '../table.ts';
import { reportOf } from './features.ts';
import { targetWords } from './missing-classes.ts';
import type { DecimalMark } from './numbers.ts';
import { readFeatures, roleOf } from './read-features.ts';
import { numbersOf } from './read-numbers.ts';
import { ownValue, type Reading, readingOf } from './reading.ts';
import { type Scan, scanColumn } from './scan.ts';
import { inferTarget } from './target.ts';
import { chooseTarget, noColumn, type TargetChoice } from './target-choice.ts';
import { type IsMissing, missingTest, SURELY_MISSING } from './words.ts';

export interface InferredTable {
  readonly table: Table;
  readonly columns: readonly ColumnReport[];
  readonly notices: readonly Notice[];
  readonly metric: Metric;
  /** As TableReport has them. */
  readonly decimal?: DecimalMark;
  readonly dayFirst?: boolean;
  readonly dayFirstOf?: Readonly<Record<string, boolean>>;
  readonly units?: Readonly<Record<string, string>>;
  readonly signs?: Readonly<Record<string, string>>;
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

const isSurelyMissing = missingTest(SURELY_MISSING);

interface ReadTarget {
  readonly target: Target;
  readonly report?: ColumnReport;
  readonly notices: readonly Notice[];
  /** The table without the rows whose target is missing. */
  readonly raw: RawTable;
}

/** Of a target that is said to hold numbers: what is none is missing, as in any column. */
function unlessNumber(column: RawColumn, { isMissing, mark, usual }: Reading): IsMissing {
  const { words, ...scan } = scanColumn(column, isMissing, usual);
  const { values } = numbersOf({ ...scan, words }, mark, true);
  const others = new Set(words.filter((_, i) => Number.isNaN(values[i])));
  return (word) => isMissing(word) || others.has(word);
}

function readTarget(
  all: RawTable,
  { index }: TargetChoice,
  reading: Reading,
  options: ReadOptions,
): Result<ReadTarget> {
  if (index < 0) return ok({ target: { kind: 'none' }, notices: [], raw: all });
  const column = all.columns[index] as RawColumn;
  const { name } = column;
  const kind = ownValue(options.columns, name);
  const task = options.task ?? (kind === 'category' ? 'classes' : undefined);
  // Who wants numbers wants no word among them.
  const areNumbers = task === 'values' || kind === 'number';
  const words = areNumbers ? { isMissing: reading.isMissing, notices: [] } : targetWords(column, reading);
  const isMissing = kind === 'number' ? unlessNumber(column, reading) : words.isMissing;
  const notices: Notice[] = [...words.notices];
  const scanOf = (table: RawTable): Scan => scanColumn(table.columns[index] as RawColumn, isMissing, reading.usual);
  let [raw, scan] = [all, scanOf(all)];
  const { missing, missingWords } = scan;
  if (missing > 0) {
    const kept = [...scan.codes.keys()].filter((row) => (scan.codes[row] as number) >= 0);
    if (kept.length === 0) return fail('no_rows', `every cell of the target ${name} is missing`, name);
    raw = keepRows(all, kept);
    scan = scanOf(raw);
    const example = missingWords.find((word) => !isSurelyMissing(word));
    notices.push({
      code: 'target_rows_dropped',
      name,
      count: missing,
      ...(example === undefined ? {} : { example: shown(example) }),
    });
  }
  const found = inferTarget(scan, name, reading, task, (row) => place(raw, row, name));
  if (!found.ok) return found;
  const { target, values, unit, sign } = found.value;
  const shownKind = target.kind === 'values' ? 'number' : 'category';
  const report = {
    ...reportOf(scan, name, 'target', shownKind, values),
    missing,
    missingWords: missingWords.map(shortened),
    ...(unit === undefined ? {} : { unit }),
    ...(sign === undefined ? {} : { sign }),
  };
  return ok({ target, report, notices: [...notices, ...found.value.notices], raw });
}

function overrideFault({ columns }: RawTable, options: ReadOptions): Result<never> | undefined {
  const names = new Set(columns.map(({ name }) => name));
  const unknown = Object.keys(options.columns ?? {}).find((name) => !names.has(name));
  return unknown === undefined ? undefined : noColumn(unknown, columns);
}

export function inferTable(all: RawTable, separator: string, options: ReadOptions): Result<InferredTable> {
  const isIgnored = (name: string) => ownValue(options.columns, name) === 'ignore';
  const fault = headerFault(all) ?? overrideFault(all, options) ?? infiniteFault(all, isIgnored);
  if (fault) return fault;
  if (all.rows === 0) return fail('no_rows', 'no row after the header');
  const { notices: before, ...reading } = readingOf(all, separator, options);
  const choice = chooseTarget(all, options.target, {
    isIgnored: (index) => isIgnored((all.columns[index] as RawColumn).name),
    roleOf: (index) => roleOf(all, index, reading, options),
  });
  if (!choice.ok) return choice;
  const read = readTarget(all, choice.value, reading, options);
  if (!read.ok) return withTitleHint(read, all);
  const { raw, target, report } = read.value;
  const told = report && { index: choice.value.index, report };
  const features = readFeatures(raw, told, reading, options);
  if (!features.ok) return withTitleHint(features, all);
  const { columns, reports } = features.value;
  const table: Table = { rows: raw.rows, features: { kind: 'columns', columns }, target };
  const bound = boundFault(table);
  if (bound) return bound;
  const { decimal } = reading;
  return ok({
    table,
    columns: reports,
    notices: [...before, ...choice.value.notices, ...read.value.notices, ...features.value.notices],
    metric: metricOf(target),
    ...(decimal === undefined ? {} : { decimal }),
    ...mannersOf(reports),
  });
}

/** A text among numbers may be a name of the header where the first line left some columns without one. */
function withTitleHint(failure: Failure, { columns }: RawTable): Failure {
  const isTitle = columns.some(({ nameless }) => nameless) && columns.some(({ nameless }) => !nameless);
  if (failure.code !== 'cell_not_numeric' || !isTitle) return failure;
  return { ...failure, evidence: `${failure.evidence}; ${TITLE_HINT}` };
}

type Manners = Pick<InferredTable, 'dayFirst' | 'dayFirstOf' | 'units' | 'signs'>;

/** What rows to predict have to be read by, as the columns showed it. */
function mannersOf(reports: readonly ColumnReport[]): Manners {
  const by = <Value>(told: (report: ColumnReport) => Value | undefined): [string, Value][] =>
    reports.flatMap((report) => {
      const value = told(report);
      return value === undefined ? [] : [[report.name, value] as [string, Value]];
    });
  const orders = by(({ dayFirst }) => dayFirst);
  const [first] = orders;
  const isOne = orders.every(([, dayFirst]) => dayFirst === first?.[1]);
  const units = by(({ unit }) => unit);
  const signs = by(({ sign }) => sign);
  return {
    ...(first && isOne ? { dayFirst: first[1] } : {}),
    ...(isOne ? {} : { dayFirstOf: Object.fromEntries(orders) }),
    ...(units.length === 0 ? {} : { units: Object.fromEntries(units) }),
    ...(signs.length === 0 ? {} : { signs: Object.fromEntries(signs) }),
  };
}

/** What a reader makes is a table; if it is not, that is too large, or a fault of ours. */
export function boundFault(table: Table): Result<never> | undefined {
  const { rows, features } = table;
  const columns = features.kind === 'columns' ? features.columns : [];
  const bytes = columns.reduce((sum, { kind }) => sum + rows * { number: 4, date: 8, category: 2 }[kind], 8 * rows);
  if (bytes > TABLE_LIMITS.bytesMax - (1 << 20)) return fail('too_many_cells', `${bytes} bytes of cells`);
  const fault = tableFault(table);
  return fault === undefined ? undefined : fail('too_many_cells', fault);
}

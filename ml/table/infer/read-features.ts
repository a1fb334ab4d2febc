/** The columns of a table to learn from, and why others are left out. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { shown } from '../limits.ts';
import { place, type RawColumn, type RawTable } from '../read/raw.ts';
import type { ColumnReport, Notice, NoticeCode, ReadOptions } from '../report.ts';
import type { Column } from '../table.ts';
import { type FeatureColumn, featureColumn } from './features.ts';
import { ownValue, type Reading } from './reading.ts';
import { scanColumn } from './scan.ts';
import type { ColumnRole } from './target-choice.ts';

/** `index`: of the column in the file. */
function featureOf(raw: RawTable, index: number, reading: Reading, options: ReadOptions): Result<FeatureColumn> {
  const column = raw.columns[index] as RawColumn;
  const scan = scanColumn(column, reading.isMissing, reading.usual);
  return featureColumn(column, scan, {
    ...reading,
    index,
    override: ownValue(options.columns, column.name),
    place: (row) => place(raw, row, column.name),
    rowAt: (row) => raw.origin?.[row] ?? row,
  });
}

/** What a column may be where nobody says what is to be predicted. */
export function roleOf(raw: RawTable, index: number, reading: Reading, options: ReadOptions): ColumnRole {
  const column = raw.columns[index] as RawColumn;
  const found = featureOf(raw, index, reading, options);
  // What is refused is refused where it stands, not passed over.
  if (!found.ok) return 'any';
  const isNamed = column.nameless !== true || raw.columns.every(({ nameless }) => nameless);
  if (found.value.column !== undefined) return isNamed ? 'any' : 'feature';
  if (found.value.spare !== undefined) return 'feature';
  const { kind, distinct } = found.value.report;
  return isNamed && (kind !== 'text' || distinct === 0) ? 'constant' : 'none';
}

interface FeaturesRead {
  readonly columns: readonly Column[];
  readonly reports: readonly ColumnReport[];
  readonly notices: readonly Notice[];
}

/** `target`: the column to be predicted, if there is one. */
export function readFeatures(
  raw: RawTable,
  target: { readonly index: number; readonly report: ColumnReport } | undefined,
  reading: Reading,
  options: ReadOptions,
): Result<FeaturesRead> {
  const found: FeatureColumn[] = [];
  for (const index of raw.columns.keys()) {
    if (index === target?.index) {
      found.push({ report: target.report, notices: [] });
      continue;
    }
    const feature = featureOf(raw, index, reading, options);
    if (!feature.ok) return feature;
    found.push(feature.value);
  }
  // Where nothing else is left, what counts up with the rows is a quantity.
  const isBare = found.every(({ column }) => column === undefined);
  const taken = found.map((feature) => (isBare && feature.spare ? feature.spare : feature));
  const columns = taken.flatMap(({ column }) => column ?? []);
  const notices = taken.flatMap((feature) => feature.notices);
  if (columns.length === 0) return fail('dataset_malformed', nothingLeft(raw, notices));
  return ok({ columns, reports: taken.map((feature) => feature.report), notices });
}

/** Columns that evidence names. */
const NAMED_MAX = 3;
const LEFT_OUT: Readonly<Partial<Record<NoticeCode, string>>> = {
  column_text: 'is free text or identifiers',
  column_constant: 'never changes',
  column_empty: 'is missing everywhere',
  column_index: 'numbers the rows',
};

function nothingLeft({ columns }: RawTable, notices: readonly Notice[]): string {
  const why = notices.flatMap(({ code, name }) => {
    const reason = LEFT_OUT[code];
    return reason === undefined || name === undefined ? [] : [`${shown(name)} ${reason}`];
  });
  const named = why.slice(0, NAMED_MAX).join(', ') + (why.length > NAMED_MAX ? ', ...' : '');
  const single = columns.length === 1 ? 'the file has one column (, ; tab or | part cells)' : '';
  const reasons = [named, single].filter((text) => text !== '').join('; ');
  return `no column is left to learn from${reasons === '' ? '' : `: ${reasons}`}`;
}

/** From inferred words to a column of a table, or to the notice why it is left out. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { F32_MAX, utf8 } from '../fault.ts';
import { shortened, shown } from '../limits.ts';
import type { RawColumn } from '../read/raw.ts';
import type { ColumnOverride, ColumnReport, Notice } from '../report.ts';
import type { Column } from '../table.ts';
import { categoriesOf, categoryNames, foldedNotice } from './categories.ts';
import { asKind, type Inferred, inferColumn, type ReadingRules } from './column.ts';
import { indexKind } from './index-column.ts';
import { rowOf, type Scan } from './scan.ts';

export interface FeatureColumn {
  /** Absent where the column is left out. */
  readonly column?: Column;
  /** Of a column that is left out because it counts up with the rows: what it is where nothing else is left. */
  readonly spare?: FeatureColumn;
  readonly report: ColumnReport;
  readonly notices: readonly Notice[];
}

const EXAMPLES = 3;

export function reportOf(
  scan: Scan,
  name: string,
  role: ColumnReport['role'],
  kind: ColumnReport['kind'],
  values?: Float64Array,
): ColumnReport {
  const finite = kind === 'number' && values ? [...values].filter(Number.isFinite) : [];
  const range = finite.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  return {
    name,
    role,
    kind,
    missing: scan.missing,
    missingWords: scan.missingWords.slice(0, EXAMPLES).map(shortened),
    distinct: scan.words.length,
    examples: scan.words.slice(0, EXAMPLES).map(shortened),
    ...(finite.length > 0 ? { least: range[0], most: range[1] } : {}),
  };
}

function categoryColumn(scan: Scan, name: string): Result<Column> {
  const { categories, codes } = categoriesOf(scan, categoryNames(scan).names);
  const { categoriesMax, nameBytesMax } = TABLE_LIMITS;
  if (categories.length > categoriesMax) {
    return fail('too_many_cells', `column ${name} has ${categories.length} categories, at most ${categoriesMax}`, name);
  }
  const long = categories.find((category) => utf8.encode(category).length > nameBytesMax);
  if (long !== undefined) {
    return fail('too_many_cells', `column ${name}: ${shown(long)} is longer than ${nameBytesMax} bytes`, name);
  }
  return ok({ kind: 'category', name, categories, codes });
}

function columnOf(scan: Scan, name: string, inferred: Inferred, place: (row: number) => string): Result<Column> {
  if (inferred.kind !== 'number' && inferred.kind !== 'date') return categoryColumn(scan, name);
  const { kind, values } = inferred;
  const cell = (code: number) => (code < 0 ? Number.NaN : (values[code] as number));
  if (kind === 'date') return ok({ kind, name, days: Float64Array.from(scan.codes, cell) });
  const outside = rowOf(scan, (code) => Math.abs(values[code] as number) > F32_MAX);
  if (outside >= 0) {
    const word = scan.words[scan.codes[outside] as number] as string;
    return fail('cell_not_numeric', `${place(outside)}: ${shown(word)} is beyond the numbers of 32 bits`, name);
  }
  // f64 to f32 rounds; `+ 0` after it leaves one zero.
  return ok({ kind, name, values: Float32Array.from(scan.codes, (code) => Math.fround(cell(code)) + 0) });
}

/** How many different values the column would have: words that are no value of its kind count as none. */
function distinctOf(scan: Scan, inferred: Inferred): number {
  if (inferred.kind !== 'number' && inferred.kind !== 'date') return new Set(categoryNames(scan).names).size;
  const distinct = new Set(inferred.values);
  return distinct.size - (distinct.has(Number.NaN) ? 1 : 0);
}

/** Some cells that are missing tell rows apart as well as values do, so such a column is not constant. */
const isConstant = (scan: Scan, distinct: number, inferred: Inferred): boolean =>
  distinct === 1 &&
  scan.missing === 0 &&
  (inferred.kind === 'category' || inferred.kind === 'text' || !inferred.values.some(Number.isNaN));

/** A column of the file: its place there, how its cells are read, and where in the file they are. */
export interface ColumnSource extends ReadingRules {
  readonly index: number;
  readonly override?: ColumnOverride | undefined;
  /** "row r, column c" of a row, for evidence. */
  readonly place: (row: number) => string;
  /** Index of a row in the file. */
  readonly rowAt: (row: number) => number;
}

export function featureColumn(raw: RawColumn, scan: Scan, source: ColumnSource): Result<FeatureColumn> {
  const { name } = raw;
  const { override, place } = source;
  const leftOut = (kind: ColumnReport['kind'], notices: readonly Notice[]): Result<FeatureColumn> =>
    ok({ report: reportOf(scan, name, 'leftOut', kind), notices });
  if (override === 'ignore') return leftOut('text', []);
  if (scan.words.length === 0) return leftOut('text', [{ code: 'column_empty', name }]);
  const inferred = override ? ok(asKind(scan, name, override, source)) : inferColumn(scan, name, source, place);
  if (!inferred.ok) return inferred;
  const { kind, notices } = inferred.value;
  const distinct = distinctOf(scan, inferred.value);
  if (distinct === 0) return leftOut('text', [...notices, { code: 'column_empty', name }]);
  if (isConstant(scan, distinct, inferred.value)) {
    return leftOut(kind, [{ code: 'column_constant', name, example: shown(scan.words[0] as string) }]);
  }
  if (kind === 'text') return leftOut(kind, notices);
  const column = columnOf(scan, name, inferred.value, place);
  if (!column.ok) return column;
  const { values, dayFirst, unit, sign } = 'values' in inferred.value ? inferred.value : {};
  const named: Notice[] = raw.nameless ? [{ code: 'column_named', name }] : [];
  const more = kind === 'category' ? foldedNotice(categoryNames(scan), name) : mergedNotice(column.value, scan, values);
  const feature: FeatureColumn = {
    column: column.value,
    report: {
      ...reportOf(scan, name, 'feature', kind, values),
      ...(dayFirst === undefined ? {} : { dayFirst }),
      ...(unit === undefined ? {} : { unit }),
      ...(sign === undefined ? {} : { sign }),
    },
    notices: [...named, ...notices, ...more],
  };
  const mayCount = override === undefined && kind === 'number' && unit === undefined;
  const index = mayCount ? indexKind(raw, scan, values as Float64Array, source) : undefined;
  if (index === undefined) return ok(feature);
  const left = { report: reportOf(scan, name, 'leftOut', kind), notices: [{ code: 'column_index', name } as const] };
  return ok(index === 'counting' ? { ...left, spare: feature } : left);
}

/** Fewer fractions may fall together: they are written to more figures than were measured. */
const MERGED_SHARE = 0.5;

/** Where values that the file tells apart are one in 32 bits. */
function mergedNotice({ kind, name }: Column, scan: Scan, values: Float64Array | undefined): Notice[] {
  if (kind !== 'number' || values === undefined) return [];
  const wordOf = new Map<number, number>();
  let [count, example] = [0, ''];
  values.forEach((value, word) => {
    const rounded = Math.fround(value);
    const other = wordOf.get(rounded);
    if (other === undefined) wordOf.set(rounded, word);
    else if (values[other] !== value && !Number.isNaN(value)) {
      count++;
      example ||= scan.words[word] as string;
    }
  });
  const least = values.every(Number.isInteger) ? 1 : Math.ceil(values.length * MERGED_SHARE);
  return count < Math.max(1, least) ? [] : [{ code: 'numbers_merged', name, count, example: shown(example) }];
}

/** From inferred words to a column of a table, or to the notice why it is left out. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { F32_MAX, utf8 } from '../fault.ts';
import { shortened, shown } from '../limits.ts';
import { compareTexts } from '../order.ts';
import type { RawColumn } from '../read/raw.ts';
import type { ColumnOverride, ColumnReport, Notice } from '../report.ts';
import { type Column, MISSING } from '../table.ts';
import { asKind, type Inferred, inferColumn, isLongNumber, type ReadingRules } from './column.ts';
import { rowOf, type Scan } from './scan.ts';

export interface FeatureColumn {
  /** Absent where the column is left out. */
  readonly column?: Column;
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

/** Names that a column of row numbers has. */
const INDEX_NAMES: readonly RegExp[] = [
  /^(?:(?:row|record)[\s_-]?(?:id|no|num|number|index)|id|index|no\.?|.*[\s_-]id|unnamed: \d+)$/i,
  /^.*[a-z](?:Id|ID)$/,
  /^(?:序号|行号|.*编号)$/,
];

/** Row numbers say nothing of a row: whole numbers, all different, under a name for that, or under none and one after the other. */
function isIndex(raw: RawColumn, index: number, scan: Scan, inferred: Inferred): boolean {
  if (
    inferred.kind !== 'number' ||
    scan.missing > 0 ||
    scan.words.length !== scan.codes.length ||
    scan.codes.length < 2
  ) {
    return false;
  }
  const { values } = inferred;
  if (!values.every(Number.isInteger)) return false;
  // All are different, so words are in the order of the rows.
  const isCounting = values.every((value, i) => i === 0 || value === (values[i - 1] as number) + 1);
  return INDEX_NAMES.some((pattern) => pattern.test(raw.name)) || (raw.nameless === true && index === 0 && isCounting);
}

/** The code that each word has among categories in order of their bytes; equal numbers are one category. */
export function categoriesOf(scan: Scan, names: readonly string[]): { categories: string[]; codes: Int32Array } {
  const categories = [...new Set(names)].sort(compareTexts);
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  const codes = names.map((name) => codeOf.get(name) as number);
  return { categories, codes: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))) };
}

/** One spelling for one number, where all words are numbers; otherwise the words. Texts that are not Unicode are made so. */
export function categoryNames(scan: Scan): string[] {
  const numbers = scan.words.map((word) => (isLongNumber(word) ? Number.NaN : Number(word)));
  if (numbers.every(Number.isFinite)) return numbers.map((value) => String(value + 0));
  return scan.words.map((word) => word.toWellFormed());
}

function categoryColumn(scan: Scan, name: string): Result<Column> {
  const names = categoryNames(scan);
  const { categories, codes } = categoriesOf(scan, names);
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
  if (inferred.kind !== 'number' && inferred.kind !== 'date') return new Set(categoryNames(scan)).size;
  const distinct = new Set(inferred.values);
  return distinct.size - (distinct.has(Number.NaN) ? 1 : 0);
}

/** Some cells that are missing tell rows apart as well as values do, so such a column is not constant. */
const isConstant = (scan: Scan, distinct: number, inferred: Inferred): boolean =>
  distinct === 1 &&
  scan.missing === 0 &&
  (inferred.kind === 'category' || inferred.kind === 'text' || !inferred.values.some(Number.isNaN));

export function featureColumn(
  raw: RawColumn,
  index: number,
  scan: Scan,
  rules: ReadingRules & { readonly override?: ColumnOverride | undefined },
  place: (row: number) => string,
): Result<FeatureColumn> {
  const { name } = raw;
  const { override } = rules;
  const leftOut = (kind: ColumnReport['kind'], notices: readonly Notice[]): Result<FeatureColumn> =>
    ok({ report: reportOf(scan, name, 'leftOut', kind), notices });
  if (override === 'ignore') return leftOut('text', []);
  if (scan.words.length === 0) return leftOut('text', [{ code: 'column_empty', name }]);
  const inferred = override ? ok(asKind(scan, name, override, rules)) : inferColumn(scan, name, rules, place);
  if (!inferred.ok) return inferred;
  const { kind, notices } = inferred.value;
  const distinct = distinctOf(scan, inferred.value);
  if (distinct === 0) return leftOut('text', [...notices, { code: 'column_empty', name }]);
  if (isConstant(scan, distinct, inferred.value)) {
    return leftOut(kind, [{ code: 'column_constant', name, example: shown(scan.words[0] as string) }]);
  }
  if (kind === 'text') return leftOut(kind, notices);
  if (!override && isIndex(raw, index, scan, inferred.value)) return leftOut(kind, [{ code: 'column_index', name }]);
  const column = columnOf(scan, name, inferred.value, place);
  if (!column.ok) return column;
  const values = 'values' in inferred.value ? inferred.value.values : undefined;
  const named: Notice[] = raw.nameless ? [{ code: 'column_named', name }] : [];
  return ok({
    column: column.value,
    report: reportOf(scan, name, 'feature', kind, values),
    notices: [...named, ...notices],
  });
}

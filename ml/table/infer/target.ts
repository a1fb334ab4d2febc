/** Which column is to be predicted, and whether it holds classes or values. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { F32_MAX } from '../fault.ts';
import { shown } from '../limits.ts';
import type { RawTable } from '../read/raw.ts';
import type { Notice, ReadOptions } from '../report.ts';
import type { Target } from '../table.ts';
import { CODES_MAX, inferColumn, numbersOf, type ReadingRules } from './column.ts';
import { categoriesOf, categoryNames } from './features.ts';
import { rowOf, type Scan } from './scan.ts';

/** Names that a target usually has, as a file spells them or in lower case. */
const TARGET_NAMES: readonly string[] = [
  ...['target', 'label', 'labels', 'class', 'classes', 'y', 'outcome', 'response', 'target_class'],
  ...['标签', '目标', '类别', '分类', '结果', '标注', '目标值', '目标变量'],
];

export interface TargetChoice {
  /** Index of the column, or -1 for no target. */
  readonly index: number;
  readonly notices: readonly Notice[];
}

/** unknown_column where the wanted one is not there. */
export function chooseTarget({ columns }: RawTable, wanted: string | null | undefined): Result<TargetChoice> {
  if (wanted === null) return ok({ index: -1, notices: [] });
  if (wanted !== undefined) {
    const index = columns.findIndex(({ name }) => name === wanted);
    return index < 0
      ? fail('unknown_column', `there is no column ${shown(wanted)}`, wanted)
      : ok({ index, notices: [] });
  }
  const usual = columns.findIndex(({ name }) => TARGET_NAMES.includes(name.toLowerCase()));
  const index = usual >= 0 ? usual : columns.length - 1;
  return ok({ index, notices: [{ code: 'target_chosen', name: columns[index]?.name ?? '' }] });
}

type Place = (row: number) => string;

/**
 * Whole numbers that are few and met often enough are classes: three rows each, or two where they count from 0 or 1 as codes do; two
 * values always are.
 */
function isClassNumbers(scan: Scan, values: Float64Array): boolean {
  const distinct = new Set(values);
  const present = scan.codes.length - scan.missing;
  if (!values.every(Number.isInteger) || distinct.size > CODES_MAX) return false;
  if (distinct.size <= 2) return true;
  const least = Math.min(...distinct);
  const isCounting = (least === 0 || least === 1) && Math.max(...distinct) - least === distinct.size - 1;
  return distinct.size * (isCounting ? 2 : 3) <= present;
}

/** `scan` without missing cells. Classes in ascending order, of numbers by value and of texts by their bytes. */
export function inferTarget(
  scan: Scan,
  name: string,
  rules: ReadingRules,
  task: ReadOptions['task'],
  place: Place,
): Result<{ readonly target: Target; readonly values?: Float64Array; readonly notices: readonly Notice[] }> {
  const { values, failing } = numbersOf(scan, rules.mark);
  const isNumeric = failing === 0 && !scan.pair;
  if (task === 'values' || (task === undefined && isNumeric && !isClassNumbers(scan, values))) {
    return valuesTarget(scan, name, values, place);
  }
  if (task === undefined && !isNumeric) {
    // The same slips that spoil a feature spoil a target: a text among numbers is refused where it stands.
    const inferred = inferColumn(scan, name, rules, place);
    if (!inferred.ok) return inferred;
    const isDate = inferred.value.kind === 'date';
    if (isDate) return fail('dataset_malformed', `column ${name} holds dates, which are no target`, name);
  }
  return classesTarget(scan, name, isNumeric ? values : undefined);
}

function valuesTarget(scan: Scan, name: string, values: Float64Array, place: Place) {
  const wrong = rowOf(scan, (word) => !(Math.abs(values[word] as number) <= F32_MAX));
  if (wrong >= 0) {
    return fail(
      'cell_not_numeric',
      `${place(wrong)}: ${shown(scan.words[scan.codes[wrong] as number] as string)}`,
      name,
    );
  }
  if (new Set(values).size < 2)
    return fail('target_constant', `column ${name} holds ${shown(scan.words[0] ?? '')} alone`, name);
  const cells = Float64Array.from(scan.codes, (code) => (values[code] as number) + 0);
  return ok({ target: { kind: 'values', name, values: cells } as const, values, notices: [] });
}

function classesTarget(scan: Scan, name: string, numbers: Float64Array | undefined) {
  const names = numbers ? Array.from(numbers, (value) => String(value + 0)) : categoryNames(scan);
  let { categories, codes } = categoriesOf(scan, names);
  if (numbers) ({ categories, codes } = byValue(categories, codes));
  const { classesMax, nameBytesMax } = TABLE_LIMITS;
  if (categories.length < 2) return fail('one_class', `column ${name} holds ${shown(names[0] ?? '')} alone`, name);
  if (categories.length > classesMax) {
    return fail('too_many_cells', `column ${name} has ${categories.length} classes, at most ${classesMax}`, name);
  }
  const long = categories.find((text) => text.length * 3 > nameBytesMax);
  if (long !== undefined) return fail('too_many_cells', `column ${name}: ${shown(long)} is too long for a class`, name);
  const counts = new Array<number>(categories.length).fill(0);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  if (counts.every((count) => count === 1)) {
    return fail('one_row_a_class', `column ${name}: ${counts.length} classes in ${counts.length} rows`, name);
  }
  const rare = categories.filter((_, code) => counts[code] === 1);
  const notices: Notice[] =
    rare.length > 0 ? [{ code: 'class_one_row', name, count: rare.length, example: shown(rare[0] as string) }] : [];
  return ok({
    target: { kind: 'classes', name, classes: categories, labels: Uint16Array.from(codes) } as const,
    notices,
  });
}

/** 2 before 10. */
function byValue(categories: readonly string[], codes: Int32Array) {
  const order = categories.map((_, code) => code).sort((a, b) => Number(categories[a]) - Number(categories[b]));
  const rank = new Int32Array(order.length);
  order.forEach((code, place) => {
    rank[code] = place;
  });
  return {
    categories: order.map((code) => categories[code] as string),
    codes: codes.map((code) => rank[code] as number),
  };
}

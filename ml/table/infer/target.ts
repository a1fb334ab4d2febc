/** Whether the column to be predicted holds classes or values. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { F32_MAX } from '../fault.ts';
import { shown } from '../limits.ts';
import type { Notice, ReadOptions } from '../report.ts';
import type { Target } from '../table.ts';
import { categoriesOf, categoryNames, foldedNotice, isZeroLed } from './categories.ts';
import { inferColumn, type ReadingRules } from './column.ts';
import { type Manner, mannerOf, numbersOf } from './read-numbers.ts';
import { rowOf, type Scan } from './scan.ts';

type Place = (row: number) => string;

/** Beyond so many different whole numbers they are amounts, unless their column is named as one of classes. */
const CLASS_NUMBERS_MAX = 10;
const CLASS_NAMES =
  /(?:^|[\s_.-])(?:labels?|class(?:es)?|category|cluster|type|species|digit|letter)(?:$|[\s_.-])|类别|标签|分类|类型|种类/i;

interface NumbersJudged {
  readonly areClasses: boolean;
  readonly notices: readonly Notice[];
}

/**
 * Whole numbers that are few and met often enough are classes: three rows each, or two where they count from 0 or 1 as codes do; two
 * values always are. Unless there are two, or hardly any repeat, a notice tells.
 */
function judgeNumbers(scan: Scan, values: Float64Array, name: string): NumbersJudged {
  const distinct = new Set(values);
  const present = scan.codes.length - scan.missing;
  if (!values.every(Number.isInteger)) return { areClasses: false, notices: [] };
  if (distinct.size <= 2) return { areClasses: true, notices: [] };
  // By spreading into Math.min a column of many values would overflow the stack.
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const isCounting = (least === 0 || least === 1) && most - least === distinct.size - 1;
  const isNamed = CLASS_NAMES.test(name) && (least === 0 || least === 1) && most - least < 2 * distinct.size;
  const countMax = isNamed ? TABLE_LIMITS.classesMax : CLASS_NUMBERS_MAX;
  const areMet = distinct.size * (isCounting ? 2 : 3) <= present;
  const count = distinct.size;
  if (count <= countMax && areMet) {
    return { areClasses: true, notices: [{ code: 'target_numbers_as_classes', name, count }] };
  }
  const isDoubtful = areMet && count <= TABLE_LIMITS.classesMax;
  return { areClasses: false, notices: isDoubtful ? [{ code: 'target_numbers_as_values', name, count }] : [] };
}

/** `scan` without missing cells. Classes in ascending order, of numbers by value and of texts by their bytes. */
export function inferTarget(
  scan: Scan,
  name: string,
  rules: ReadingRules,
  task: ReadOptions['task'],
  place: Place,
): Result<InferredTarget> {
  const read = numbersOf(scan, rules.mark, task === 'values');
  const { values, failing } = read;
  const isNumeric = failing === 0 && !scan.pair && !isZeroLed(scan);
  const judged = isNumeric && task === undefined ? judgeNumbers(scan, values, name) : { areClasses: true, notices: [] };
  if (task === 'values' || !judged.areClasses) {
    const manner = mannerOf(scan, read, name);
    return withNotices(valuesTarget(scan, name, values, place), [...manner.notices, ...judged.notices], manner);
  }
  if (task === undefined && !isNumeric) {
    // The same slips that spoil a feature spoil a target: a text among numbers is refused where it stands.
    const inferred = inferColumn(scan, name, rules, place);
    if (!inferred.ok) return inferred;
    const isDate = inferred.value.kind === 'date';
    if (isDate) return fail('dataset_malformed', `column ${name} holds dates, which are no target`, name);
  }
  // Classes keep what is written beside their numbers.
  const numbers = isNumeric && read.unit === undefined ? values : undefined;
  return withNotices(classesTarget(scan, name, numbers), judged.notices);
}

type InferredTarget = {
  readonly target: Target;
  readonly values?: Float64Array;
  readonly notices: readonly Notice[];
} & Pick<Manner, 'unit' | 'sign'>;

function withNotices(
  found: Result<InferredTarget>,
  more: readonly Notice[],
  written: Partial<Manner> = {},
): Result<InferredTarget> {
  if (!found.ok) return found;
  const notices = [...more, ...found.value.notices];
  return ok({ ...written, ...found.value, notices });
}

function valuesTarget(scan: Scan, name: string, values: Float64Array, place: Place): Result<InferredTarget> {
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

function classesTarget(scan: Scan, name: string, numbers: Float64Array | undefined): Result<InferredTarget> {
  const spelt = numbers ? { names: Array.from(numbers, (value) => String(value + 0)), folded: 0 } : categoryNames(scan);
  const { names } = spelt;
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
  const notices: Notice[] = foldedNotice(spelt, name);
  if (rare.length > 0) {
    notices.push({ code: 'class_one_row', name, count: rare.length, example: shown(rare[0] as string) });
  }
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

/** What a column is: numbers, dates, categories, or text that no model here learns from. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { shown } from '../limits.ts';
import type { ColumnKind, Notice } from '../report.ts';
import { isOrderOpen, parseDate } from './dates.ts';
import { type DecimalMark, parseNumber } from './numbers.ts';
import { readWords, rowOf, type Scan } from './scan.ts';

export interface ReadingRules {
  readonly mark: DecimalMark;
  readonly dayFirst?: boolean;
}

/** `values` of each word of the scan; NaN for a word that is no such value. `kind` text: left out. */
export type Inferred =
  | { readonly kind: 'number' | 'date'; readonly values: Float64Array; readonly notices: readonly Notice[] }
  | { readonly kind: 'category'; readonly notices: readonly Notice[] }
  | { readonly kind: 'text'; readonly notices: readonly Notice[] };

/** Up to so many different values may be codes of something, whether or not they are written as numbers. */
export const CODES_MAX = 20;
/** From this share of numbers on, a text among them is a slip. */
const NUMBERS_SHARE = 0.95;
/** Longest number that may be a quantity: longer ones name things. */
const DIGITS_MAX = 15;

const present = (scan: Scan): number => scan.codes.length - scan.missing;

/** Values of each word as numbers, in the file's decimal mark or, where that fails, in the other. */
export function numbersOf(scan: Scan, mark: DecimalMark): { values: Float64Array; failing: number } {
  const first = readWords(scan, (word) => parseNumber(word, mark));
  if (first.failing === 0 || mark === '.') return first;
  const second = readWords(scan, (word) => parseNumber(word, '.'));
  return second.failing < first.failing ? second : first;
}

/** As dates: month first or day first, whichever reads more cells; where both do, as the rules say. */
export function datesOf(scan: Scan, name: string, rules: ReadingRules) {
  const preferred = rules.dayFirst ?? false;
  const first = readWords(scan, (word) => parseDate(word, preferred));
  const open = scan.words.find(isOrderOpen);
  if (open === undefined) return { ...first, notices: [] };
  const second = readWords(scan, (word) => parseDate(word, !preferred));
  if (second.failing < first.failing) return { ...second, notices: [] };
  const isOpen = rules.dayFirst === undefined && second.failing === first.failing;
  const differ = first.values.some((value, i) => !Object.is(value, second.values[i]));
  const notices: Notice[] = isOpen && differ ? [{ code: 'date_order_assumed', name, example: open }] : [];
  return { ...first, notices };
}

/** More digits than a double tells apart. */
export const isLongNumber = (word: string): boolean => word.length > DIGITS_MAX && /^\d+$/.test(word);

/** Whether texts among numbers are some of a few codes, as in 2, 3, 4, "5more": each code is met again and again. */
function isCoded(scan: Scan, values: Float64Array, failing: number): boolean {
  const numbers = present(scan) - failing;
  const distinctNumbers = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  return scan.words.length <= CODES_MAX && numbers < present(scan) * NUMBERS_SHARE && distinctNumbers * 2 <= numbers;
}

/** Whether words are too many and too rare to be categories: names, remarks, identifiers. */
export function isFreeText(scan: Scan): boolean {
  const [cells, distinct] = [present(scan), scan.words.length];
  if (distinct > TABLE_LIMITS.categoriesMax) return true;
  if (scan.words.some((word) => word.length > TABLE_LIMITS.nameBytesMax / 3)) return true;
  return (distinct > CODES_MAX && distinct * 2 > cells) || (distinct === cells && cells >= 10);
}

/** `place`: "row r, column c" of a row, for evidence. */
export function inferColumn(
  scan: Scan,
  name: string,
  rules: ReadingRules,
  place: (row: number) => string,
): Result<Inferred> {
  if (scan.pair) return ok({ kind: 'category', notices: [] });
  const { values, failing } = numbersOf(scan, rules.mark);
  if (failing === 0 && !scan.words.every(isLongNumber)) return ok({ kind: 'number', values, notices: [] });
  const dates = datesOf(scan, name, rules);
  if (dates.failing === 0) return ok({ kind: 'date', values: dates.values, notices: dates.notices });
  const numbers = present(scan) - failing;
  if (failing > 0 && numbers * 2 > present(scan)) {
    if (!isCoded(scan, values, failing)) return mixed(scan, name, values, place);
    const example = scan.words.find((_, i) => Number.isNaN(values[i])) as string;
    return ok({ kind: 'category', notices: [{ code: 'category_mixed', name, example }] });
  }
  const [example] = scan.words as [string];
  if (!isFreeText(scan)) return ok({ kind: 'category', notices: [] });
  return ok({
    kind: 'text',
    notices: [{ code: 'column_text', name, count: scan.words.length, example: shown(example) }],
  });
}

function mixed(scan: Scan, name: string, values: Float64Array, place: (row: number) => string): Result<never> {
  const row = rowOf(scan, (word) => Number.isNaN(values[word]));
  const word = scan.words[scan.codes[row] as number] as string;
  return fail('cell_not_numeric', `${place(row)}: ${shown(word)}`, name);
}

/** As somebody says it is. Cells that are no such value become missing. */
export function asKind(scan: Scan, name: string, kind: ColumnKind, rules: ReadingRules): Inferred {
  if (kind === 'category') return { kind, notices: [] };
  const read = kind === 'number' ? { ...numbersOf(scan, rules.mark), notices: [] } : datesOf(scan, name, rules);
  const notices: Notice[] = [...read.notices];
  if (read.failing > 0) {
    const example = scan.words.find((_, i) => Number.isNaN(read.values[i])) as string;
    notices.push({ code: 'cells_made_missing', name, count: read.failing, example: shown(example) });
  }
  return { kind, values: read.values, notices };
}

/** What a column is: numbers, dates, categories, or text that no model here learns from. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { shown } from '../limits.ts';
import type { ColumnKind, Notice } from '../report.ts';
import { isLongNumber, isZeroLed } from './categories.ts';
import type { DecimalMark } from './numbers.ts';
import { type DatesRead, dateFault, datesOf } from './read-dates.ts';
import { mannerOf, type NumbersRead, numbersOf } from './read-numbers.ts';
import { readWords, rowOf, type Scan } from './scan.ts';
import { areStamps, parseStamp } from './stamps.ts';

export interface ReadingRules {
  readonly mark: DecimalMark;
  /** Where it was told. */
  readonly dayFirst?: boolean;
}

/** `values` of each word of the scan; NaN for a word that is no such value. `kind` text: left out. */
export type Inferred =
  | {
      readonly kind: 'number' | 'date';
      readonly values: Float64Array;
      readonly notices: readonly Notice[];
      /** Of dates whose marks leave the order of day and month open: how they were read. */
      readonly dayFirst?: boolean;
      /** Of numbers that were written with one. */
      readonly unit?: string;
      /** Of a per cent or a currency that they were written with. */
      readonly sign?: string;
    }
  | { readonly kind: 'category'; readonly notices: readonly Notice[] }
  | { readonly kind: 'text'; readonly notices: readonly Notice[] };

/** Up to so many different values may be codes of something, whether or not they are written as numbers. */
const FEW_WORDS_MAX = 20;
/** From this share of numbers or of dates on, a text among them is a slip. */
const SLIP_SHARE = 0.95;

const present = (scan: Scan): number => scan.codes.length - scan.missing;

/** Whether texts among numbers are some of a few codes, as in 2, 3, 4, "5more": each code is met again and again. */
function isCoded(scan: Scan, values: Float64Array, failing: number): boolean {
  const numbers = present(scan) - failing;
  const distinctNumbers = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  return scan.words.length <= FEW_WORDS_MAX && numbers < present(scan) * SLIP_SHARE && distinctNumbers * 2 <= numbers;
}

/** Whether words are too many and too rare to be categories: names, remarks, identifiers. */
export function isFreeText(scan: Scan): boolean {
  const [cells, distinct] = [present(scan), scan.words.length];
  if (distinct > TABLE_LIMITS.categoriesMax) return true;
  if (scan.words.some((word) => word.length > TABLE_LIMITS.nameBytesMax / 3)) return true;
  return (distinct > FEW_WORDS_MAX && distinct * 2 > cells) || (distinct === cells && cells >= 10);
}

/** `place`: "row r, column c" of a row, for evidence. */
export function inferColumn(
  scan: Scan,
  name: string,
  rules: ReadingRules,
  place: (row: number) => string,
): Result<Inferred> {
  if (scan.pair) return ok({ kind: 'category', notices: [] });
  if (isZeroLed(scan)) return textual(scan, name, [{ code: 'column_codes', name, example: zeroLed(scan) }]);
  if (areStamps(scan, name)) {
    const { values } = readWords(scan, parseStamp);
    return ok({ kind: 'date', values, notices: [{ code: 'dates_of_digits', name, example: shown(first(scan)) }] });
  }
  const read = numbersOf(scan, rules.mark);
  if (read.failing === 0 && !scan.words.every(isLongNumber)) {
    return ok({ kind: 'number', values: read.values, ...mannerOf(scan, read, name) });
  }
  const dates = datesOf(scan, name, rules.dayFirst);
  if (dates.failing === 0) {
    const { values: days, notices } = dates;
    return ok({ kind: 'date', values: days, notices, ...orderOf(dates) });
  }
  const numbers = present(scan) - read.failing;
  if (read.failing > 0 && numbers * 2 > present(scan)) {
    if (!isCoded(scan, read.values, read.failing)) return slip(scan, name, read.values, place, { kind: 'number' });
    return textual(scan, name, [mixedNotice(scan, name, read.values, 'category_mixed')]);
  }
  const dated = present(scan) - dates.failing;
  if (dated >= present(scan) * SLIP_SHARE)
    return slip(scan, name, dates.values, place, { kind: 'date', ...orderOf(dates) });
  // Dates of two orders are dates still, whichever was told.
  const most = rules.dayFirst === undefined ? dates : datesOf(scan, name, undefined);
  const isDated = (present(scan) - most.failing) * 2 > present(scan);
  return textual(scan, name, isDated ? [mixedNotice(scan, name, most.values, 'category_dated')] : []);
}

const first = ({ words }: Scan): string => words[0] as string;
const zeroLed = ({ words }: Scan): string => shown(words.find((word) => word.startsWith('0')) as string);

/** A category with these notices, or left out. */
function textual(scan: Scan, name: string, notices: readonly Notice[]): Result<Inferred> {
  if (!isFreeText(scan)) return ok({ kind: 'category', notices });
  const left: Notice = { code: 'column_text', name, count: scan.words.length, example: shown(first(scan)) };
  return ok({ kind: 'text', notices: [left] });
}

function mixedNotice(
  scan: Scan,
  name: string,
  values: Float64Array,
  code: 'category_mixed' | 'category_dated',
): Notice {
  const example = scan.words.find((_, i) => Number.isNaN(values[i])) as string;
  return { code, name, example: shown(example) };
}

interface SlipKind {
  readonly kind: 'number' | 'date';
  readonly dayFirst?: boolean;
}

function slip(
  scan: Scan,
  name: string,
  values: Float64Array,
  place: (row: number) => string,
  { kind, dayFirst }: SlipKind,
): Result<never> {
  const row = rowOf(scan, (word) => Number.isNaN(values[word]));
  const word = scan.words[scan.codes[row] as number] as string;
  const fault = kind === 'number' ? 'among numbers' : dateFault(word, dayFirst);
  const evidence = `${place(row)}: ${shown(word)} ${fault}; it counts as missing where the column is said to hold ${kind}s`;
  return fail(kind === 'number' ? 'cell_not_numeric' : 'dataset_malformed', evidence, name);
}

/** As somebody says it is. Cells that are no such value become missing. */
export function asKind(scan: Scan, name: string, kind: ColumnKind, rules: ReadingRules): Inferred {
  if (kind === 'category') return { kind, notices: [] };
  const read: KindRead = kind === 'number' ? numbersAs(scan, name, rules.mark) : datesOf(scan, name, rules.dayFirst);
  const notices: Notice[] = [...read.notices];
  if (read.failing > 0) {
    const example = scan.words.find((_, i) => Number.isNaN(read.values[i])) as string;
    notices.push({ code: 'cells_made_missing', name, count: read.failing, example: shown(example) });
  }
  return { kind, values: read.values, notices, ...orderOf(read), ...writtenWith(read) };
}

const writtenWith = ({ unit, sign }: { readonly unit?: string; readonly sign?: string }) => ({
  ...(unit === undefined ? {} : { unit }),
  ...(sign === undefined ? {} : { sign }),
});

interface KindRead extends NumbersRead, DatesRead {
  readonly sign?: string;
}

function numbersAs(scan: Scan, name: string, mark: DecimalMark): KindRead {
  const read = numbersOf(scan, mark, true);
  return { ...read, ...mannerOf(scan, read, name) };
}

const orderOf = ({ dayFirst }: { readonly dayFirst?: boolean }) => (dayFirst === undefined ? {} : { dayFirst });

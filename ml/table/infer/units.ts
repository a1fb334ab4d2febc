/** Numbers that a whole column writes in one manner: with a unit, or as times of day. One manner for all cells, or none. */
import { type DecimalMark, parseNumber } from './numbers.ts';
import { readWords, type Scan } from './scan.ts';

/** 12:30, 12:30:05.5, 1:30 pm; hours beyond 24 are of durations. */
const CLOCK = /^(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?\s*([ap]m)?$/i;

/** As the fraction of a day; NaN for what is no time. */
export function parseClock(text: string): number {
  const found = CLOCK.exec(text);
  if (!found) return Number.NaN;
  let hour = Number(found[1]);
  if (found[4] !== undefined) {
    if (hour < 1 || hour > 12) return Number.NaN;
    hour = (hour % 12) + (found[4].toLowerCase() === 'pm' ? 12 : 0);
  }
  return (hour * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0)) / 86_400;
}

/** Codes of ISO 4217 that tables often have, and what else stands before an amount. Other words before figures name things. */
const BEFORE =
  /^(USD|EUR|GBP|JPY|CNY|RMB|INR|AUD|CAD|CHF|HKD|SGD|KRW|TWD|BRL|RUB|SEK|NOK|DKK|NZD|ZAR|MXN|PLN|THB|IDR|MYR|PHP|VND|TRY|Rs\.?|(?:US|R|HK|NT|A|C)\$)\s*([+-]?[\d.].*)$/;
/** kg, sq ft, m2, K, /5. Not a mark, bracket or sign, which belong to the number. */
const AFTER = /^([+-]?[\d.,\s'\u2019]*\d\.?)\s*([^\d\s.,:;()+\-/'\u2019"][^\d]{0,15}\d?|\/\s?\d{1,4})$/;

/** A number's text and its unit. */
function parted(word: string): { readonly digits: string; readonly unit: string } | undefined {
  if (word.length > 64) return undefined;
  const before = BEFORE.exec(word);
  if (before) return { unit: before[1] as string, digits: before[2] as string };
  const after = AFTER.exec(word);
  return after ? { unit: after[2] as string, digits: after[1] as string } : undefined;
}

/** The unit that most cells have. */
function commonUnit(scan: Scan): string | undefined {
  const cells = new Map<string, number>();
  scan.words.forEach((word, i) => {
    const unit = parted(word)?.unit;
    if (unit !== undefined) cells.set(unit, (cells.get(unit) ?? 0) + (scan.counts[i] as number));
  });
  let [common, most]: [string | undefined, number] = [undefined, 0];
  for (const [unit, count] of cells) if (count > most) [common, most] = [unit, count];
  return common;
}

/** In place of a unit, of times of day. */
export const CLOCK_UNIT = 'hh:mm';

/** NaN for a word that is not written in this manner. */
export function withUnit(word: string, unit: string, mark: DecimalMark): number {
  if (unit === CLOCK_UNIT) return parseClock(word);
  const found = parted(word);
  return found?.unit === unit ? parseNumber(found.digits, mark) : Number.NaN;
}

export interface MannerRead {
  readonly values: Float64Array;
  readonly failing: number;
  readonly unit: string;
}

/** As times of day, or without the unit that most cells have; cells in another manner fail. Undefined where there is no manner. */
export function inOneManner(scan: Scan, mark: DecimalMark): MannerRead | undefined {
  const unit = scan.words.some((word) => CLOCK.test(word)) ? CLOCK_UNIT : commonUnit(scan);
  return unit === undefined ? undefined : { ...readWords(scan, (word) => withUnit(word, unit, mark)), unit };
}

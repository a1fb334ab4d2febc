/** One pass over a column: its distinct words, which of them are missing, and how often. */
import type { RawColumn, RawTable } from '../read/raw.ts';
import { type DecimalMark, parseNumber } from './numbers.ts';
import { BOOLEAN_PAIRS, booleanPair, type IsMissing, tidy } from './words.ts';

export interface Scan {
  /** Index into `words` of each cell, or -1 where it is missing. */
  readonly codes: Int32Array;
  /** Distinct tidied texts that are not missing, in order of appearance. */
  readonly words: readonly string[];
  /** Cells of each word. */
  readonly counts: readonly number[];
  /** Missing cells, and the words for them other than ''. */
  readonly missing: number;
  readonly missingWords: readonly string[];
  /** Whether the words are a no and a yes, each in the spelling that came first. */
  readonly pair?: true;
}

const PAIRED = new Set(BOOLEAN_PAIRS.flat());

/** Of a column that a text file gave; `usual` where nobody chose the words for missing cells. */
export function scanTexts(texts: readonly string[], isMissing: IsMissing, usual: boolean): Scan {
  const indexOf = new Map<string, number>();
  const codes = new Int32Array(texts.length);
  const counts: number[] = [];
  let missing = 0;
  texts.forEach((text, row) => {
    const word = tidy(text);
    if (word === '') {
      missing++;
      codes[row] = -1;
      return;
    }
    let index = indexOf.get(word);
    if (index === undefined) {
      index = indexOf.size;
      indexOf.set(word, index);
      counts.push(0);
    }
    counts[index] = (counts[index] as number) + 1;
    codes[row] = index;
  });
  const words = [...indexOf.keys()];
  const isValue = words.map((word) => !isMissing(word));
  // The Chinese for "none" is missing in a list of things, and a value beside the one for "there is".
  const pair = booleanPair(words.filter((word, i) => isValue[i] || (usual && PAIRED.has(word.toLowerCase()))));
  if (pair) return pairedScan(codes, words, counts, missing, pair);
  if (isValue.every(Boolean)) return { codes, words, counts, missing, missingWords: [] };
  return withoutMissing({ codes, words, counts, missing, missingWords: [] }, isValue);
}

function withoutMissing(scan: Scan, isValue: readonly boolean[]): Scan {
  const renamed = new Int32Array(scan.words.length);
  let next = 0;
  for (let i = 0; i < renamed.length; i++) renamed[i] = isValue[i] ? next++ : -1;
  const kept = <T>(list: readonly T[]) => list.filter((_, i) => isValue[i]);
  const lost = scan.counts.reduce((sum, count, i) => sum + (isValue[i] ? 0 : count), 0);
  return {
    codes: scan.codes.map((code) => (code < 0 ? code : (renamed[code] as number))),
    words: kept(scan.words),
    counts: kept(scan.counts),
    missing: scan.missing + lost,
    missingWords: scan.words.filter((_, i) => !isValue[i]),
  };
}

function pairedScan(
  codes: Int32Array,
  words: readonly string[],
  counts: readonly number[],
  missing: number,
  pair: readonly [string, string],
): Scan {
  const valueAt = words.map((word) => pair.indexOf(word.toLowerCase()));
  const sums = [0, 0];
  let lost = 0;
  valueAt.forEach((value, i) => {
    if (value < 0) lost += counts[i] as number;
    else sums[value] = (sums[value] as number) + (counts[i] as number);
  });
  return {
    codes: codes.map((code) => (code < 0 ? code : (valueAt[code] as number))),
    words: pair.map((_, value) => words[valueAt.indexOf(value)] as string),
    counts: sums,
    missing: missing + lost,
    missingWords: words.filter((_, i) => (valueAt[i] as number) < 0),
    pair: true,
  };
}

/** Of numbers that a binary file typed: their shortest decimal texts. */
export function scanNumbers(numbers: Float64Array): Scan {
  return scanTexts(
    Array.from(numbers, (value) => (Number.isNaN(value) ? '' : String(value + 0))),
    (word) => word === '',
    false,
  );
}

export const scanColumn = (column: RawColumn, isMissing: IsMissing, usual: boolean): Scan =>
  'texts' in column ? scanTexts(column.texts, isMissing, usual) : scanNumbers(column.numbers);

/** Value of each word, and the cells whose word has none. */
export function readWords(scan: Scan, read: (word: string) => number): { values: Float64Array; failing: number } {
  const values = Float64Array.from(scan.words, read);
  const failing = scan.counts.reduce((sum, count, i) => sum + (Number.isNaN(values[i]) ? count : 0), 0);
  return { values, failing };
}

/** The first row whose word `isAt` picks. */
export function rowOf(scan: Scan, isAt: (word: number) => boolean): number {
  return scan.codes.findIndex((code) => code >= 0 && isAt(code));
}

/**
 * The decimal mark of a file whose cells are not parted by commas: the comma when a column can only be read so, or when semicolons part
 * the cells, as spreadsheets do where the comma is the decimal mark, some cell has a mark and none needs the point. Undefined where no
 * cell shows it, and of a file whose cells are parted by commas: those have the point.
 */
export function decimalMark(raw: RawTable, separator: string, isMissing: IsMissing): DecimalMark | undefined {
  if (separator === ',') return undefined;
  let [needsPoint, isOpen] = [false, false];
  for (const column of raw.columns) {
    if (!('texts' in column)) continue;
    const reading = markReading(column.texts, isMissing);
    if (reading === 'comma') return ',';
    if (reading === 'point') needsPoint = true;
    if (reading === 'either') isOpen = true;
  }
  if (!isOpen && !needsPoint) return undefined;
  return separator === ';' && !needsPoint ? ',' : '.';
}

/** How a column's marks can be read: `none` where it has none, or holds more than numbers. */
function markReading(texts: readonly string[], isMissing: IsMissing): 'point' | 'comma' | 'either' | 'none' {
  let [point, comma, marked] = [true, true, false];
  for (const text of texts) {
    const word = tidy(text);
    if (isMissing(word)) continue;
    point &&= !Number.isNaN(parseNumber(word, '.'));
    comma &&= !Number.isNaN(parseNumber(word, ','));
    marked ||= /[.,]/.test(word);
    if (!point && !comma) return 'none';
  }
  if (!marked) return 'none';
  if (point && comma) return 'either';
  return point ? 'point' : 'comma';
}

/** Distinct texts to categories or classes: one spelling for one number, one for words that differ by case alone. */
import { compareTexts } from '../order.ts';
import type { Notice } from '../report.ts';
import { MISSING } from '../table.ts';
import type { Scan } from './scan.ts';

/** Longest number that may be a quantity: longer ones name things. */
const DIGITS_MAX = 15;
/** Shorter cells that begin with 0 are months, days and hours, whose order says more than their names do. */
const CODE_DIGITS_MIN = 3;

/** More digits than a double tells apart. */
export const isLongNumber = (word: string): boolean => word.length > DIGITS_MAX && /^\d+$/.test(word);

/** Figures of one width, some of which begin with 0, name things, as postal codes do: nobody writes a quantity so. */
export function isZeroLed({ words }: Pick<Scan, 'words'>): boolean {
  const width = words[0]?.length ?? 0;
  if (width < CODE_DIGITS_MIN || !words.every((word) => word.length === width && /^\d+$/.test(word))) return false;
  return words.some((word) => word.startsWith('0'));
}

export interface Names {
  /** Of each word of the scan: equal ones are one category. */
  readonly names: readonly string[];
  /** Spellings that were taken for another, and one of them. */
  readonly folded: number;
  readonly example?: string;
}

/** One spelling for one number, where all words are numbers; otherwise one for each word in any case. Texts are made Unicode. */
export function categoryNames(scan: Scan): Names {
  const numbers = scan.words.map((word) => (isLongNumber(word) ? Number.NaN : Number(word)));
  if (numbers.every(Number.isFinite) && !isZeroLed(scan)) {
    return { names: numbers.map((value) => String(value + 0)), folded: 0 };
  }
  return folded(
    scan.words.map((word) => word.toWellFormed()),
    scan.counts,
  );
}

/** The spelling that is met most often stands for all that differ from it by case alone; of equally frequent ones the first by bytes. */
function folded(words: readonly string[], counts: readonly number[]): Names {
  const spellings = new Map<string, number[]>();
  words.forEach((word, i) => {
    const key = word.toLowerCase();
    const same = spellings.get(key);
    if (same) same.push(i);
    else spellings.set(key, [i]);
  });
  // Single letters are often names by themselves, large and small: all but such as m, M, f and F.
  const areLetters = [...spellings.keys()].every((key) => [...key].length === 1);
  if (spellings.size === words.length || (areLetters && spellings.size > 2)) return { names: words, folded: 0 };
  const names = [...words];
  let example: string | undefined;
  for (const same of spellings.values()) {
    const kept = same.reduce((best, i) => (isBefore(i, best, words, counts) ? i : best));
    for (const i of same) {
      names[i] = words[kept] as string;
      if (i !== kept) example ??= words[i] as string;
    }
  }
  return {
    names,
    folded: words.length - spellings.size,
    ...(example === undefined ? {} : { example }),
  };
}

function isBefore(i: number, j: number, words: readonly string[], counts: readonly number[]): boolean {
  const more = (counts[i] as number) - (counts[j] as number);
  return more !== 0 ? more > 0 : compareTexts(words[i] as string, words[j] as string) < 0;
}

export function foldedNotice({ folded: count, example }: Names, name: string): Notice[] {
  return example === undefined ? [] : [{ code: 'spellings_folded', name, count, example }];
}

/** The code that each word has among categories in order of their bytes. */
export function categoriesOf(scan: Scan, names: readonly string[]): { categories: string[]; codes: Int32Array } {
  const categories = [...new Set(names)].sort(compareTexts);
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  const codes = names.map((name) => codeOf.get(name) as number);
  return { categories, codes: scan.codes.map((code) => (code < 0 ? MISSING : (codes[code] as number))) };
}

/**
 * Index among `names` of each word that a file to predict holds, or MISSING: by its text, in any case where that tells them apart, or
 * as a number in its one spelling.
 */
export function knownCodes(words: readonly string[], names: readonly string[]): number[] {
  const codeOf = new Map(names.map((name, code) => [name, code]));
  const codeOfLower = new Map(names.map((name, code) => [name.toLowerCase(), code]));
  const isFolding = codeOfLower.size === names.length;
  return words.map((word) => {
    const text = word.toWellFormed();
    const number = Number(word);
    const found = codeOf.get(text) ?? (isFolding ? codeOfLower.get(text.toLowerCase()) : undefined);
    return found ?? (Number.isFinite(number) ? codeOf.get(String(number + 0)) : undefined) ?? MISSING;
  });
}

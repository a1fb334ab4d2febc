/** Words that usually stand for a missing cell, and in a target may name a class: none beside mild and severe, - beside +. */
import type { RawColumn } from '../read/raw.ts';
import type { Notice } from '../report.ts';
import type { ReadingRules } from './column.ts';
import { numbersOf } from './read-numbers.ts';
import { scanTexts } from './scan.ts';
import { type IsMissing, missingTest, SURELY_MISSING } from './words.ts';

/** A class is met again and again: in so many cells, and in so large a part of them. */
const CELLS_MIN = 3;
const SHARE_MIN = 0.02;

export interface TargetWords {
  /** Without the words that are classes. */
  readonly isMissing: IsMissing;
  readonly notices: readonly Notice[];
}

/**
 * Of a target of texts. Numbers and yes and no have no such class, and words that somebody chose stand for what they were chosen for
 * (`usual` is false).
 */
export function targetWords(
  column: RawColumn,
  rules: ReadingRules & { readonly isMissing: IsMissing; readonly usual: boolean },
): TargetWords {
  const { isMissing, usual, mark } = rules;
  const none: TargetWords = { isMissing, notices: [] };
  if (!usual || !('texts' in column)) return none;
  const scan = scanTexts(column.texts, missingTest(SURELY_MISSING), true);
  const isDoubtful = scan.words.map(isMissing);
  const [cells, words] = [new Map<string, number>(), new Map<string, string>()];
  scan.words.forEach((word, i) => {
    if (!isDoubtful[i]) return;
    const key = word.toLowerCase();
    cells.set(key, (cells.get(key) ?? 0) + (scan.counts[i] as number));
    if (!words.has(key)) words.set(key, word);
  });
  const least = Math.max(CELLS_MIN, (scan.codes.length - scan.missing) * SHARE_MIN);
  const classes = [...cells].filter(([, count]) => count >= least);
  if (scan.pair || classes.length === 0) return none;
  const usualScan = scanTexts(column.texts, isMissing, true);
  const { failing } = numbersOf(usualScan, mark);
  const present = usualScan.codes.length - usualScan.missing;
  // Where most are numbers, the rest are slips or missing, as in any column.
  if (usualScan.pair || (present - failing) * 2 > present) return none;
  const named = new Set(classes.map(([key]) => key));
  return {
    isMissing: (word) => isMissing(word) && !named.has(word.toLowerCase()),
    notices: classes.map(([key, count]) => ({
      code: 'target_words_as_classes',
      name: column.name,
      count,
      example: words.get(key) as string,
    })),
  };
}

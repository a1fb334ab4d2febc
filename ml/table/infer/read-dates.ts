/** The words of a column as dates, all in one order of day and month. */
import { shown } from '../limits.ts';
import type { Notice } from '../report.ts';
import { isOrderOpen, parseDate } from './dates.ts';
import { readWords, type Scan } from './scan.ts';
import { parseStamp } from './stamps.ts';

export interface DatesRead {
  readonly values: Float64Array;
  readonly failing: number;
  readonly notices: readonly Notice[];
  /** Of dates whose marks leave the order open: how they were read. */
  readonly dayFirst?: boolean;
}

function inOrder(scan: Scan, dayFirst: boolean) {
  return readWords(scan, (word) => {
    const day = parseDate(word, dayFirst);
    return Number.isNaN(day) ? parseStamp(word) : day;
  });
}

/**
 * Of a table, where a column shows its order: whichever reads more cells; where both read as many, the month first. An order that was told
 * gives way, with a notice, only to one that loses no cell beside: it may have been told of another column.
 */
export function datesOf(scan: Scan, name: string, told: boolean | undefined): DatesRead {
  const preferred = told ?? false;
  const first = inOrder(scan, preferred);
  const open = scan.words.find(isOrderOpen);
  if (open === undefined) return { ...first, notices: [] };
  const second = inOrder(scan, !preferred);
  const losesNone = second.values.every((value, i) => !Number.isNaN(value) || Number.isNaN(first.values[i]));
  if (second.failing < first.failing && (told === undefined || losesNone)) {
    const odd = scan.words.find((_, i) => Number.isNaN(first.values[i]) && !Number.isNaN(second.values[i])) as string;
    const code = preferred ? 'date_month_first' : 'date_day_first';
    return {
      ...second,
      notices: told === undefined ? [] : [{ code, name, example: shown(odd) }],
      dayFirst: !preferred,
    };
  }
  const isOpen = told === undefined && second.failing === first.failing;
  const differ = first.values.some((value, i) => !Object.is(value, second.values[i]));
  const notices: Notice[] = isOpen && differ ? [{ code: 'date_order_assumed', name, example: open }] : [];
  return { ...first, notices, dayFirst: preferred };
}

/** As rows to predict are read: in the order that the table had, or is told, whatever the rows beside show. */
export function datesAgain(scan: Scan, name: string, dayFirst: boolean | undefined): DatesRead {
  return dayFirst === undefined ? datesOf(scan, name, undefined) : { ...inOrder(scan, dayFirst), notices: [] };
}

/** Why a word is no date, where one of another order of day and month is one. */
export function dateFault(word: string, dayFirst: boolean | undefined): string {
  const isOther = dayFirst !== undefined && isOrderOpen(word) && !Number.isNaN(parseDate(word, !dayFirst));
  return isOther ? `is no date with the ${dayFirst ? 'day' : 'month'} first` : 'is no date';
}

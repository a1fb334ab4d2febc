/** How the cells of a file are to be read: as somebody said, or as the cells themselves show. */
import type { RawTable } from '../read/raw.ts';
import type { Notice, ReadOptions } from '../report.ts';
import type { ReadingRules } from './column.ts';
import type { DecimalMark } from './numbers.ts';
import { decimalMark } from './scan.ts';
import { type IsMissing, missingTest } from './words.ts';

export interface Reading extends ReadingRules {
  readonly isMissing: IsMissing;
  /** Nobody chose the words for missing cells. */
  readonly usual: boolean;
  /** The mark, where a cell shows it or somebody told it. */
  readonly decimal?: DecimalMark;
}

/** How this file's cells are to be read. A notice says so where the comma is its decimal mark. */
export function readingOf(raw: RawTable, separator: string, options: ReadOptions): Reading & { notices: Notice[] } {
  const isMissing = missingTest(options.missing);
  // Of commas that part cells none is a mark.
  const told = separator === ',' ? undefined : options.decimal;
  const decimal = told ?? decimalMark(raw, separator, isMissing);
  const mark = decimal ?? '.';
  return {
    isMissing,
    usual: options.missing === undefined,
    mark,
    ...(decimal === undefined ? {} : { decimal }),
    ...(options.dayFirst === undefined ? {} : { dayFirst: options.dayFirst }),
    notices: mark === ',' && told === undefined ? [{ code: 'decimal_comma' }] : [],
  };
}

export const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;

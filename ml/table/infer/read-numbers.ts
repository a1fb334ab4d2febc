/** The words of a column as numbers: plain ones, or all in one manner. */
import { shown } from '../limits.ts';
import type { Notice } from '../report.ts';
import { type DecimalMark, parseNumber } from './numbers.ts';
import { readWords, type Scan } from './scan.ts';
import { type SignsRead, signsOf } from './signs.ts';
import { CLOCK_UNIT, inOneManner, withUnit } from './units.ts';

export interface NumbersRead {
  readonly values: Float64Array;
  readonly failing: number;
  /** What all cells have beside their numbers, or CLOCK_UNIT of times. */
  readonly unit?: string;
}

/** Values of each word as plain numbers, in the file's decimal mark or, where that fails, in the other. */
function plainNumbers(scan: Scan, mark: DecimalMark): NumbersRead {
  const first = readWords(scan, (word) => parseNumber(word, mark));
  if (first.failing === 0 || mark === '.') return first;
  const second = readWords(scan, (word) => parseNumber(word, '.'));
  return second.failing < first.failing ? second : first;
}

/**
 * Values of each word as numbers, plain ones or with one unit. `isKnown`: that they are numbers is no question, so the reading that
 * fails least is taken; otherwise a unit is one only if every cell has it.
 */
export function numbersOf(scan: Scan, mark: DecimalMark, isKnown = false): NumbersRead {
  const plain = plainNumbers(scan, mark);
  if (plain.failing === 0) return plain;
  const most = isKnown ? plain.failing : 1;
  const marks: readonly DecimalMark[] = mark === '.' ? ['.', ','] : [',', '.'];
  for (const one of marks) {
    const other = inOneManner(scan, one);
    if (other !== undefined && other.failing < most) return other;
  }
  return plain;
}

/** As rows to predict are read: plain numbers, and those with the unit that the model learned them with. */
export function numbersAgain(scan: Scan, mark: DecimalMark, unit: string | undefined): NumbersRead {
  const plain = plainNumbers(scan, mark);
  if (unit === undefined || plain.failing === 0) return plain;
  return readWords(scan, (word) => {
    const value = parseNumber(word, mark);
    return Number.isNaN(value) ? withUnit(word, unit, mark) : value;
  });
}

/** What numbers are written with, to be told and kept. */
export type Manner = SignsRead & Pick<NumbersRead, 'unit'>;

export function mannerOf(scan: Scan, { values, unit }: NumbersRead, name: string): Manner {
  if (unit === undefined) return signsOf(scan, values, name);
  const notice: Notice =
    unit === CLOCK_UNIT ? { code: 'times_as_days', name } : { code: 'unit_dropped', name, example: shown(unit) };
  return { unit, notices: [notice] };
}

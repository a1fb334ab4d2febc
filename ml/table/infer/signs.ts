/** Signs at numbers that change what they mean: a per cent, and whose money. Cells with and without, or with several, are told. */
import { shown } from '../limits.ts';
import type { Notice } from '../report.ts';
import { rowOf, type Scan } from './scan.ts';

const CURRENCY = /^[+-]?\s*\(?\s*([$€£¥₩₹])|([$€£¥元円₩₹])\)?$/;
export const PER_CENT = '%';

/** Of a number's text: %, or the sign of a currency; ¥ also where it is written 元 or 円. Undefined of a plain one. */
export function signOf(word: string): string | undefined {
  if (word.endsWith(PER_CENT)) return PER_CENT;
  const found = CURRENCY.exec(word);
  const sign = found?.[1] ?? found?.[2];
  return sign === '元' || sign === '円' ? '¥' : sign;
}

interface Cells {
  count: number;
  readonly example: string;
}

/** Cells of each sign, '' of none; without those of no value and of 0, which is the same in hundredths. */
function cellsBySign(scan: Scan, values: Float64Array): Map<string, Cells> {
  const cells = new Map<string, Cells>();
  scan.words.forEach((word, i) => {
    const value = values[i] as number;
    if (Number.isNaN(value) || value === 0) return;
    const [sign, count] = [signOf(word) ?? '', scan.counts[i] as number];
    const before = cells.get(sign);
    if (before) before.count += count;
    else cells.set(sign, { count, example: word });
  });
  return cells;
}

const total = (cells: readonly Cells[]): number => cells.reduce((sum, { count }) => sum + count, 0);

function told(code: Notice['code'], name: string, cells: readonly Cells[]): Notice[] {
  const [first] = cells;
  return first === undefined ? [] : [{ code, name, count: total(cells), example: shown(first.example) }];
}

export interface SignsRead {
  /** That the numbers have: most of them where it is the per cent, and no other where it is a currency's. */
  readonly sign?: string;
  readonly notices: readonly Notice[];
}

/** Of a column to learn from. */
export function signsOf(scan: Scan, values: Float64Array, name: string): SignsRead {
  const cells = cellsBySign(scan, values);
  const perCents = cells.get(PER_CENT);
  if (perCents) {
    const others = [...cells].flatMap(([sign, one]) => (sign === PER_CENT ? [] : [one]));
    if (total(others) > perCents.count) return { notices: told('per_cent_among', name, [perCents]) };
    return { sign: PER_CENT, notices: told('per_cent_lacking', name, others) };
  }
  const currencies = [...cells].filter(([sign]) => sign !== '').sort(([, a], [, b]) => b.count - a.count);
  const [most, ...others] = currencies;
  if (most === undefined) return { notices: [] };
  if (others.length === 0) return { sign: most[0], notices: [] };
  return {
    notices: told(
      'currencies_mixed',
      name,
      others.map(([, one]) => one),
    ),
  };
}

/** Of rows to predict, where the table's numbers had this sign. Without one they may have been plain. */
export function signNotices(scan: Scan, values: Float64Array, name: string, sign: string | undefined): Notice[] {
  const cells = cellsBySign(scan, values);
  const perCents = cells.get(PER_CENT);
  if (sign !== PER_CENT) return told('per_cent_among', name, perCents ? [perCents] : []);
  const others = [...cells].flatMap(([one, at]) => (one === PER_CENT ? [] : [at]));
  return told('per_cent_lacking', name, others);
}

/** The first row with the sign of another currency than the table's, or -1. */
export function otherCurrency(scan: Scan, sign: string | undefined): number {
  if (sign === undefined || sign === PER_CENT) return -1;
  const others = scan.words.map((word) => ![undefined, PER_CENT, sign].includes(signOf(word)));
  return rowOf(scan, (word) => others[word] === true);
}

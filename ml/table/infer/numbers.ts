/** Numbers as people write them. Both marks of a decimal fraction are read; which one a column uses is decided over all its cells. */

/** Decimal digits with a point, or an exponent. */
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
/** 1,234,567.89, and 12,34,567.89 as in India. No group begins with 0: 0,123 is a fraction. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/;
const GROUPED_INDIAN = /^[+-]?[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d*)?$/;
/** 1234,5 and 1.234.567,89, also with spaces or apostrophes between the groups. */
const COMMA = /^[+-]?\d+,\d+(?:[eE][+-]?\d{1,4})?$/;
const GROUPED_COMMA = /^[+-]?[1-9]\d{0,2}(?:[.\s'\u2019]\d{3})+(?:,\d*)?$/;
const GROUPED_SPACE = /^[+-]?[1-9]\d{0,2}(?:[\s'\u2019]\d{3})+(?:\.\d*)?$/;

const CURRENCY = /^([+-]?)\s*[$€£¥₩₹]\s*|\s*[$€£¥元円₩₹]$/g;

/** Without the sign of a currency; a per cent as its hundredth; in brackets, as bookkeepers write it, negative. NaN for no number. */
function amount(text: string, read: (digits: string) => number): number {
  const direct = read(text);
  if (!Number.isNaN(direct)) return direct;
  const owed = /^\(\s*([^()+-]+?)\s*\)$/.exec(text.replace(/^[$€£¥₩₹]\s*(?=\()/, ''));
  if (owed) return -amount(owed[1] as string, read);
  if (text.endsWith('%')) return read(text.slice(0, -1).trimEnd()) / 100;
  const bare = text.replace(CURRENCY, '$1');
  return bare === text ? Number.NaN : read(bare);
}

const withPoint = (text: string): number => {
  if (PLAIN.test(text)) return Number(text);
  if (GROUPED.test(text) || GROUPED_INDIAN.test(text)) return Number(text.replaceAll(',', ''));
  return GROUPED_SPACE.test(text) ? Number(text.replace(/[\s'\u2019]/g, '')) : Number.NaN;
};

const withComma = (text: string): number => {
  if (COMMA.test(text)) return Number(text.replace(',', '.'));
  if (GROUPED_COMMA.test(text)) return Number(text.replace(/[.\s'\u2019]/g, '').replace(',', '.'));
  return /^[+-]?\d+(?:[eE][+-]?\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
};

export type DecimalMark = '.' | ',';

/** A tidied text as a number; NaN if it is none. Infinity for a number that no double holds. */
export function parseNumber(text: string, mark: DecimalMark): number {
  // Longer than any double is written: what follows need not be quick on free text.
  if (text.length > 64) return Number.NaN;
  return amount(text, mark === '.' ? withPoint : withComma);
}

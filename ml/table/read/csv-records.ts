/** Records of separated values, and what parts their cells. */
import Papa from 'papaparse';

/** What the separator and the line's end are guessed from. */
export const SAMPLE_CHARACTERS = 1 << 16;
const SAMPLE_RECORDS = 50;
const SEPARATORS = [',', ';', '\t', '|'] as const;

/** `badQuote`: index of the record with a quote that does not end its cell, or -1. */
type Records = { readonly data: string[][]; readonly cursor: number; readonly badQuote: number };

/** `isWhole`: no more text follows. Otherwise the last record, which may be cut, is left for the next time. */
export function parseRecords(
  text: string,
  separator: string,
  newline: '\n' | '\r',
  isWhole: boolean,
  preview = 0,
): Records {
  const parser = new Papa.Parser({ delimiter: separator, newline, preview } as Papa.ParseConfig);
  const { data, errors, meta } = parser.parse(text, 0, !isWhole) as Papa.ParseResult<string[]>;
  // A record that is cut may seem to have such a quote: only whole ones are judged.
  // What is behind the last line's end is no record. Of a single column it would be a row without its cell.
  if (isWhole && text.endsWith(newline) && data.at(-1)?.join('') === '') data.pop();
  const fault = errors.find(({ type, row = 0 }) => type === 'Quotes' && (isWhole || row < data.length));
  return { data, cursor: meta.cursor, badQuote: fault ? (fault.row ?? 0) : -1 };
}

/** A cell in quotes, closed or not; or what ends a line. A return at the end may be half of one. */
const QUOTED_OR_END = /(?:^|(?<=[,;\t|\r\n])) *"[^"]*(?:""[^"]*)*(?:"|$)|\r\n|\n|\r(?!$)/g;

/** What ends the lines: a return alone where more of those than of line feeds stand outside quotes. */
export function newlineOf(text: string): '\n' | '\r' {
  const found = [...text.slice(0, SAMPLE_CHARACTERS).matchAll(QUOTED_OR_END)].map(([one]) => one);
  const returns = found.filter((one) => one === '\r').length;
  const feeds = found.filter((one) => one === '\n' || one === '\r\n').length;
  return returns > feeds ? '\r' : '\n';
}

/** The separator that gives most records as many cells as the header, and more than one. */
export function guessSeparator(sample: string, newline: '\n' | '\r', isWhole: boolean): string | undefined {
  let [best, bestScore]: [string | undefined, number] = [undefined, 0];
  for (const separator of SEPARATORS) {
    const { data } = parseRecords(sample, separator, newline, isWhole, SAMPLE_RECORDS);
    const records = data.filter((record) => record.length > 1 || record[0]?.trim() !== '');
    const width = records[0]?.length ?? 0;
    if (width < 2) continue;
    const score = records.filter(({ length }) => length === width).length / records.length;
    if (score > bestScore) [best, bestScore] = [separator, score];
  }
  return best;
}

/**
 * Where a quote comes after spaces, as in `1, "a, b"`, the parser would take it for a part of the cell: the pattern finds spaces to take
 * out. Undefined where there are none, or where what follows them is no quoted cell. Two quotes are one within a cell.
 */
export function spacesBeforeQuotes(sample: string, separator: string, newline: '\n' | '\r', isWhole: boolean) {
  const pattern = new RegExp(`(^|[\\r\\n${separator}]) +(?="(?!"))`, 'g');
  const without = sample.replace(pattern, '$1');
  if (without === sample) return undefined;
  return parseRecords(without, separator, newline, isWhole, SAMPLE_RECORDS).badQuote < 0 ? pattern : undefined;
}

/** Numbers in a line that spaces part. */
const spacedNumbers = (line: string): number => line.split(/\s+/).filter((word) => DECIMAL.test(word)).length;

/** Whether no separator parts the cells, and spaces do: each of most lines has several numbers. */
export function isSpaced(sample: string, newline: '\n' | '\r'): boolean {
  const lines = sample.split(newline, SAMPLE_RECORDS + 1).filter((line) => line.trim() !== '');
  const rows = lines.slice(1, SAMPLE_RECORDS);
  return rows.length > 0 && rows.filter((line) => spacedNumbers(line) > 1).length * 5 >= rows.length * 4;
}

export const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

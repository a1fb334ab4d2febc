/** Separated values: RFC 4180 and what spreadsheets make of it, record by record, so that a file is never held as one text. */
import Papa from 'papaparse';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { READ_LIMITS } from '../limits.ts';
import type { Notice, ReadOptions } from '../report.ts';
import { madeUpName, type RawColumn, type RawTable } from './raw.ts';

export interface CsvTable {
  readonly raw: RawTable;
  readonly separator: string;
  readonly notices: readonly Notice[];
}

/** What the separator and the line's end are guessed from. */
const SAMPLE_CHARACTERS = 1 << 16;
const SAMPLE_RECORDS = 50;
const SEPARATORS = [',', ';', '\t', '|'] as const;

/** `badQuote`: index of the record with a quote that does not end its cell, or -1. */
type Records = { readonly data: string[][]; readonly cursor: number; readonly badQuote: number };

/** `isWhole`: no more text follows. Otherwise the last record, which may be cut, is left for the next time. */
function parseRecords(text: string, separator: string, newline: '\n' | '\r', isWhole: boolean, preview = 0): Records {
  const parser = new Papa.Parser({ delimiter: separator, newline, preview } as Papa.ParseConfig);
  const { data, errors, meta } = parser.parse(text, 0, !isWhole) as Papa.ParseResult<string[]>;
  // A record that is cut may seem to have such a quote: only whole ones are judged.
  const fault = errors.find(({ type, row = 0 }) => type === 'Quotes' && (isWhole || row < data.length));
  return { data, cursor: meta.cursor, badQuote: fault ? (fault.row ?? 0) : -1 };
}

/** The separator that gives most records as many cells as the header, and more than one; the comma where none does. */
function guessSeparator(sample: string, newline: '\n' | '\r', isWhole: boolean): string {
  let [best, bestScore] = [',', 0];
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

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Numbers alone in the first line are a row, which would be lost as names. Fractions are never names. */
function isHeader(names: readonly string[]): boolean {
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  if (given.every((name) => DECIMAL.test(name))) return false;
  return given.filter((name) => /\.\d*[1-9]/.test(name) && DECIMAL.test(name)).length * 2 < given.length;
}

/** Grows a table by records; bounds and lengths are checked as they come. */
class Rows {
  names: string[] | undefined;
  /** Which names were made up. */
  nameless: boolean[] = [];
  readonly columns: string[][] = [];
  rows = 0;
  blank = 0;
  trimmed = 0;
  /** Blank records since the last row: at the end of the file they are no fault. */
  #pendingBlank = 0;

  /** The first record: names, or with `isRow` a row. */
  begin(record: readonly string[], isRow: boolean): Result<undefined> {
    if (!isRow && !isHeader(record)) {
      return fail('dataset_malformed', 'the first line must name the columns: it holds numbers alone', 'header');
    }
    if (record.length > TABLE_LIMITS.columnsMax + 1) {
      return fail('too_many_cells', `${record.length} columns, at most ${TABLE_LIMITS.columnsMax}`);
    }
    const given = record.map((name) => (isRow ? '' : name.trim().toWellFormed()));
    this.names = given.map((name, i) => name || madeUpName(i));
    this.nameless = given.map((name) => name === '');
    for (const _ of record) this.columns.push([]);
    return isRow ? this.add(record) : ok(undefined);
  }

  add(record: readonly string[]): Result<undefined> {
    const { columns } = this;
    if (record.length === 1 && columns.length > 1 && record[0]?.trim() === '') {
      this.#pendingBlank++;
      return ok(undefined);
    }
    this.blank += this.#pendingBlank;
    this.#pendingBlank = 0;
    this.rows++;
    if (record.length < columns.length) return this.#ragged(record, record.length);
    if (record.length > columns.length) {
      if (record.slice(columns.length).some((cell) => cell.trim() !== ''))
        return this.#ragged(record, columns.length - 1);
      this.trimmed++;
    }
    const { rowsMax, cellsMax } = TABLE_LIMITS;
    if (this.rows > rowsMax) return fail('too_many_cells', `more than ${rowsMax} rows`);
    if (this.rows * (columns.length - 1) > cellsMax) {
      return fail('too_many_cells', `more than ${cellsMax} cells: ${columns.length} columns, ${this.rows} rows and on`);
    }
    for (let i = 0; i < columns.length; i++) (columns[i] as string[]).push(record[i] as string);
    return ok(undefined);
  }

  #ragged(record: readonly string[], index: number): Result<never> {
    const column = (this.names as string[])[index] as string;
    const evidence = `row ${this.rows}, column ${column}: ${record.length} cells, the header has ${this.columns.length}`;
    return fail('ragged_row', evidence, column);
  }
}

function withoutReturn(record: string[]): string[] {
  const last = record.length - 1;
  const cell = record[last] as string;
  if (cell.endsWith('\r')) record[last] = cell.slice(0, -1);
  return record;
}

/** The pieces joined to texts that are long enough to be worth parsing; `isWhole` with the last, which may be empty. */
async function* texts(
  pieces: AsyncIterable<Result<string>>,
): AsyncGenerator<Result<{ text: string; isWhole: boolean }>> {
  let text = '';
  for await (const piece of pieces) {
    if (!piece.ok) return yield piece;
    text += piece.value;
    if (piece.value.includes('\0')) return yield fail('format_unknown', 'a text does not hold the character 0');
    if (text.length < SAMPLE_CHARACTERS) continue;
    yield ok({ text, isWhole: false });
    text = '';
  }
  yield ok({ text, isWhole: true });
}

export async function readCsv(pieces: AsyncIterable<Result<string>>, options: ReadOptions): Promise<Result<CsvTable>> {
  const rows = new Rows();
  let rest = '';
  let separator: string | undefined = options.separator;
  let newline: '\n' | '\r' | undefined;
  for await (const piece of texts(pieces)) {
    if (!piece.ok) return piece;
    const { isWhole } = piece.value;
    rest += piece.value.text;
    if (separator === undefined && rows.names === undefined) {
      // A first line that some spreadsheets write, and read.
      const told = /^sep=([,;\t|])\r?\n/i.exec(rest);
      if (told) [rest, separator] = [rest.slice(told[0].length), told[1] as string];
    }
    newline ??= !rest.includes('\n') && rest.includes('\r') ? '\r' : '\n';
    separator ??= guessSeparator(rest, newline, isWhole);
    const { data, cursor, badQuote } = parseRecords(rest, separator, newline, isWhole);
    if (badQuote >= 0) {
      const taken = takeRecords(rows, data.slice(0, badQuote), options);
      return taken.ok ? fail('dataset_malformed', `row ${rows.rows + 1}: a quote that does not end its cell`) : taken;
    }
    const taken = takeRecords(rows, data, options);
    if (!taken.ok) return taken;
    rest = rest.slice(cursor);
    if (rest.length > READ_LIMITS.recordCharactersMax) {
      return fail(
        'dataset_malformed',
        `row ${rows.rows + 1}: a record of more than ${READ_LIMITS.recordCharactersMax} characters`,
      );
    }
  }
  if (rows.names === undefined) return fail('no_rows', 'the file is empty');
  return ok({ raw: rawOf(rows), separator: separator ?? ',', notices: noticesOf(rows) });
}

function takeRecords(rows: Rows, records: string[][], options: ReadOptions): Result<undefined> {
  for (const record of records) {
    withoutReturn(record);
    const isBlank = record.length === 1 && record[0]?.trim() === '';
    if (rows.names === undefined && isBlank) continue;
    const taken = rows.names === undefined ? rows.begin(record, options.header === false) : rows.add(record);
    if (!taken.ok) return taken;
  }
  return ok(undefined);
}

function rawOf(rows: Rows): RawTable {
  const columns = rows.columns.map((texts, i): RawColumn => {
    const name = (rows.names as string[])[i] as string;
    return rows.nameless[i] ? { name, nameless: true, texts } : { name, texts };
  });
  return { rows: rows.rows, columns };
}

function noticesOf(rows: Rows): Notice[] {
  const notices: Notice[] = [];
  if (rows.blank > 0) notices.push({ code: 'blank_lines_skipped', count: rows.blank });
  if (rows.trimmed > 0) notices.push({ code: 'empty_cells_trimmed', count: rows.trimmed });
  return notices;
}

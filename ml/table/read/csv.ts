/** Separated values: RFC 4180 and what spreadsheets make of it, record by record, so that a file is never held as one text. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { READ_LIMITS, TITLE_HINT } from '../limits.ts';
import type { Notice, ReadOptions } from '../report.ts';
import {
  DECIMAL,
  guessSeparator,
  isSpaced,
  newlineOf,
  parseRecords,
  SAMPLE_CHARACTERS,
  spacesBeforeQuotes,
} from './csv-records.ts';
import { madeUpName, type RawColumn, type RawTable } from './raw.ts';

export interface CsvTable {
  readonly raw: RawTable;
  readonly separator: string;
  readonly notices: readonly Notice[];
}

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

  /** Whether the header seems to be none: no first row has its length, or it is one cell, or a remark. */
  #isTitle(): boolean {
    const [first = ''] = this.names ?? [];
    return !this.nameless[0] && (this.rows === 1 || this.columns.length === 1 || first.startsWith('#'));
  }

  #ragged(record: readonly string[], index: number): Result<never> {
    const column = (this.names as string[])[index] as string;
    const evidence = `row ${this.rows}, column ${column}: ${record.length} cells, the header has ${this.columns.length}`;
    return fail('ragged_row', this.#isTitle() ? `${evidence}; ${TITLE_HINT}` : evidence, column);
  }
}

/** The text below its first lines. Quotes are not heeded: a title may have one. Undefined while it ends within them. */
function belowLines(text: string, lines: number, newline: '\n' | '\r'): string | undefined {
  let at = 0;
  for (let line = 0; line < lines; line++) {
    const end = text.indexOf(newline, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  return text.slice(at);
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

const SPACED = 'no separator , ; tab or | was found, spaces seem to part the cells: write commas between them';

export async function readCsv(pieces: AsyncIterable<Result<string>>, options: ReadOptions): Promise<Result<CsvTable>> {
  const rows = new Rows();
  let rest = '';
  let separator: string | undefined = options.separator;
  let newline: '\n' | '\r' | undefined;
  let spaces: RegExp | undefined;
  let skip = options.skipLines ?? 0;
  for await (const piece of texts(pieces)) {
    if (!piece.ok) return piece;
    const { isWhole } = piece.value;
    rest += piece.value.text;
    if (separator === undefined && rows.names === undefined) {
      // A first line that some spreadsheets write, and read.
      const told = /^sep=([,;\t|])(?:\r?\n|\r)/i.exec(rest);
      if (told) [rest, separator] = [rest.slice(told[0].length), told[1] as string];
    }
    newline ??= newlineOf(rest);
    if (skip > 0) {
      const below = belowLines(rest, skip, newline);
      if (below === undefined && !isWhole && rest.length <= READ_LIMITS.recordCharactersMax) continue;
      if (below === undefined) return fail('no_rows', `the file has no line below the ${skip} that were skipped`);
      [rest, skip] = [below, 0];
    }
    separator ??= guessSeparator(rest, newline, isWhole);
    if (separator === undefined) {
      if (isSpaced(rest, newline)) return fail('dataset_malformed', SPACED);
      separator = ',';
    }
    if (rows.names === undefined) spaces = spacesBeforeQuotes(rest, separator, newline, isWhole);
    if (spaces) rest = rest.replace(spaces, '$1');
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

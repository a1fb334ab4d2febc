/** JSON lines: an object a line, flat. A name that a line does not have is missing there. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { READ_LIMITS, shown } from '../limits.ts';
import type { RawTable } from './raw.ts';

/** Lines without their ends; the last one even if it has none. */
async function* linesOf(pieces: AsyncIterable<Result<string>>): AsyncGenerator<Result<string>> {
  let rest = '';
  for await (const piece of pieces) {
    if (!piece.ok) return yield piece;
    const lines = (rest + piece.value).split('\n');
    rest = lines.pop() as string;
    if (rest.length > READ_LIMITS.recordCharactersMax) {
      return yield fail('dataset_malformed', `a line of more than ${READ_LIMITS.recordCharactersMax} characters`);
    }
    for (const line of lines) yield ok(line);
  }
  yield ok(rest);
}

function parseLine(line: string, row: number): Result<object> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return fail('dataset_malformed', `row ${row}: not a line of JSON: ${shown(line)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail('dataset_malformed', `row ${row}: not an object: ${shown(line)}`);
  }
  return ok(value);
}

export async function readJsonLines(pieces: AsyncIterable<Result<string>>): Promise<Result<RawTable>> {
  const columns = new Map<string, string[]>();
  const { rowsMax, columnsMax, cellsMax } = TABLE_LIMITS;
  let rows = 0;
  for await (const line of linesOf(pieces)) {
    if (!line.ok) return line;
    if (line.value.trim() === '') continue;
    const parsed = parseLine(line.value, rows + 1);
    if (!parsed.ok) return parsed;
    for (const [key, value] of Object.entries(parsed.value)) {
      if (typeof value === 'object' && value !== null) {
        return fail(
          'dataset_malformed',
          `row ${rows + 1}, column ${shown(key)}: nested, cells are numbers, texts or true and false`,
          key,
        );
      }
      const name = key.trim().toWellFormed();
      if (name === '') return fail('dataset_malformed', `row ${rows + 1}: a column without a name`, 'header');
      let texts = columns.get(name);
      if (texts === undefined) {
        texts = [];
        columns.set(name, texts);
      }
      if (texts.length > rows)
        return fail('dataset_malformed', `row ${rows + 1}: two columns are named ${shown(name)}`, 'header');
      while (texts.length < rows) texts.push('');
      texts.push(value === null ? '' : String(value));
    }
    rows++;
    if (columns.size > columnsMax + 1) return fail('too_many_cells', `more than ${columnsMax} columns`);
    if (rows > rowsMax) return fail('too_many_cells', `more than ${rowsMax} rows`);
    if (rows * (columns.size - 1) > cellsMax) return fail('too_many_cells', `more than ${cellsMax} cells`);
  }
  if (columns.size === 0) return fail('no_rows', rows === 0 ? 'the file is empty' : 'no row has a column');
  for (const texts of columns.values()) while (texts.length < rows) texts.push('');
  return ok({ rows, columns: [...columns].map(([name, texts]) => ({ name, texts })) });
}

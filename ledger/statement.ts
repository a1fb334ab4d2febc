/** SQL as a value, `{ sql, params }`: built here by drizzle, run by D1 or by node:sqlite. */
import { getTableColumns, type Query, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { cellOut, jsonCell, type Row } from './exact.ts';

export type SqlValue = string | number | null | Uint8Array;
export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** drizzle's builder with nothing behind it: what it builds is taken as a statement and run elsewhere. */
export const builder = drizzle(() => Promise.reject(new Error('a statement was run by its builder')));

export function statementOf(query: { toSQL(): Query }): Statement {
  const { sql: text, params } = query.toSQL();
  return { sql: text, params: params as SqlValue[] };
}

/** D1 takes a parameter of 2 MB; half of that also keeps one statement's work short. Rows are ASCII: length is bytes. */
export const JSON_CHUNK_BYTES_MAX = 900_000;

/** JSON arrays of rows, each shorter than the bound; a single longer row is a chunk of its own. */
class JsonChunks {
  readonly done: string[] = [];
  #rows = '';

  add(row: string): void {
    if (this.#rows !== '' && this.#rows.length + row.length + 3 > JSON_CHUNK_BYTES_MAX) this.end();
    this.#rows += this.#rows === '' ? row : `,${row}`;
  }

  end(): string[] {
    if (this.#rows !== '') this.done.push(`[${this.#rows}]`);
    this.#rows = '';
    return this.done;
  }
}

const ROW = sql.raw('"row"."value"');

/**
 * Rows through one `json_each` statement a chunk: several times faster than a statement a row. `onlyIf` guards all of them.
 */
function insertsOf<T extends SQLiteTable>(table: T, rows: readonly Row<T>[], onlyIf: SQL = sql`TRUE`) {
  const columns = Object.entries(getTableColumns(table));
  const chunks = new JsonChunks();
  for (const row of rows) {
    let cells = '';
    for (const [field, column] of columns) {
      const cell = jsonCell(column, (row as Record<string, unknown>)[field]);
      cells += cells === '' ? cell : `,${cell}`;
    }
    chunks.add(`[${cells}]`);
  }
  const selected = sql.join(
    columns.map(([, column], i) => cellOut(column, ROW, i)),
    sql`, `,
  );
  return chunks
    .end()
    .map((json) =>
      builder.insert(table).select(sql`SELECT ${selected} FROM json_each(${json}) AS "row" WHERE ${onlyIf}`),
    );
}

export function insertRows<T extends SQLiteTable>(table: T, rows: readonly Row<T>[]): Statement[] {
  return insertsOf(table, rows).map(statementOf);
}

/** Leaves a row that is there already as it is. */
export function insertMissingRows<T extends SQLiteTable>(table: T, rows: readonly Row<T>[], onlyIf: SQL): Statement[] {
  return insertsOf(table, rows, onlyIf).map((insert) => statementOf(insert.onConflictDoNothing()));
}

/** Inserts, or replaces the `replaced` fields of the row with the same key. */
export function upsertRows<T extends SQLiteTable>(
  table: T,
  rows: readonly Row<T>[],
  key: (keyof Row<T> & string) | readonly (keyof Row<T> & string)[],
  replaced: readonly (keyof Row<T> & string)[],
): Statement[] {
  const columns = getTableColumns(table);
  const column = (field: string) => columns[field] as NonNullable<(typeof columns)[string]>;
  const target = (typeof key === 'string' ? [key] : key).map(column);
  const set = Object.fromEntries(replaced.map((field) => [field, sql`excluded.${sql.identifier(column(field).name)}`]));
  return insertsOf(table, rows).map((insert) => {
    // The set's type depends on T, which is open here; its keys are fields of T by this function's signature.
    const onConflict = { target, set } as unknown as Parameters<typeof insert.onConflictDoUpdate>[0];
    return statementOf(insert.onConflictDoUpdate(onConflict));
  });
}

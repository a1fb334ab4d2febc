/** What the ledger needs of a database: D1 in a Worker, node:sqlite in tests and in the simulator. */
import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { SqlValue, Statement } from './statement.ts';

export interface LedgerStore {
  /** Rows as arrays, in the order of the selected columns. */
  rows(statement: Statement): Promise<unknown[][]>;
  /** All of the statements or, when it throws, none. The reply may be lost either way. */
  batch(statements: readonly Statement[]): Promise<void>;
}

export type LedgerQuery = SqliteRemoteDatabase;

/** drizzle's typed queries over a store. */
export function queryOver(store: LedgerStore): LedgerQuery {
  return drizzle(async (sql, params) => ({ rows: await store.rows({ sql, params: params as SqlValue[] }) }));
}

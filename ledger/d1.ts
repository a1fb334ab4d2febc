/** The ledger in Cloudflare D1. */
import { type Ledger, ledgerOver } from './ledger.ts';
import type { Statement } from './statement.ts';
import type { LedgerStore } from './store.ts';

/** The part of D1Database that the ledger uses. */
export interface D1PreparedLike {
  bind(...values: unknown[]): D1PreparedLike;
  raw(): Promise<unknown[][]>;
}
export interface D1Like {
  prepare(sql: string): D1PreparedLike;
  batch(statements: D1PreparedLike[]): Promise<unknown>;
}

export function d1Store(db: D1Like): LedgerStore {
  const bound = ({ sql, params }: Statement) => db.prepare(sql).bind(...params);
  return {
    rows: (statement) => bound(statement).raw(),
    async batch(statements) {
      await db.batch(statements.map(bound));
    },
  };
}

export const openLedger = (db: D1Like): Ledger => ledgerOver(d1Store(db));

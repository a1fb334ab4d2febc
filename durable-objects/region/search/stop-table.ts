/** Searches that their demanders stopped: from which round on plans are those of a stopped search, and which jobs it left out. */
import type { RegionContext } from '../context.ts';
import { first } from '../schema.ts';

export interface Stop {
  readonly fromRound: number;
  readonly dropped: readonly number[];
}

export function stopOf(context: RegionContext, order: Uint8Array): Stop | undefined {
  const query = 'SELECT from_round, dropped FROM search_stop WHERE order_id = ?';
  const row = first(context.ctx.storage.sql.exec(query, order));
  if (!row) return undefined;
  return { fromRound: row.from_round as number, dropped: JSON.parse(row.dropped as string) as number[] };
}

/** The first one stays, for every attempt. */
export function insertStop(context: RegionContext, order: Uint8Array, { fromRound, dropped }: Stop): void {
  const query = 'INSERT OR IGNORE INTO search_stop(order_id, from_round, dropped) VALUES(?, ?, ?)';
  context.ctx.storage.sql.exec(query, order, fromRound, JSON.stringify(dropped));
}

export function forgetStop(context: RegionContext, order: Uint8Array): void {
  context.ctx.storage.sql.exec('DELETE FROM search_stop WHERE order_id = ?', order);
}

/**
 * What the region's roles have to say on the chain, as entries: matches, work proofs, verdicts, settlements, refunds. They are
 * composed into signed batch transactions when the sequencer asks for them.
 */
import { blob, first } from './schema.ts';

export const ENTRY_ROLES = ['match', 'work', 'result', 'settle', 'refund'] as const;
export type EntryRole = (typeof ENTRY_ROLES)[number];

export interface RoleEntry {
  readonly id: number;
  readonly role: EntryRole;
  readonly order: Uint8Array;
  readonly entry: Uint8Array;
  /** How often the chain refused it. */
  readonly tries: number;
}

const rowOf = (row: Record<string, SqlStorageValue>): RoleEntry => ({
  id: row.id as number,
  role: row.role as EntryRole,
  order: blob(row.order_id),
  entry: blob(row.entry),
  tries: row.tries as number,
});

export class RoleEntries {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(role: EntryRole, order: Uint8Array, entry: Uint8Array): void {
    this.#sql.exec('INSERT INTO role_entry(role, order_id, entry) VALUES(?, ?, ?)', role, order, entry);
  }

  /** Those whose time has come, in the order in which they were added. */
  uncomposed(now: number, limit: number): RoleEntry[] {
    return this.#sql
      .exec('SELECT * FROM role_entry WHERE tx IS NULL AND not_before <= ? ORDER BY id LIMIT ?', now, limit)
      .toArray()
      .map(rowOf);
  }

  hasUncomposed(now: number): boolean {
    const found = this.#sql.exec('SELECT 1 AS one FROM role_entry WHERE tx IS NULL AND not_before <= ? LIMIT 1', now);
    return first(found) !== undefined;
  }

  /** The chain refused it for now: it is composed again, not before a time. */
  retry(id: number, notBefore: number): void {
    this.#sql.exec('UPDATE role_entry SET tx = NULL, tries = tries + 1, not_before = ? WHERE id = ?', notBefore, id);
  }

  hasUncomposedOf(order: Uint8Array): boolean {
    const found = this.#sql.exec('SELECT 1 AS one FROM role_entry WHERE order_id = ? AND tx IS NULL LIMIT 1', order);
    return first(found) !== undefined;
  }

  composedInto(ids: readonly number[], tx: Uint8Array): void {
    for (const id of ids) this.#sql.exec('UPDATE role_entry SET tx = ? WHERE id = ?', tx, id);
  }

  /** In entry order, which is the order inside the transaction. */
  of(tx: Uint8Array): RoleEntry[] {
    return this.#sql.exec('SELECT * FROM role_entry WHERE tx = ? ORDER BY id', tx).toArray().map(rowOf);
  }

  release(tx: Uint8Array): void {
    this.#sql.exec('UPDATE role_entry SET tx = NULL WHERE tx = ?', tx);
  }

  removeTransaction(tx: Uint8Array): void {
    this.#sql.exec('DELETE FROM role_entry WHERE tx = ?', tx);
  }

  /** A cancelled order's entries would only be refused. */
  removeUncomposedOf(order: Uint8Array): void {
    this.#sql.exec('DELETE FROM role_entry WHERE order_id = ? AND tx IS NULL', order);
  }
}

/**
 * Groups entries into batches such that an order's own entries keep their order: wave w holds each order's w-th entry, and a
 * batch is of one wave and one role. `batchMax` entries a batch; refunds go alone.
 */
export function batchesOf(
  entries: readonly RoleEntry[],
  keyOf: (order: Uint8Array) => string,
  batchMax: number,
): RoleEntry[][] {
  const seen = new Map<string, number>();
  const waves: Map<EntryRole, RoleEntry[]>[] = [];
  for (const entry of entries) {
    const key = keyOf(entry.order);
    const wave = seen.get(key) ?? 0;
    seen.set(key, wave + 1);
    waves[wave] ??= new Map();
    const group = waves[wave].get(entry.role) ?? [];
    group.push(entry);
    waves[wave].set(entry.role, group);
  }
  return waves.flatMap((wave) =>
    ENTRY_ROLES.flatMap((role) => chunksOf(wave.get(role) ?? [], role === 'refund' ? 1 : batchMax)),
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}

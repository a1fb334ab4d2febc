/**
 * What the region's roles have to say on the chain, as entries: matches, work proofs, verdicts, settlements, refunds. They are
 * composed into signed batch transactions when the sequencer asks for them.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { EntryRole, RoleEntry } from './batches.ts';
import { blob, first } from './schema.ts';

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

  /** Composed or not. */
  hasOf(order: Uint8Array): boolean {
    return first(this.#sql.exec('SELECT 1 AS one FROM role_entry WHERE order_id = ? LIMIT 1', order)) !== undefined;
  }

  /** Whether each of them is still there, and waits. */
  areUncomposed(ids: readonly number[]): boolean {
    return ids.every((id) => first(this.#sql.exec('SELECT 1 AS one FROM role_entry WHERE id = ? AND tx IS NULL', id)));
  }

  composedInto(ids: readonly number[], tx: Uint8Array): void {
    for (const id of ids) this.#sql.exec('UPDATE role_entry SET tx = ? WHERE id = ?', tx, id);
  }

  /** In entry order, which is the order inside the transaction. */
  of(tx: Uint8Array): RoleEntry[] {
    return this.#sql.exec('SELECT * FROM role_entry WHERE tx = ? ORDER BY id', tx).toArray().map(rowOf);
  }

  /** Which of these transactions hold entries, by the hex of their hash. */
  among(transactions: readonly Uint8Array[]): Set<string> {
    const rows = this.#sql.exec(
      'SELECT DISTINCT tx FROM role_entry WHERE tx IN (SELECT unhex(value) FROM json_each(?))',
      JSON.stringify(transactions.map(bytesToHex)),
    );
    return new Set(rows.toArray().map((row) => bytesToHex(blob(row.tx))));
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

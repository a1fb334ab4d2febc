import { TX_TYPE_AT } from '../../protocol/tx/envelope.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';

/** Of a row of the mempool, by the type in its bytes. SQLite counts from 1. */
export const IS_SWAP_CLAIM = `substr(bytes, ${TX_TYPE_AT + 1}, 1) = x'${txTypeNumber('swapIn').toString(16).padStart(2, '0')}'`;

/** The object's own SQLite: what makes an acknowledgement durable. Chain state lives in D1; this is the work in progress. */
const TABLES = `
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS account(key BLOB PRIMARY KEY, leaf BLOB NOT NULL, height TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS mempool(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL, sender BLOB NOT NULL,
  nonce TEXT NOT NULL, reserved TEXT NOT NULL, status TEXT NOT NULL, code TEXT, entries TEXT, height TEXT, idx INTEGER, received INTEGER NOT NULL,
  payer BLOB
) STRICT;
DROP INDEX IF EXISTS mempool_pending;
DROP INDEX IF EXISTS mempool_sender;
CREATE INDEX IF NOT EXISTS mempool_pending_seq ON mempool(seq) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS mempool_pending_sender ON mempool(sender) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS mempool_pending_swap_claim ON mempool(seq) WHERE status = 'pending' AND ${IS_SWAP_CLAIM};
CREATE TABLE IF NOT EXISTS work_order(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, demander BLOB NOT NULL, record BLOB NOT NULL, sealed BLOB NOT NULL, path TEXT NOT NULL,
  story TEXT NOT NULL, token INTEGER NOT NULL, leased_until INTEGER NOT NULL, chunks_done INTEGER NOT NULL, chunks INTEGER NOT NULL,
  lie INTEGER NOT NULL, result BLOB, trace BLOB, final INTEGER NOT NULL, updates INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS work_order_demander ON work_order(demander, seq);
CREATE TABLE IF NOT EXISTS order_input(input BLOB NOT NULL, order_id BLOB NOT NULL, PRIMARY KEY(input, order_id)) STRICT;
CREATE INDEX IF NOT EXISTS order_input_order ON order_input(order_id);
CREATE TABLE IF NOT EXISTS chunk(
  order_id BLOB NOT NULL, attempt INTEGER NOT NULL, chunk INTEGER NOT NULL, state_hash BLOB NOT NULL, cycles TEXT NOT NULL, state BLOB,
  PRIMARY KEY(order_id, attempt, chunk)
) STRICT;
CREATE TABLE IF NOT EXISTS tile(
  order_id BLOB NOT NULL, attempt INTEGER NOT NULL, tile INTEGER NOT NULL, root BLOB NOT NULL, result_id BLOB NOT NULL, result_bytes INTEGER NOT NULL,
  trace_id BLOB NOT NULL, method TEXT, checked_parts INTEGER, PRIMARY KEY(order_id, attempt, tile)
) STRICT;
CREATE TABLE IF NOT EXISTS job(
  order_id BLOB NOT NULL, attempt INTEGER NOT NULL, idx INTEGER NOT NULL, round INTEGER NOT NULL, needs TEXT NOT NULL, droppable INTEGER NOT NULL,
  spec BLOB NOT NULL, state TEXT NOT NULL, leased_until INTEGER NOT NULL, lease_token INTEGER NOT NULL, checkpoint BLOB, cycles TEXT NOT NULL,
  state_hash BLOB, root BLOB, result_id BLOB, summary BLOB, wanted INTEGER NOT NULL, passed INTEGER NOT NULL, leases INTEGER NOT NULL DEFAULT 0,
  offers INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(order_id, attempt, idx)
) STRICT;
CREATE TABLE IF NOT EXISTS search_stop(order_id BLOB PRIMARY KEY, from_round INTEGER NOT NULL, dropped TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held_leaf(batch BLOB NOT NULL, idx INTEGER NOT NULL, tx BLOB NOT NULL, PRIMARY KEY(batch, idx)) STRICT;
CREATE INDEX IF NOT EXISTS held_leaf_tx ON held_leaf(tx);
CREATE TABLE IF NOT EXISTS role_entry(
  id INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, order_id BLOB NOT NULL, entry BLOB NOT NULL, tx BLOB,
  tries INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS role_entry_tx ON role_entry(tx);
CREATE INDEX IF NOT EXISTS role_entry_order ON role_entry(order_id);
CREATE TABLE IF NOT EXISTS idempotency(
  account BLOB NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, refers BLOB, answer TEXT, created INTEGER NOT NULL,
  PRIMARY KEY(account, key)
) STRICT;
CREATE TABLE IF NOT EXISTS due(kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT;
CREATE INDEX IF NOT EXISTS due_at ON due(at);
CREATE TABLE IF NOT EXISTS signed_vote(height TEXT PRIMARY KEY, round INTEGER NOT NULL, block BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS staged_block(one INTEGER PRIMARY KEY CHECK(one = 1), hash BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log_checkpoint(size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS log_cosignature(
  size INTEGER NOT NULL, witness TEXT NOT NULL, line TEXT NOT NULL, PRIMARY KEY(size, witness)
) STRICT;
`;

/** Columns that objects made before do not have yet. */
const ADDED = [
  ['mempool', 'payer', 'BLOB'],
  ['job', 'leases', 'INTEGER NOT NULL DEFAULT 0'],
  ['job', 'offers', 'INTEGER NOT NULL DEFAULT 0'],
] as const;
const PAYER_INDEX =
  "CREATE INDEX IF NOT EXISTS mempool_pending_payer ON mempool(payer) WHERE status = 'pending' AND payer IS NOT NULL";

export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
  for (const [table, column, type] of ADDED) {
    const known = sql.exec('SELECT 1 AS one FROM pragma_table_info(?) WHERE name = ?', table, column);
    if (!first(known)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
  sql.exec(PAYER_INDEX);
}

/** A BLOB column as bytes. The driver gives ArrayBuffer. */
export function blob(value: SqlStorageValue | undefined): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new Error('a BLOB column holds something else');
}

export function blobOrNull(value: SqlStorageValue | undefined): Uint8Array | null {
  return value === null || value === undefined ? null : blob(value);
}

/** The first row, if there is one. */
export function first<T extends Record<string, SqlStorageValue>>(cursor: SqlStorageCursor<T>): T | undefined {
  for (const row of cursor) return row;
  return undefined;
}

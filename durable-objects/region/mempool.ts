/** Transactions that were acknowledged and are not yet final. Durable before the acknowledgement; each gets one outcome. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { APPLIED, codeOfNumber, type ErrorCode } from '../../protocol/errors.ts';
import { parseTransaction, type Transaction } from '../../protocol/tx/envelope.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { HeldLeaves } from './held-leaves.ts';
import { KEY_KEPT_MS } from './kept.ts';
import { blob, first } from './schema.ts';

export interface PendingTransaction {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly sender: Uint8Array;
  readonly nonce: bigint;
  /** Of the sender's money, or of the payer's when there is one. */
  readonly reservedZhi: bigint;
  /** Who pays in the sender's stead. */
  readonly payer?: Uint8Array | undefined;
}

export interface FinalOutcome {
  readonly hash: Uint8Array;
  readonly entries: number[];
  readonly index: number;
}

/** A transaction as the API shows it from its acceptance on. */
export function pendingWire(tx: Transaction, hash: Uint8Array): WireTransaction {
  return {
    hash: bytesToHex(hash),
    type: txTypeName(tx.type) ?? 'unknown',
    sender: addressOf(tx.sender),
    nonce: tx.nonce.toString(),
    status: 'pending',
    code: null,
    entries: null,
    height: null,
    index: null,
  };
}

/** How long a role's outcome is kept here after it is final; later questions are answered from D1. */
const OUTCOME_KEPT_MS = 3_600_000;

export class Mempool {
  readonly #sql: SqlStorage;
  /** Sequence number behind which `pendingInTurn` goes on. */
  #turn = 0;
  /** What claims ask for: until one is refused unsealed, or its outcome is swept. */
  readonly leaves: HeldLeaves;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.leaves = new HeldLeaves(sql);
  }

  /** Replaces one that was refused or expired unsealed: on the same tip a role's transaction is composed anew to the same bytes. */
  add(tx: PendingTransaction, now: number): void {
    this.#sql.exec("DELETE FROM mempool WHERE hash = ? AND status <> 'pending' AND height IS NULL", tx.hash);
    this.#sql.exec(
      "INSERT INTO mempool(hash, bytes, sender, nonce, reserved, payer, status, received) VALUES(?, ?, ?, ?, ?, ?, 'pending', ?)",
      tx.hash,
      tx.bytes,
      tx.sender,
      tx.nonce.toString(),
      tx.reservedZhi.toString(),
      tx.payer ?? null,
      now,
    );
  }

  bytes(hash: Uint8Array): Uint8Array | undefined {
    const row = first(this.#sql.exec('SELECT bytes FROM mempool WHERE hash = ?', hash));
    return row && blob(row.bytes);
  }

  /** Bytes of what is pending of a sender, oldest first. */
  pendingOf(sender: Uint8Array): Uint8Array[] {
    const rows = this.#sql.exec(
      "SELECT bytes FROM mempool WHERE sender = ? AND status = 'pending' ORDER BY seq",
      sender,
    );
    return rows.toArray().map((row) => blob(row.bytes));
  }

  /** What is pending of a sender at a payer's expense, from a nonce on. By the sender's index: a payer may have many keys. */
  sponsoredZhi(sender: Uint8Array, payer: Uint8Array, fromNonce: bigint): bigint {
    const rows = this.#sql
      .exec("SELECT nonce, reserved FROM mempool WHERE sender = ? AND status = 'pending' AND +payer = ?", sender, payer)
      .toArray();
    return rows
      .filter((row) => BigInt(row.nonce as string) >= fromNonce)
      .reduce((sum, row) => sum + BigInt(row.reserved as string), 0n);
  }

  /** The oldest, at most `limit` of them and, beside the last, no more bytes than given. */
  pending(limit: number, bytesMax: number): Uint8Array[] {
    const rows = this.#sql.exec("SELECT bytes FROM mempool WHERE status = 'pending' ORDER BY seq LIMIT ?", limit);
    const taken: Uint8Array[] = [];
    let bytes = 0;
    for (const row of rows) {
      taken.push(blob(row.bytes));
      bytes += taken.at(-1)?.length ?? 0;
      if (bytes >= bytesMax) break;
    }
    return taken;
  }

  /**
   * Of what is pending since before `received`, the next `limit`: each call goes on where the last one stopped, so that what
   * can't be resolved does not hold up what can.
   */
  pendingInTurn(received: number, limit: number): Uint8Array[] {
    const rows = this.#sql
      .exec(
        "SELECT seq, hash FROM mempool WHERE status = 'pending' AND received < ? AND seq > ? ORDER BY seq LIMIT ?",
        received,
        this.#turn,
        limit,
      )
      .toArray();
    this.#turn = rows.length < limit ? 0 : (rows.at(-1)?.seq as number);
    return rows.map((row) => blob(row.hash));
  }

  hasPending(): boolean {
    return first(this.#sql.exec("SELECT 1 AS one FROM mempool WHERE status = 'pending' LIMIT 1")) !== undefined;
  }

  /** Those of them that were pending, by the hex of their hash: an outcome is recorded once, whatever arrives twice. */
  takeFinal(outcomes: readonly FinalOutcome[], height: bigint): Set<string> {
    const rows = outcomes.map(({ hash, entries, index }) => {
      // Sealed, but nothing of it was applied: for the sender that is a refusal, by the first entry's code.
      const code = entries.includes(APPLIED) ? undefined : codeOfNumber(entries[0] ?? APPLIED);
      const status = code === undefined ? 'applied' : 'refused';
      return [bytesToHex(hash), status, code ?? null, JSON.stringify(entries), index.toString()];
    });
    // By the hash of each: with the plus, SQLite does not go through all that is pending once for each row.
    const done = this.#sql.exec(
      `UPDATE mempool SET status = value ->> 1, code = value ->> 2, entries = value ->> 3, idx = CAST(value ->> 4 AS INTEGER), height = ?
        FROM json_each(?) WHERE hash = unhex(value ->> 0) AND +status = 'pending' RETURNING hash`,
      height.toString(),
      JSON.stringify(rows),
    );
    return new Set(done.toArray().map((row) => bytesToHex(blob(row.hash))));
  }

  refuse(hash: Uint8Array, code: ErrorCode): boolean {
    const status = code === 'tx_expired' ? 'expired' : 'refused';
    const done = this.#sql.exec(
      "UPDATE mempool SET status = ?, code = ? WHERE hash = ? AND status = 'pending'",
      status,
      code,
      hash,
    );
    if (done.rowsWritten > 0) this.leaves.release(hash);
    return done.rowsWritten > 0;
  }

  /** Role transactions that can't be sealed any more: their entries are composed anew. */
  dropPendingFrom(sender: Uint8Array): Uint8Array[] {
    const rows = this.#sql.exec("SELECT hash FROM mempool WHERE sender = ? AND status = 'pending'", sender).toArray();
    this.#sql.exec("DELETE FROM mempool WHERE sender = ? AND status = 'pending'", sender);
    const hashes = rows.map((row) => blob(row.hash));
    for (const hash of hashes) this.leaves.release(hash);
    return hashes;
  }

  sender(hash: Uint8Array): Uint8Array | undefined {
    const row = first(this.#sql.exec('SELECT sender FROM mempool WHERE hash = ?', hash));
    return row && blob(row.sender);
  }

  /** True when a sender has a transaction pending behind a number that is missing. */
  hasGap(sender: Uint8Array, nextNonce: bigint): boolean {
    const rows = this.#sql.exec("SELECT nonce FROM mempool WHERE sender = ? AND status = 'pending'", sender).toArray();
    return rows.some((row) => BigInt(row.nonce as string) > nextNonce);
  }

  keepsOutcomes(): boolean {
    return first(this.#sql.exec("SELECT 1 AS one FROM mempool WHERE status <> 'pending' LIMIT 1")) !== undefined;
  }

  /** Removes outcomes: those of the roles after an hour, those of accounts when no Idempotency-Key can refer to them any more. */
  sweep(now: number, roles: readonly Uint8Array[]): void {
    const old = "DELETE FROM mempool WHERE status <> 'pending' AND received < ?";
    for (const role of roles) this.#sql.exec(`${old} AND sender = ?`, now - OUTCOME_KEPT_MS, role);
    this.#sql.exec(old, now - KEY_KEPT_MS);
    this.leaves.sweep();
  }

  wire(hash: Uint8Array, genesisHash: Uint8Array): WireTransaction | undefined {
    const row = first(
      this.#sql.exec('SELECT bytes, status, code, entries, height, idx FROM mempool WHERE hash = ?', hash),
    );
    if (!row) return undefined;
    const parsed = parseTransaction(blob(row.bytes), genesisHash);
    if (!parsed.ok) throw new Error('the mempool holds a transaction that does not parse');
    return {
      ...pendingWire(parsed.value, hash),
      status: row.status as WireTransaction['status'],
      code: row.code as string | null,
      entries: row.entries === null ? null : (JSON.parse(row.entries as string) as number[]),
      height: row.height as string | null,
      index: row.idx as number | null,
    };
  }
}

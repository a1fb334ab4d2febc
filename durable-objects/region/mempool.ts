/**
 * Transactions that were acknowledged and are not yet final, and of the final ones those that were refused. Durable before the
 * acknowledgement; each gets one outcome.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { BLOCK_SWAP_CLAIMS_MAX } from '../../protocol/block/swap-claims.ts';
import { APPLIED, codeOfNumber, type ErrorCode } from '../../protocol/errors.ts';
import { parseTransaction, type Transaction } from '../../protocol/tx/envelope.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { HeldLeaves } from './held-leaves.ts';
import { KEY_KEPT_MS } from './kept.ts';
import { blob, first, IS_SWAP_CLAIM } from './schema.ts';

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

/** Ten blocks full of them; what is beyond is told to come later. Also as many rows as a pull may pass over. */
export const SWAP_CLAIMS_PENDING_MAX = 10 * BLOCK_SWAP_CLAIMS_MAX;

/** With the plus, SQLite looks rows up by their hash and not by this. */
const REFUSED_UNSEALED = "+status <> 'pending' AND height IS NULL";

/** How long a role's refusal is kept here. */
const OUTCOME_KEPT_MS = 3_600_000;

export class Mempool {
  readonly #sql: SqlStorage;
  /** Sequence number behind which `pendingInTurn` goes on. */
  #turn = 0;
  /** Whether it may hold any that was refused or expired unsealed; undefined until that was looked up. */
  #mayHoldUnsealed: boolean | undefined;
  /** What claims ask for: until one is refused unsealed, or its outcome is swept. */
  readonly leaves: HeldLeaves;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.leaves = new HeldLeaves(sql);
  }

  add(tx: PendingTransaction, now: number): void {
    this.addAll([tx], now);
  }

  /**
   * In their order. One that was refused or expired unsealed is replaced: on the same tip a role's transaction is composed anew to the
   * same bytes. Two statements for all, since a hundred of each would be most of what a batch costs.
   */
  addAll(transactions: readonly PendingTransaction[], now: number): void {
    if (transactions.length === 0) return;
    this.#mayHoldUnsealed ??=
      first(this.#sql.exec(`SELECT 1 AS one FROM mempool WHERE ${REFUSED_UNSEALED} LIMIT 1`)) !== undefined;
    if (this.#mayHoldUnsealed) {
      this.#sql.exec(
        `DELETE FROM mempool WHERE hash IN (SELECT unhex(value) FROM json_each(?)) AND ${REFUSED_UNSEALED}`,
        JSON.stringify(transactions.map(({ hash }) => bytesToHex(hash))),
      );
    }
    const rows = transactions.map(({ hash, bytes, sender, nonce, reservedZhi, payer }) => [
      bytesToHex(hash),
      bytesToHex(bytes),
      bytesToHex(sender),
      nonce.toString(),
      reservedZhi.toString(),
      payer ? bytesToHex(payer) : null,
    ]);
    this.#sql.exec(
      `INSERT INTO mempool(hash, bytes, sender, nonce, reserved, payer, status, received)
        SELECT unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4, unhex(value ->> 5), 'pending', ?
        FROM json_each(?) ORDER BY key`,
      now,
      JSON.stringify(rows),
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

  /**
   * The oldest, at most `limit` of them and, beside the last, no more bytes than given. Of swap claims no more than a block holds:
   * the others would only keep what is behind them from the block.
   */
  pending(limit: number, bytesMax: number): Uint8Array[] {
    const rows = this.#sql.exec(
      `SELECT bytes FROM mempool WHERE status = 'pending' AND (NOT ${IS_SWAP_CLAIM} OR seq <= ?) ORDER BY seq LIMIT ?`,
      this.#swapClaim(BLOCK_SWAP_CLAIMS_MAX) ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    const taken: Uint8Array[] = [];
    let bytes = 0;
    for (const row of rows) {
      taken.push(blob(row.bytes));
      bytes += taken.at(-1)?.length ?? 0;
      if (bytes >= bytesMax) break;
    }
    return taken;
  }

  /** Sequence number of the n-th of the pending swap claims. */
  #swapClaim(n: number): number | undefined {
    const nth = `SELECT seq FROM mempool WHERE status = 'pending' AND ${IS_SWAP_CLAIM} ORDER BY seq LIMIT 1 OFFSET ?`;
    return first(this.#sql.exec(nth, n - 1))?.seq as number | undefined;
  }

  /** Whether as many swap claims are pending. */
  hasSwapClaims(count: number): boolean {
    return this.#swapClaim(count) !== undefined;
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

  /**
   * Those of them that were pending, by the hex of their hash: an outcome is recorded once, whatever arrives twice. What was
   * applied is in the ledger and is forgotten here, or a busy day would fill the object. A refusal is kept with its bytes, for what
   * is undone after it, and a claim with the leaves that it holds. A swap claim that was refused in a block has paid its fee, so that
   * it holds nothing more.
   */
  takeFinal(outcomes: readonly FinalOutcome[], height: bigint): Set<string> {
    const applied = outcomes.filter(({ entries }) => entries.every((entry) => entry === APPLIED));
    const forgotten = this.#sql.exec(
      `DELETE FROM mempool WHERE hash IN (SELECT unhex(value) FROM json_each(?)) AND +status = 'pending'
        AND NOT EXISTS (SELECT 1 FROM held_leaf WHERE tx = hash) RETURNING hash`,
      JSON.stringify(applied.map(({ hash }) => bytesToHex(hash))),
    );
    const taken = new Set(forgotten.toArray().map((row) => bytesToHex(blob(row.hash))));
    const others = outcomes.filter(({ hash }) => !taken.has(bytesToHex(hash)));
    for (const id of this.#record(others, height)) taken.add(id);
    return taken;
  }

  #record(outcomes: readonly FinalOutcome[], height: bigint): string[] {
    if (outcomes.length === 0) return [];
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
    const refused = rows.flatMap(([id, status]) => (status === 'refused' ? [id] : []));
    this.#sql.exec(
      `DELETE FROM held_leaf WHERE tx IN (SELECT hash FROM mempool JOIN json_each(?) ON hash = unhex(value) WHERE ${IS_SWAP_CLAIM})`,
      JSON.stringify(refused),
    );
    return done.toArray().map((row) => bytesToHex(blob(row.hash)));
  }

  refuse(hash: Uint8Array, code: ErrorCode): boolean {
    const status = code === 'tx_expired' ? 'expired' : 'refused';
    this.#mayHoldUnsealed = true;
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
    this.#mayHoldUnsealed = undefined;
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

/**
 * Accounts whose home is this region: their balance and nonce as of the last final block that touched them, and what pending
 * transactions hold back. A row is replaced only by a later block's.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Account, decodeAccount, encodeAccount } from '../../protocol/state/account.ts';
import type { AccountView } from './rpc.ts';
import { blob, first } from './schema.ts';

/** Pending transactions of one account (chain.md). */
export const PENDING_MAX = 64;

/** One read of D1 an account and this long, while it is in use. */
const READ_AGE_MS = 5_000;
const READ_TIMES_MAX = 4_096;

export class Accounts {
  readonly #sql: SqlStorage;
  readonly #ledger: () => Ledger;
  /** When each account was last read from D1, unix ms. */
  readonly #readMs = new Map<string, number>();

  constructor(sql: SqlStorage, ledger: () => Ledger) {
    this.#sql = sql;
    this.#ledger = ledger;
  }

  /** The account as D1 had it at most READ_AGE_MS ago, or later: a notice of a credit may have been lost. */
  async load(key: Uint8Array, now: number): Promise<Account | undefined> {
    const id = bytesToHex(key);
    const found = this.find(key);
    if (found && now - (this.#readMs.get(id) ?? 0) < READ_AGE_MS) return found;
    this.#noteRead(id, now);
    return (await this.refresh(key)) ?? found;
  }

  /** The same of many, with one read of D1 for all that need one. Returns those whose home is another region: they are not kept. */
  async loadAll(keys: readonly Uint8Array[], region: number, now: number): Promise<Uint8Array[]> {
    const byId = new Map(keys.map((key) => [bytesToHex(key), key]));
    const stale = [...byId].filter(([id, key]) => now - (this.#readMs.get(id) ?? 0) >= READ_AGE_MS || !this.find(key));
    if (stale.length === 0) return [];
    for (const [id] of stale) this.#noteRead(id, now);
    // The tip of before, as in `refresh`.
    const tip = await this.#ledger().tip();
    if (!tip) return [];
    const found = await this.#ledger().accounts(stale.map(([, key]) => key));
    const own = found.filter(({ value }) => value.homeRegion === region);
    this.takeAllFinal(own.map(({ key, value }) => ({ key, leaf: encodeAccount(value), height: tip.height })));
    return found.flatMap(({ key, value }) => (value.homeRegion === region ? [] : [key]));
  }

  #noteRead(id: string, now: number): void {
    this.#readMs.delete(id);
    this.#readMs.set(id, now);
    if (this.#readMs.size > READ_TIMES_MAX) this.#readMs.delete(this.#readMs.keys().next().value as string);
  }

  async refresh(key: Uint8Array): Promise<Account | undefined> {
    // The tip of before: the leaf is at least that new, and a later block's notice replaces it.
    const tip = await this.#ledger().tip();
    const found = await this.#ledger().account(key);
    if (!found || !tip) return undefined;
    this.takeFinal(key, encodeAccount(found), tip.height);
    return this.find(key);
  }

  find(key: Uint8Array): Account | undefined {
    const row = first(this.#sql.exec('SELECT leaf FROM account WHERE key = ?', key));
    return row ? decodeAccount(blob(row.leaf)) : undefined;
  }

  takeFinal(key: Uint8Array, leaf: Uint8Array, height: bigint): void {
    this.takeAllFinal([{ key, leaf, height }]);
  }

  takeAllFinal(leaves: readonly FinalLeaf[]): void {
    const rows = leaves.map(({ key, leaf, height }) => [bytesToHex(key), bytesToHex(leaf), height.toString()]);
    // WHERE TRUE: without it SQLite would read ON as a join's.
    this.#sql.exec(
      `INSERT INTO account(key, leaf, height) SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2 FROM json_each(?) WHERE TRUE
        ON CONFLICT(key) DO UPDATE SET leaf = excluded.leaf, height = excluded.height
        WHERE CAST(excluded.height AS INTEGER) > CAST(account.height AS INTEGER)`,
      JSON.stringify(rows),
    );
  }

  /** With pending transactions counted in. */
  view(key: Uint8Array): PendingView | undefined {
    const account = this.find(key);
    if (!account) return undefined;
    const rows = this.#sql
      .exec("SELECT nonce, reserved FROM mempool WHERE sender = ? AND status = 'pending'", key)
      .toArray();
    return viewOf(account, rows);
  }

  /** The same of many, by the hex of their keys. */
  views(keys: readonly Uint8Array[]): Map<string, PendingView> {
    const asked = JSON.stringify([...new Set(keys.map(bytesToHex))]);
    const accounts = this.#sql
      .exec('SELECT key, leaf FROM account WHERE key IN (SELECT unhex(value) FROM json_each(?))', asked)
      .toArray();
    const pending = this.#sql
      .exec(
        "SELECT sender, nonce, reserved FROM mempool WHERE sender IN (SELECT unhex(value) FROM json_each(?)) AND status = 'pending'",
        asked,
      )
      .toArray();
    const bySender = Map.groupBy(pending, (row) => bytesToHex(blob(row.sender)));
    return new Map(
      accounts.map((row) => {
        const id = bytesToHex(blob(row.key));
        return [id, viewOf(decodeAccount(blob(row.leaf)), bySender.get(id) ?? [])];
      }),
    );
  }
}

/** A leaf as of the final block of this height. */
export interface FinalLeaf {
  readonly key: Uint8Array;
  readonly leaf: Uint8Array;
  readonly height: bigint;
}

export interface PendingView extends AccountView {
  readonly pending: number;
  /** Of pending transactions, those ahead of `nextNonce` included. */
  readonly nonces: ReadonlySet<bigint>;
}

/**
 * The account may be ahead of its pending transactions: a block whose notice was lost has used their nonces and moved their
 * money, and what is still pending then is only its outcome.
 */
function viewOf(account: Account, rows: readonly Record<string, SqlStorageValue>[]): PendingView {
  const unsealed = rows.filter((row) => BigInt(row.nonce as string) >= account.nonce);
  const nonces = new Set(unsealed.map((row) => BigInt(row.nonce as string)));
  return {
    balanceZhi: account.balanceZhi,
    reservedZhi: unsealed.reduce((sum, row) => sum + BigInt(row.reserved as string), 0n),
    nextNonce: firstFree(nonces, account.nonce),
    homeRegion: account.homeRegion,
    pending: rows.length,
    nonces,
  };
}

function firstFree(nonces: ReadonlySet<bigint>, from: bigint): bigint {
  let next = from;
  while (nonces.has(next)) next += 1n;
  return next;
}

/** The view once one more transaction, of its next nonce, is pending. */
export function withPending(view: PendingView, reservedZhi: bigint): PendingView {
  const nonces = new Set(view.nonces).add(view.nextNonce);
  return {
    ...view,
    reservedZhi: view.reservedZhi + reservedZhi,
    nextNonce: firstFree(nonces, view.nextNonce),
    pending: view.pending + 1,
    nonces,
  };
}

/**
 * Accounts whose home is this region: their balance and nonce as of the last final block that touched them, and what pending
 * transactions hold back. A row is replaced only by a later block's.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Account, decodeAccount, encodeAccount } from '../../protocol/state/account.ts';
import { BoundedCache } from '../../sealing/bounded-cache.ts';
import type { AccountView } from './rpc.ts';
import { blob, first } from './schema.ts';

/** Pending transactions of one account (chain.md). */
export const PENDING_MAX = 64;
/** Pending transactions at one payer's expense, of however many keys: each view of the payer reads them. */
export const SPONSORED_MAX = 1_024;

/** One read of D1 an account and this long, while it is in use. */
const READ_AGE_MS = 5_000;
const READ_TIMES_MAX = 4_096;
/** Some 1 MB. */
const HELD_MAX = 4_096;

interface HeldAccount {
  readonly account: Account;
  readonly height: bigint;
}

export class Accounts {
  readonly #sql: SqlStorage;
  readonly #ledger: () => Ledger;
  /** When each account was last read from D1, unix ms. */
  readonly #readMs = new BoundedCache<number>(READ_TIMES_MAX);
  /** Of the table, what was last read or written: each batch asks for the same rows. */
  #held = new BoundedCache<HeldAccount>(HELD_MAX);
  /** Accounts that D1 is being asked for, by how many calls. */
  readonly #loading = new Map<string, number>();

  constructor(sql: SqlStorage, ledger: () => Ledger) {
    this.#sql = sql;
    this.#ledger = ledger;
  }

  /** The account as D1 had it at most READ_AGE_MS ago, or later: a notice of a credit may have been lost. */
  async load(key: Uint8Array, now: number): Promise<Account | undefined> {
    const id = bytesToHex(key);
    const found = this.find(key);
    if (found && now - (this.#readMs.get(id) ?? 0) < READ_AGE_MS) return found;
    this.#readMs.set(id, now);
    return (await this.refresh(key)) ?? found;
  }

  /** The same of many, with one read of D1 for all that need one. Returns those whose home is another region: they are not kept. */
  async loadAll(keys: readonly Uint8Array[], region: number, now: number): Promise<Uint8Array[]> {
    const byId = new Map(keys.map((key) => [bytesToHex(key), key]));
    const kept = this.#found([...byId.keys()]);
    const stale = [...byId].filter(([id]) => now - (this.#readMs.get(id) ?? 0) >= READ_AGE_MS || !kept.has(id));
    if (stale.length === 0) return [];
    for (const [id] of stale) this.#readMs.set(id, now);
    const keysAsked = stale.map(([, key]) => key);
    return this.#whileLoading(keysAsked, async () => {
      // The tip of before, as in `refresh`.
      const tip = await this.#ledger().tip();
      if (!tip) return [];
      const found = await this.#ledger().accounts(keysAsked);
      const own = found.filter(({ value }) => value.homeRegion === region);
      this.takeAllFinal(own.map(({ key, value }) => ({ key, leaf: encodeAccount(value), height: tip.height })));
      return found.flatMap(({ key, value }) => (value.homeRegion === region ? [] : [key]));
    });
  }

  async #whileLoading<T>(keys: readonly Uint8Array[], load: () => Promise<T>): Promise<T> {
    const ids = keys.map(bytesToHex);
    for (const id of ids) this.#loading.set(id, (this.#loading.get(id) ?? 0) + 1);
    try {
      return await load();
    } finally {
      for (const id of ids) {
        const others = (this.#loading.get(id) ?? 1) - 1;
        if (others > 0) this.#loading.set(id, others);
        else this.#loading.delete(id);
      }
    }
  }

  /** Those of them that are here, by the hex of their keys. */
  #found(ids: readonly string[]): Map<string, Account> {
    const held = ids.map((id) => [id, this.#held.get(id)?.account] as const);
    const found = new Map(held.filter((one): one is [string, Account] => one[1] !== undefined));
    const asked = held.flatMap(([id, account]) => (account ? [] : [id]));
    if (asked.length === 0) return found;
    const rows = this.#sql.exec(
      'SELECT key, leaf, height FROM account WHERE key IN (SELECT unhex(value) FROM json_each(?))',
      JSON.stringify(asked),
    );
    for (const row of rows) {
      const [id, account] = [bytesToHex(blob(row.key)), decodeAccount(blob(row.leaf))];
      this.#held.set(id, { account, height: BigInt(row.height as string) });
      found.set(id, account);
    }
    return found;
  }

  async refresh(key: Uint8Array): Promise<Account | undefined> {
    return this.#whileLoading([key], async () => {
      // The tip of before: the leaf is at least that new, and a later block's notice replaces it.
      const tip = await this.#ledger().tip();
      const found = await this.#ledger().account(key);
      if (!found || !tip) return undefined;
      this.takeFinal(key, encodeAccount(found), tip.height);
      return this.find(key);
    });
  }

  find(key: Uint8Array): Account | undefined {
    const id = bytesToHex(key);
    return this.#found([id]).get(id);
  }

  takeFinal(key: Uint8Array, leaf: Uint8Array, height: bigint): void {
    this.takeAllFinal([{ key, leaf, height }]);
  }

  takeAllFinal(leaves: readonly FinalLeaf[]): void {
    if (leaves.length === 0) return;
    // WHERE TRUE: without it SQLite would read ON as a join's.
    this.#sql.exec(
      `INSERT INTO account(key, leaf, height) SELECT unhex(value ->> 0), unhex(value ->> 1), value ->> 2 FROM json_each(?) WHERE TRUE
        ON CONFLICT(key) DO UPDATE SET leaf = excluded.leaf, height = excluded.height
        WHERE CAST(excluded.height AS INTEGER) > CAST(account.height AS INTEGER)`,
      JSON.stringify(leaves.map(rowOf)),
    );
    this.#holdNewer(leaves);
  }

  /** The table is not what was last read or written: a transaction was undone. */
  forget(): void {
    this.#held = new BoundedCache(HELD_MAX);
  }

  /** What is held follows the table. */
  #holdNewer(leaves: readonly FinalLeaf[]): void {
    for (const { key, leaf, height } of leaves) {
      const id = bytesToHex(key);
      const held = this.#held.get(id);
      if (held && held.height < height) this.#held.set(id, { account: decodeAccount(leaf), height });
    }
  }

  /**
   * The leaves of a final block. Of accounts that were never asked for here nothing is kept: they are read from D1 when they are,
   * and most of those that get money in a block never are. A leaf that D1 is being asked for is kept: the answer may be older.
   */
  takeNotices(leaves: readonly FinalLeaf[]): void {
    this.takeAllFinal(leaves.filter(({ key }) => this.#loading.has(bytesToHex(key))));
    this.#sql.exec(
      `UPDATE account SET leaf = unhex(value ->> 1), height = value ->> 2 FROM json_each(?)
        WHERE account.key = unhex(value ->> 0) AND CAST(value ->> 2 AS INTEGER) > CAST(height AS INTEGER)`,
      JSON.stringify(leaves.map(rowOf)),
    );
    this.#holdNewer(leaves);
  }

  /** With pending transactions counted in. */
  view(key: Uint8Array): PendingView | undefined {
    const account = this.find(key);
    if (!account) return undefined;
    const rows = this.#sql
      .exec("SELECT nonce, reserved, payer FROM mempool WHERE sender = ? AND status = 'pending'", key)
      .toArray();
    const owed = this.#sql.exec("SELECT reserved FROM mempool WHERE payer = ? AND status = 'pending'", key).toArray();
    return viewOf(account, rows, owed);
  }

  /** The same of many, by the hex of their keys. */
  views(keys: readonly Uint8Array[]): Map<string, PendingView> {
    const ids = [...new Set(keys.map(bytesToHex))];
    const asked = JSON.stringify(ids);
    const pending = this.#sql
      .exec(
        "SELECT sender, nonce, reserved, payer FROM mempool WHERE sender IN (SELECT unhex(value) FROM json_each(?)) AND status = 'pending'",
        asked,
      )
      .toArray();
    const owed = this.#hasSponsored() ? this.#owedBy(asked) : [];
    const bySender = Map.groupBy(pending, (row) => bytesToHex(blob(row.sender)));
    const byPayer = Map.groupBy(owed, (row) => bytesToHex(blob(row.payer)));
    return new Map(
      Array.from(this.#found(ids), ([id, account]) => [
        id,
        viewOf(account, bySender.get(id) ?? [], byPayer.get(id) ?? []),
      ]),
    );
  }

  #hasSponsored(): boolean {
    const one = "SELECT 1 AS one FROM mempool WHERE payer IS NOT NULL AND status = 'pending' LIMIT 1";
    return first(this.#sql.exec(one)) !== undefined;
  }

  #owedBy(payers: string): PendingRow[] {
    return this.#sql
      .exec(
        "SELECT payer, reserved FROM mempool WHERE payer IN (SELECT unhex(value) FROM json_each(?)) AND status = 'pending'",
        payers,
      )
      .toArray();
  }
}

/** A leaf as of the final block of this height. */
export interface FinalLeaf {
  readonly key: Uint8Array;
  readonly leaf: Uint8Array;
  readonly height: bigint;
}

const rowOf = ({ key, leaf, height }: FinalLeaf) => [bytesToHex(key), bytesToHex(leaf), height.toString()];

export interface PendingView extends AccountView {
  readonly pending: number;
  /** Of others, at this account's expense. */
  readonly sponsored: number;
  /** Of pending transactions, those ahead of `nextNonce` included. */
  readonly nonces: ReadonlySet<bigint>;
}

type PendingRow = Readonly<Record<string, SqlStorageValue>>;

/**
 * The account may be ahead of its pending transactions: a block whose notice was lost has used their nonces and moved their
 * money, and what is still pending then is only its outcome. `owed`: what others have pending at its expense counts as long as
 * its outcome is not known here, for no nonce of this account says whether it was sealed.
 */
function viewOf(account: Account, rows: readonly PendingRow[], owed: readonly PendingRow[]): PendingView {
  const unsealed = rows.filter((row) => BigInt(row.nonce as string) >= account.nonce);
  const nonces = new Set(unsealed.map((row) => BigInt(row.nonce as string)));
  return {
    balanceZhi: account.balanceZhi,
    reservedZhi: reservedBy(unsealed.filter((row) => row.payer === null)) + reservedBy(owed),
    nextNonce: firstFree(nonces, account.nonce),
    homeRegion: account.homeRegion,
    pending: rows.length,
    sponsored: owed.length,
    nonces,
  };
}

const reservedBy = (rows: readonly PendingRow[]): bigint =>
  rows.reduce((sum, row) => sum + BigInt(row.reserved as string), 0n);

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

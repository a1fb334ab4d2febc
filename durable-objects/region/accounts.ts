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
    this.#readMs.delete(id);
    this.#readMs.set(id, now);
    if (this.#readMs.size > READ_TIMES_MAX) this.#readMs.delete(this.#readMs.keys().next().value as string);
    return (await this.refresh(key)) ?? found;
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
    const row = first(this.#sql.exec('SELECT height FROM account WHERE key = ?', key));
    if (row && BigInt(row.height as string) >= height) return;
    this.#sql.exec(
      'INSERT INTO account(key, leaf, height) VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE SET leaf = excluded.leaf, height = excluded.height',
      key,
      leaf,
      height.toString(),
    );
  }

  /**
   * With pending transactions counted in. The account may be ahead of them: a block whose notice was lost has used their nonces
   * and moved their money, and what is still pending then is only its outcome.
   */
  view(key: Uint8Array): (AccountView & { readonly pending: number }) | undefined {
    const account = this.find(key);
    if (!account) return undefined;
    const rows = this.#sql
      .exec("SELECT nonce, reserved FROM mempool WHERE sender = ? AND status = 'pending'", key)
      .toArray();
    const unsealed = rows.filter((row) => BigInt(row.nonce as string) >= account.nonce);
    const taken = new Set(unsealed.map((row) => row.nonce as string));
    let nextNonce = account.nonce;
    while (taken.has(nextNonce.toString())) nextNonce += 1n;
    return {
      balanceZhi: account.balanceZhi,
      reservedZhi: unsealed.reduce((sum, row) => sum + BigInt(row.reserved as string), 0n),
      nextNonce,
      homeRegion: account.homeRegion,
      pending: rows.length,
    };
  }
}

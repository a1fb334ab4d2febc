/**
 * Accounts whose home is this region: their balance and nonce as of the last final block that touched them, and what pending
 * transactions hold back. A row is replaced only by a later block's.
 */
import type { Ledger } from '../../ledger/ledger.ts';
import { type Account, decodeAccount, encodeAccount } from '../../protocol/state/account.ts';
import type { AccountView } from './rpc.ts';
import { blob, first } from './schema.ts';

/** Pending transactions of one account (chain.md). */
export const PENDING_MAX = 64;

export class Accounts {
  readonly #sql: SqlStorage;
  readonly #ledger: () => Ledger;
  constructor(sql: SqlStorage, ledger: () => Ledger) {
    this.#sql = sql;
    this.#ledger = ledger;
  }

  /** The account as of the last final block; from D1 the first time that this object meets it. */
  async load(key: Uint8Array): Promise<Account | undefined> {
    return this.find(key) ?? (await this.refresh(key));
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

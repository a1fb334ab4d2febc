/** Reading accounts as of the tip. */
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES, type SystemAccountName } from '../protocol/address.ts';
import { equalBytes } from '../protocol/hash.ts';
import type { Account } from '../protocol/state/account.ts';
import type { Zhi } from '../protocol/units.ts';
import type { Keyed } from './effects.ts';
import { amongKeys, bytesOut, exactOut, smallOut } from './exact.ts';
import { account } from './schema.ts';
import type { LedgerQuery } from './store.ts';

const selected = {
  key: bytesOut(account.key),
  balance: exactOut(account.balance),
  nonce: exactOut(account.nonce),
  homeRegion: smallOut(account.homeRegion),
};

function keyed(row: { key: Uint8Array; balance: bigint; nonce: bigint; homeRegion: number }): Keyed<Account> {
  const { key, balance, nonce, homeRegion } = row;
  return { key, value: { balanceZhi: balance as Zhi, nonce, homeRegion } };
}

export async function readAccount(query: LedgerQuery, key: Uint8Array): Promise<Account | undefined> {
  const [row] = await query.select(selected).from(account).where(eq(account.key, key));
  return row && keyed(row).value;
}

/** Those of the keys that exist, in key order. */
export async function readAccounts(query: LedgerQuery, keys: readonly Uint8Array[]): Promise<Keyed<Account>[]> {
  if (keys.length === 0) return [];
  const rows = await query.select(selected).from(account).where(amongKeys(account.key, keys)).orderBy(asc(account.key));
  return rows.map(keyed);
}

export async function readAccountPage(
  query: LedgerQuery,
  after: Uint8Array | undefined,
  limit: number,
  since?: bigint,
): Promise<Keyed<Account>[]> {
  const later = and(
    after && gt(account.key, after),
    since === undefined ? undefined : gt(account.updatedHeight, since),
  );
  const rows = await query.select(selected).from(account).where(later).orderBy(asc(account.key)).limit(limit);
  return rows.map(keyed);
}

export type SupplyByClass = Record<SystemAccountName | 'users', bigint>;

/** Balances of the system accounts, and of everybody else together. Reads every account: cache it. */
export async function readSupplyByClass(query: LedgerQuery): Promise<SupplyByClass> {
  const isSystem = amongKeys(account.key, Object.values(SYSTEM_ACCOUNT));
  // An empty key stands for all users: no account has one.
  const owner = sql<Uint8Array>`CASE WHEN ${isSystem} THEN ${account.key} ELSE x'' END`.mapWith(account.key);
  const rows = await query
    .select({ owner, balance: exactOut(sql`SUM(${account.balance})`) })
    .from(account)
    .groupBy(sql`1`);
  const supply = Object.fromEntries([...SYSTEM_ACCOUNT_NAMES, 'users'].map((name) => [name, 0n])) as SupplyByClass;
  for (const row of rows) {
    const name = SYSTEM_ACCOUNT_NAMES.find((one) => equalBytes(SYSTEM_ACCOUNT[one], row.owner));
    supply[name ?? 'users'] += row.balance;
  }
  return supply;
}

/** The statements that start a ledger: the first genesis wins, and a second start changes nothing. */
import { and, eq, exists, sql } from 'drizzle-orm';
import { decodeGenesis, genesisHash } from '../protocol/genesis.ts';
import type { Account } from '../protocol/state/account.ts';
import type { Keyed } from './effects.ts';
import { account, genesis, tip } from './schema.ts';
import { builder, insertMissingRows, type Statement, statementOf } from './statement.ts';

/** The tip before the first block: height 0, under the genesis hash. Throws for bytes that are no genesis. */
export function startStatements(bytes: Uint8Array, accounts: readonly Keyed<Account>[]): Statement[] {
  const decoded = decodeGenesis(bytes);
  const hash = genesisHash(decoded);
  const won = exists(builder.select({ one: sql`1` }).from(genesis).where(eq(genesis.hash, hash)));
  const atStart = exists(builder.select({ one: sql`1` }).from(tip).where(eq(tip.height, 0n)));
  const first = { only: 1, height: 0n, hash, timeMs: decoded.createdMs, bad: 0 };
  const rows = accounts.map(({ key, value }) => ({
    key,
    balance: value.balanceZhi,
    nonce: value.nonce,
    homeRegion: value.homeRegion,
    updatedHeight: 0n,
  }));
  return [
    statementOf(builder.insert(genesis).values({ only: 1, hash, bytes }).onConflictDoNothing()),
    ...insertMissingRows(tip, [first], won),
    ...insertMissingRows(account, rows, and(won, atStart) ?? won),
  ];
}

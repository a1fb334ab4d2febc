/** The registry of webhook endpoints: whom a final block wakes. */
import { asc, eq, sql } from 'drizzle-orm';
import { exactOut } from './exact.ts';
import { webhook } from './schema.ts';
import { insertMissingRows, type Statement } from './statement.ts';
import type { LedgerQuery } from './store.ts';

export interface LedgerWebhook {
  readonly id: string;
  readonly account: Uint8Array;
  readonly createdMs: bigint;
}

/** Each final block makes one call an endpoint: these bound the calls. */
export const WEBHOOKS_PER_ACCOUNT_MAX = 20;
export const WEBHOOKS_MAX = 1000;

/** Counts and inserts in one statement, so that two at once can't pass the bound. */
export function addWebhookStatements(added: LedgerWebhook): Statement[] {
  const mine = sql`(SELECT COUNT(*) FROM ${webhook} WHERE ${eq(webhook.account, added.account)}) < ${sql.raw(String(WEBHOOKS_PER_ACCOUNT_MAX))}`;
  const all = sql`(SELECT COUNT(*) FROM ${webhook}) < ${sql.raw(String(WEBHOOKS_MAX))}`;
  return insertMissingRows(webhook, [added], sql`${mine} AND ${all}`);
}

export async function hasWebhook(query: LedgerQuery, id: string): Promise<boolean> {
  return (await query.select({ id: webhook.id }).from(webhook).where(eq(webhook.id, id))).length > 0;
}

export async function deleteWebhook(query: LedgerQuery, id: string): Promise<void> {
  await query.delete(webhook).where(eq(webhook.id, id));
}

/** All of them, in id order; of one account when it is given. */
export async function readWebhooks(query: LedgerQuery, account: Uint8Array | undefined): Promise<LedgerWebhook[]> {
  return query
    .select({ id: webhook.id, account: webhook.account, createdMs: exactOut(webhook.createdMs) })
    .from(webhook)
    .where(account && eq(webhook.account, account))
    .orderBy(asc(webhook.id))
    .limit(WEBHOOKS_MAX);
}

/** What a lost notice would have said is read from D1. */
import { ordersNamedBy } from '../../protocol/events.ts';
import { encodeOrderRecord } from '../../protocol/order/record.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { parseTransaction, type Transaction } from '../../protocol/tx/envelope.ts';
import { openingOf } from '../../protocol/tx/opening.ts';
import type { RegionContext } from './context.ts';
import { takeFinal } from './finality.ts';
import type { FinalNotice } from './peer.ts';

/** What was pending for long is looked up in D1: a notice may have been lost with the object that sent it. */
export async function reconcile(context: RegionContext, olderThan: number, now: number): Promise<void> {
  for (const hash of context.mempool.pendingInTurn(olderThan, RECONCILED_MAX)) {
    const notice = await noticeFromLedger(context, hash);
    if (notice) await takeFinal(context, notice, now);
  }
}

/** Bounds one alarm's work; the rest waits for the next. */
const RECONCILED_MAX = 64;

async function noticeFromLedger(context: RegionContext, hash: Uint8Array): Promise<FinalNotice | undefined> {
  const { ledger } = context;
  const found = await ledger.transaction(hash);
  const block = found && (await ledger.block(found.height));
  if (!found || !block) return undefined;
  const pending = await pendingTransaction(context, hash);
  const opening = pending && openingOf(pending);
  // The tip of before: the accounts' leaves are at least that new.
  const tip = await ledger.tip();
  const moved = await ledger.accounts([found.sender, ...(opening?.sponsored ? [opening.demander] : [])]);
  const touched = pending ? ordersNamedBy(pending, hash) : [];
  const records = await Promise.all(touched.map(async (id) => ({ id, record: await ledger.orderRecord(id) })));
  return {
    height: found.height,
    hash: block.hash,
    timeMs: block.timeMs,
    transactions: [{ hash, entries: found.outcome, index: found.index }],
    accounts: tip ? moved.map(({ key, value }) => ({ key, leaf: encodeAccount(value), height: tip.height })) : [],
    orders: records.flatMap(({ id, record }) => (record ? [{ id, record: encodeOrderRecord(record) }] : [])),
    refused: [],
  };
}

async function pendingTransaction(context: RegionContext, hash: Uint8Array): Promise<Transaction | undefined> {
  const { hash: genesis } = await context.network();
  const bytes = context.mempool.bytes(hash);
  const parsed = bytes && parseTransaction(bytes, genesis);
  return parsed?.ok ? parsed.value : undefined;
}

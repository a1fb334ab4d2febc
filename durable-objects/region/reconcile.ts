/** What a lost notice would have said is read from D1. */
import { ordersNamedBy } from '../../protocol/events.ts';
import { encodeOrderRecord } from '../../protocol/order/record.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
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
  // The tip of before: the account's leaf is at least that new.
  const tip = await ledger.tip();
  const sender = await ledger.account(found.sender);
  const touched = await ordersOfPending(context, hash);
  const records = await Promise.all(touched.map(async (id) => ({ id, record: await ledger.orderRecord(id) })));
  return {
    height: found.height,
    hash: block.hash,
    timeMs: block.timeMs,
    transactions: [{ hash, entries: found.outcome, index: found.index }],
    accounts: sender && tip ? [{ key: found.sender, leaf: encodeAccount(sender), height: tip.height }] : [],
    orders: records.flatMap(({ id, record }) => (record ? [{ id, record: encodeOrderRecord(record) }] : [])),
    refused: [],
  };
}

async function ordersOfPending(context: RegionContext, hash: Uint8Array): Promise<Uint8Array[]> {
  const { hash: genesis } = await context.network();
  const bytes = context.mempool.bytes(hash);
  const parsed = bytes && parseTransaction(bytes, genesis);
  return parsed?.ok ? ordersNamedBy(parsed.value, hash) : [];
}

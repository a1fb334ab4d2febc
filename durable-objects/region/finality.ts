/** Step 6 seen from the region: a final block's outcomes reach the mempool, the accounts and the orders, each once. */
import { APPLIED, codeOfNumber, type ErrorCode } from '../../protocol/errors.ts';
import { ordersNamedBy } from '../../protocol/events.ts';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import { decodeOrderRecord, encodeOrderRecord } from '../../protocol/order/record.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import { orderIdOf } from '../../protocol/tx/order-open.ts';
import { SETTLE_MARGIN_MS } from './check.ts';
import type { RegionContext } from './context.ts';
import { hexKey } from './intake.ts';
import type { OrderRow } from './orders.ts';
import type { FinalNotice } from './peer.ts';
import { undoIntent } from './undo.ts';
import { resultKey } from './work.ts';

/** Results above this move from the object to R2 when their order is sealed. */
const INLINE_RESULT_BYTES_MAX = 16_384;

export async function takeFinal(context: RegionContext, notice: FinalNotice, now: number): Promise<void> {
  const doubtful: Uint8Array[] = [];
  const refusedHashes: Uint8Array[] = [];
  const changed = context.transaction(() => {
    context.takeTip(notice.height, notice.timeMs);
    for (const { key, leaf, height } of notice.accounts) context.accounts.takeFinal(key, leaf, height);
    const unopened = notice.transactions.flatMap((tx) => {
      if (!context.mempool.takeFinal({ ...tx, height: notice.height })) return [];
      doubtful.push(...takeEntryOutcomes(context, tx.hash, tx.entries, now));
      const code = codeOfNumber(tx.entries[0] ?? APPLIED);
      if (code) refusedHashes.push(tx.hash);
      return code === undefined ? [] : (endUnopened(context, tx.hash, code) ?? []);
    });
    const refused = notice.refused.flatMap(({ hash, code }) => takeRefusal(context, hash, code) ?? []);
    const ended = notice.orders.flatMap(({ id, record }) => takeFinalRecord(context, id, record, notice, now) ?? []);
    return [...unopened, ...refused, ...ended];
  });
  for (const tx of notice.transactions) context.watchers.changed(hexKey(tx.hash));
  for (const { hash } of notice.refused) context.watchers.changed(hexKey(hash));
  for (const row of changed) {
    deliver(context, row);
    if (row.final) await archiveResult(context, row);
  }
  for (const hash of [...refusedHashes, ...notice.refused.map((one) => one.hash)]) await undoIntent(context, hash, now);
  for (const order of doubtful) await catchUp(context, order, now);
  for (const { hash, code } of notice.refused) if (code === 'nonce_used') await recount(context, hash);
}

/** The chain knows of a nonce that we do not: the account as we have it is of before a block whose notice was lost. */
async function recount(context: RegionContext, hash: Uint8Array): Promise<void> {
  const sender = context.mempool.sender(hash);
  if (sender) await context.accounts.refresh(sender);
}

/** The chain refused an entry: it may be ahead of us, by a block whose notice was lost. */
async function catchUp(context: RegionContext, id: Uint8Array, now: number): Promise<void> {
  const found = await context.ledger.order(id);
  const block = found && isFinished(found.record.state) && (await context.ledger.block(found.updatedHeight));
  if (!found || !block) return;
  const { height, hash, timeMs } = block;
  const row = context.transaction(() =>
    takeFinalRecord(context, id, encodeOrderRecord(found.record), { height, hash, timeMs }, now),
  );
  if (!row) return;
  deliver(context, row);
  await archiveResult(context, row);
}

/** An entry comes again after a second, then twice as long each time up to this: a window may still run, or the chain catch up. */
const ENTRY_RETRY_MS_MAX = 60_000;

/**
 * An entry that was refused while its order goes on is sent again; of an order that is over it does not matter any more.
 * Returns the orders that go on.
 */
function takeEntryOutcomes(
  context: RegionContext,
  tx: Uint8Array,
  entries: readonly number[],
  now: number,
): Uint8Array[] {
  const goingOn: Uint8Array[] = [];
  context.roleEntries.of(tx).forEach((entry, i) => {
    const code = codeOfNumber(entries[i] ?? APPLIED);
    const row = context.orders.find(entry.order);
    if (!code || !row || row.final) return;
    goingOn.push(entry.order);
    const { role, tries } = entry;
    console.warn(JSON.stringify({ event: 'entry_refused', role, tries, order: hexKey(entry.order), code }));
    const notBefore = now + Math.min(ENTRY_RETRY_MS_MAX, SETTLE_MARGIN_MS * 2 ** tries);
    context.roleEntries.retry(entry.id, notBefore);
    context.due.setNoLater('nudge', '', notBefore);
  });
  context.roleEntries.removeTransaction(tx);
  return goingOn;
}

/** A transaction that will never be sealed. The order that one would have opened ends; a role's entries are composed anew. */
function takeRefusal(context: RegionContext, hash: Uint8Array, code: ErrorCode): OrderRow | undefined {
  if (!context.mempool.refuse(hash, code)) return undefined;
  releaseRoleEntries(context, hash);
  return endUnopened(context, hash, code);
}

/** Ends an order whose OrderOpen the chain refused: nothing is in escrow, and nothing more is done for it. */
function endUnopened(context: RegionContext, openHash: Uint8Array, code: ErrorCode): OrderRow | undefined {
  const row = context.orders.find(orderIdOf(context.region, openHash));
  if (!row || row.final) return undefined;
  row.record = { ...row.record, state: code === 'tx_expired' ? 'expired' : 'unserved' };
  row.story.failure = { code, detail: 'the order was not opened on the chain' };
  row.story.steps.prove = null;
  row.token += 1;
  row.final = true;
  context.orders.save(row);
  // Nobody pays for it, so nobody gets it.
  context.orders.storeResult(row.id, null, null);
  context.roleEntries.removeUncomposedOf(row.id);
  clearWork(context, row.id);
  return row;
}

function clearWork(context: RegionContext, order: Uint8Array): void {
  context.ctx.storage.sql.exec('DELETE FROM chunk WHERE order_id = ?', order);
  for (const kind of ['lease', 'check', 'deadline', 'settle'] as const) context.due.clear(kind, hexKey(order));
}

/** A role's transaction was not sealed: all of that role's pending ones go back to entries and get fresh nonces. */
function releaseRoleEntries(context: RegionContext, hash: Uint8Array): void {
  if (context.roleEntries.of(hash).length === 0) return;
  for (const role of ['searcher', 'checker'] as const) {
    for (const dropped of context.mempool.dropPendingFrom(context.keyring.publicKey(role)))
      context.roleEntries.release(dropped);
  }
  context.roleEntries.release(hash);
}

/** The chain's record replaces ours when it is finished; until then ours is ahead of it. */
function takeFinalRecord(
  context: RegionContext,
  id: Uint8Array,
  bytes: Uint8Array,
  block: Pick<FinalNotice, 'height' | 'hash' | 'timeMs'>,
  now: number,
): OrderRow | undefined {
  const row = context.orders.find(id);
  if (!row || row.final) return undefined;
  const record = decodeOrderRecord(bytes);
  if (!isFinished(record.state)) return undefined;
  row.record = record;
  row.final = true;
  row.story.block = { height: block.height.toString(), hash: hexKey(block.hash) };
  row.story.steps.settle = block.timeMs.toString();
  row.story.steps.seal = now.toString();
  context.orders.save(row);
  context.roleEntries.removeUncomposedOf(id);
  clearWork(context, id);
  return row;
}

/** Step 7 for the streams that watch the order. Its time goes out with it: the message is the delivery. */
function deliver(context: RegionContext, row: OrderRow): void {
  if (row.final) {
    row.story.steps.deliver = Date.now().toString();
    context.orders.save(row);
  }
  context.watchers.orderChanged(row);
}

async function archiveResult(context: RegionContext, row: OrderRow): Promise<void> {
  const { result } = context.orders.result(row.id);
  if (!result || result.length <= INLINE_RESULT_BYTES_MAX) return;
  await context.env.BLOBS.put(resultKey(row.id), result);
  context.orders.storeResult(row.id, null, null);
}

/** What was pending for long is looked up in D1: a notice may have been lost with the object that sent it. */
export async function reconcile(context: RegionContext, olderThan: number, now: number): Promise<void> {
  for (const hash of context.mempool.pendingOlderThan(olderThan, RECONCILED_MAX)) {
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

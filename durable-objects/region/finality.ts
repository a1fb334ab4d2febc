/** Step 6 seen from the region: a final block's outcomes reach the mempool, the accounts and the orders, each once. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { APPLIED, codeOfNumber, type ErrorCode } from '../../protocol/errors.ts';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import { decodeOrderRecord, encodeOrderRecord } from '../../protocol/order/record.ts';
import { orderIdOf } from '../../protocol/tx/order-open.ts';
import type { RoleEntry } from './batches.ts';
import { SETTLE_MARGIN_MS } from './check.ts';
import type { RegionContext } from './context.ts';
import type { OrderRow } from './orders.ts';
import type { FinalNotice } from './peer.ts';
import { sweepJobsLater } from './search/job-sweep.ts';
import { sweepTilesLater } from './tile-sweep.ts';
import { UNDO_AGAIN_MS, undoIntent } from './undo.ts';
import { resultKey } from './work.ts';

/** Results above this move from the object to R2 when their order is sealed. */
const INLINE_RESULT_BYTES_MAX = 16_384;

export async function takeFinal(context: RegionContext, notice: FinalNotice, now: number): Promise<void> {
  const doubtful: Uint8Array[] = [];
  const refusedNow: Uint8Array[] = [];
  const changed = context.transaction(() => {
    context.takeTip(notice.height, notice.timeMs);
    if (notice.parameters) context.parameters.take(notice.height, notice.parameters);
    context.accounts.takeNotices(notice.accounts);
    const taken = context.mempool.takeFinal(notice.transactions, notice.height);
    const withEntries = context.roleEntries.among(notice.transactions.map(({ hash }) => hash));
    const unopened = notice.transactions.flatMap((tx) => {
      const id = bytesToHex(tx.hash);
      if (!taken.has(id)) return [];
      if (withEntries.has(id)) doubtful.push(...takeEntryOutcomes(context, tx.hash, tx.entries, now));
      const code = codeOfNumber(tx.entries[0] ?? APPLIED);
      if (code) refusedNow.push(tx.hash);
      return code === undefined ? [] : (endUnopened(context, tx.hash, code, now) ?? []);
    });
    const refused = notice.refused.flatMap(({ hash, code }) => {
      if (!context.mempool.refuse(hash, code)) return [];
      refusedNow.push(hash);
      releaseRoleEntries(context, hash, code, now);
      return endUnopened(context, hash, code, now) ?? [];
    });
    for (const hash of refusedNow) context.due.set('undo', bytesToHex(hash), now + UNDO_AGAIN_MS);
    const ended = notice.orders.flatMap(({ id, record }) => takeFinalRecord(context, id, record, notice, now) ?? []);
    return [...unopened, ...refused, ...ended];
  });
  if (refusedNow.length > 0) await context.due.arm();
  for (const tx of notice.transactions) context.watchers.changed(bytesToHex(tx.hash));
  for (const { hash } of notice.refused) context.watchers.changed(bytesToHex(hash));
  for (const row of changed) await finish(context, row);
  for (const hash of refusedNow) await alone('undo', () => undoIntent(context, hash, now));
  for (const order of doubtful) await alone('catch_up', () => catchUp(context, order, now));
  for (const { hash, code } of notice.refused)
    if (code === 'nonce_used') await alone('recount', () => recount(context, hash));
}

/**
 * What follows a notice is done one by one: a failure is logged, and the rest goes on. An undoing is due again; an entry whose
 * order is over is refused again; an account is read again with the next call; a result that R2 did not take stays here.
 */
async function alone(step: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(JSON.stringify({ event: 'finality_failed', step, reason: (error as Error).message }));
  }
}

async function finish(context: RegionContext, row: OrderRow): Promise<void> {
  await alone('deliver', async () => deliver(context, row));
  if (row.final) await alone('archive', () => archiveResult(context, row));
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
  if (row) await finish(context, row);
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
    console.warn(JSON.stringify({ event: 'entry_refused', role, tries, order: bytesToHex(entry.order), code }));
    retryLater(context, entry, now);
  });
  context.roleEntries.removeTransaction(tx);
  return goingOn;
}

function retryLater(context: RegionContext, { id, tries }: RoleEntry, now: number): void {
  const notBefore = now + Math.min(ENTRY_RETRY_MS_MAX, SETTLE_MARGIN_MS * 2 ** tries);
  context.roleEntries.retry(id, notBefore);
  context.due.setNoLater('nudge', '', notBefore);
}

/**
 * Ends an order whose OrderOpen the chain refused: nothing is in escrow, and nothing more is done for it. Intake leaves the
 * chain time to open what it takes; only a chain that stalls for longer refuses an order that was served already.
 */
function endUnopened(context: RegionContext, openHash: Uint8Array, code: ErrorCode, now: number): OrderRow | undefined {
  const row = context.orders.find(orderIdOf(context.region, openHash));
  if (!row || row.final) return undefined;
  row.record = { ...row.record, state: code === 'tx_expired' ? 'expired' : 'unserved' };
  row.story.failure = { code, detail: 'the order was not opened on the chain' };
  row.story.steps.prove = null;
  row.token += 1;
  row.final = true;
  context.orders.save(row);
  // Nobody pays for it, so nobody gets it from here on.
  context.orders.storeResult(row.id, null, null);
  context.roleEntries.removeUncomposedOf(row.id);
  clearWork(context, row.id);
  sweepTilesLater(context, row, now);
  sweepJobsLater(context, row, now);
  return row;
}

function clearWork(context: RegionContext, order: Uint8Array): void {
  context.ctx.storage.sql.exec('DELETE FROM chunk WHERE order_id = ?', order);
  context.orders.forgetInputs(order);
  for (const kind of ['lease', 'check', 'deadline', 'settle'] as const) context.due.clear(kind, bytesToHex(order));
}

/**
 * A role's transaction will never be sealed: all of that role's pending ones go back to entries and get fresh nonces. One of these
 * entries may be what no rule can execute: they come again later, and in smaller company each time (`batchesOf`).
 */
function releaseRoleEntries(context: RegionContext, hash: Uint8Array, code: ErrorCode, now: number): void {
  const entries = context.roleEntries.of(hash);
  if (entries.length === 0) return;
  if (code === 'not_executable') for (const entry of entries) retryLater(context, entry, now);
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
  row.story.block = { height: block.height.toString(), hash: bytesToHex(block.hash) };
  row.story.steps.settle = block.timeMs.toString();
  row.story.steps.seal = now.toString();
  context.orders.save(row);
  context.roleEntries.removeUncomposedOf(id);
  clearWork(context, id);
  sweepTilesLater(context, row, now);
  sweepJobsLater(context, row, now);
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

/**
 * A confirmation or a cancellation moves the order here as soon as it is acknowledged. When the chain does not take it after
 * all, the order goes on from where the chain has it: nobody's money waits for a transaction that will never come.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import type { OrderRecord } from '../../protocol/order/record.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import { decodeOrderConfirm } from '../../protocol/tx/order-confirm.ts';
import { decodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { RegionContext } from './context.ts';
import type { OrderRow } from './orders.ts';

/** When the object died before an undoing was done, or the chain does not know the order yet. */
export const UNDO_AGAIN_MS = 2_000;

/**
 * `hash`: a transaction of the mempool that was refused, sealed or not; its `undo` entry is due. Any but a confirmation or
 * cancellation is left alone. The entry goes in the transaction that undoes: a later confirmation must not be undone by it.
 */
export async function undoIntent(context: RegionContext, hash: Uint8Array, now: number): Promise<void> {
  const network = await context.network();
  const bytes = context.mempool.bytes(hash);
  const parsed = bytes && parseTransaction(bytes, network.hash);
  const { type, body } = parsed?.ok ? parsed.value : { type: 0, body: new Uint8Array(0) };
  const key = bytesToHex(hash);
  if (txTypeName(type) === 'orderConfirm') return undoConfirm(context, decodeOrderConfirm(body).order, key);
  if (txTypeName(type) === 'orderRefund') return undoCancel(context, decodeOrderRefund(body).order, key, now);
  context.due.clear('undo', key);
}

/** The settlement that followed stays: it is refused and sent again until the window confirms, or the demander does. */
function undoConfirm(context: RegionContext, order: Uint8Array, undoKey: string): void {
  const row = context.transaction(() => {
    context.due.clear('undo', undoKey);
    const found = context.orders.find(order);
    if (!found || found.final || found.record.state !== 'confirmed') return undefined;
    if (found.record.confirm.kind !== 'manual') return undefined;
    found.record = { ...found.record, state: 'checked' };
    context.orders.save(found);
    return found;
  });
  if (row) context.watchers.orderChanged(row);
}

async function undoCancel(context: RegionContext, order: Uint8Array, undoKey: string, now: number): Promise<void> {
  const record = await context.ledger.orderRecord(order);
  const row = context.transaction(() => {
    context.due.clear('undo', undoKey);
    const found = context.orders.find(order);
    if (!found || found.final || found.record.state !== 'cancelled') return undefined;
    // Not opened there yet: it will be, or that is refused and the order ends.
    if (!record) context.due.set('undo', undoKey, now + UNDO_AGAIN_MS);
    if (!record || isFinished(record.state)) return undefined;
    goOn(context, found, record, now);
    return found;
  });
  if (row) context.watchers.orderChanged(row);
}

function goOn(context: RegionContext, row: OrderRow, record: OrderRecord, now: number): void {
  row.record = record;
  row.leasedUntil = 0;
  context.orders.save(row);
  const key = bytesToHex(row.id);
  context.due.set('lease', key, now);
  context.due.set('check', key, now);
  context.due.set('deadline', key, Number(record.deadlineMs));
}

/**
 * A confirmation or a cancellation moves the order here as soon as it is acknowledged. When the chain does not take it after
 * all, the order goes on from where the chain has it: nobody's money waits for a transaction that will never come.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import { decodeOrderConfirm } from '../../protocol/tx/order-confirm.ts';
import { decodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { RegionContext } from './context.ts';

/** `hash`: a transaction of the mempool that was refused, sealed or not. Any but a confirmation or cancellation is left alone. */
export async function undoIntent(context: RegionContext, hash: Uint8Array, now: number): Promise<void> {
  const network = await context.network();
  const bytes = context.mempool.bytes(hash);
  const parsed = bytes && parseTransaction(bytes, network.hash);
  if (!parsed?.ok) return;
  const { type, body } = parsed.value;
  if (txTypeName(type) === 'orderConfirm') undoConfirm(context, decodeOrderConfirm(body).order);
  if (txTypeName(type) === 'orderRefund') await undoCancel(context, decodeOrderRefund(body).order, now);
}

/** The settlement that followed stays: it is refused and sent again until the window confirms, or the demander does. */
function undoConfirm(context: RegionContext, order: Uint8Array): void {
  const row = context.orders.find(order);
  if (!row || row.final || row.record.state !== 'confirmed' || row.record.confirm.kind !== 'manual') return;
  row.record = { ...row.record, state: 'checked' };
  context.transaction(() => context.orders.save(row));
  context.watchers.orderChanged(row);
}

async function undoCancel(context: RegionContext, order: Uint8Array, now: number): Promise<void> {
  const before = context.orders.find(order);
  if (!before || before.final || before.record.state !== 'cancelled') return;
  const record = await context.ledger.orderRecord(order);
  const row = context.orders.find(order);
  if (!record || !row || row.final || row.record.state !== 'cancelled' || isFinished(record.state)) return;
  row.record = record;
  row.leasedUntil = 0;
  const key = bytesToHex(order);
  context.transaction(() => {
    context.orders.save(row);
    context.due.set('lease', key, now);
    context.due.set('check', key, now);
    context.due.set('deadline', key, Number(record.deadlineMs));
  });
  context.watchers.orderChanged(row);
}

/** Ends an order that nobody is paid for. The chain applies the same rule when the entry is sealed. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { encode } from '../../protocol/codec.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { nextState } from '../../protocol/order/lifecycle.ts';
import { orderRefundCodec, type RefundReason } from '../../protocol/tx/order-refund.ts';
import type { RegionContext } from './context.ts';
import { pendingSince } from './intake.ts';
import type { OrderRow } from './orders.ts';

const DETAIL: Record<RefundReason, string> = {
  cancel: 'cancelled by the demander',
  expire: 'the deadline passed before a result was checked',
  giveUp: 'no provider gave a result that passed its check',
  decline: 'the inputs could not be read or run',
};

/** The ended order, or undefined when its state does not allow that. */
export function refund(
  context: RegionContext,
  id: Uint8Array,
  reason: RefundReason,
  code: ErrorCode,
  now: number,
): OrderRow | undefined {
  const row = context.transaction(() => {
    const found = context.orders.find(id);
    const next = found && nextState(found.record.state, reason);
    if (!found || !next) return undefined;
    found.record = { ...found.record, state: next };
    found.story.failure = { code, detail: DETAIL[reason] };
    found.token += 1;
    context.orders.save(found);
    context.roleEntries.add('refund', id, encode(orderRefundCodec, { order: id, reason }));
    context.due.clear('lease', bytesToHex(id));
    pendingSince(context, now);
    return found;
  });
  if (row) context.watchers.orderChanged(row);
  return row;
}

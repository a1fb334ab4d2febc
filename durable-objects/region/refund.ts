/** Ends an order that nobody is paid for. The chain applies the same rule when the entry is sealed. */
import { encode } from '../../protocol/codec.ts';
import { nextState } from '../../protocol/order/lifecycle.ts';
import { orderRefundCodec, type RefundReason } from '../../protocol/tx/order-refund.ts';
import type { Network, RegionContext } from './context.ts';
import { hexKey, pendingSince } from './intake.ts';

/** False when the order's state does not allow it. */
export function refund(
  context: RegionContext,
  _network: Network,
  id: Uint8Array,
  reason: RefundReason,
  now: number,
): boolean {
  const row = context.transaction(() => {
    const found = context.orders.find(id);
    const next = found && nextState(found.record.state, reason);
    if (!found || !next) return undefined;
    found.record = { ...found.record, state: next };
    found.token += 1;
    context.orders.save(found);
    context.roleEntries.add('refund', id, encode(orderRefundCodec, { order: id, reason }));
    context.due.clear('lease', hexKey(id));
    pendingSince(context, now);
    return found;
  });
  if (row) context.watchers.orderChanged(row);
  return row !== undefined;
}

/** Follows an order to its end, with a progress bar on a terminal. */
import { hasCheckedResult, isFinished } from '../../protocol/order/lifecycle.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Client } from '../sdk/client.ts';
import { Interrupted, isStop, Refusal } from './exit-codes.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';

export type Until = 'checked' | 'final';

const hasResult = ({ state }: WireOrder): boolean => hasCheckedResult(state);

/** Of an order that ended without a result: its money is back, and nothing is there to open. */
function ended(order: WireOrder): Refusal {
  const why: Partial<Record<WireOrder['state'], string>> = {
    cancelled: 'the order was cancelled; its money is back',
    expired: "the order's deadline passed; its money is back",
    unserved: 'no provider could serve the order; its money is back',
  };
  return new Refusal(why[order.state] ?? `the order ended as ${order.state}`);
}

/** Whether it is as far as `until`, with its result. Throws the refusal of an order that ended without one. */
export function isThere(order: WireOrder, until: Until): boolean {
  if (isFinished(order.state) && !hasResult(order)) throw ended(order);
  return hasResult(order) && (until === 'checked' || order.final);
}

/** The order with its result. Refusal when it ends without one. `known` is what the caller last heard of it. */
export async function followOrder(
  client: Client,
  out: Output,
  id: string,
  until: Until,
  known?: WireOrder,
): Promise<WireOrder> {
  if (known && isThere(known, until)) return known;
  const progress = new Progress(out);
  try {
    for await (const order of client.watchOrder(id, out.io.signal)) {
      progress.show(order);
      if (isThere(order, until)) return order;
    }
  } catch (error) {
    if (isStop(error, out.io.signal))
      throw new Interrupted(`stopped watching; the order goes on: hai order watch ${id}`);
    throw error;
  } finally {
    progress.end();
  }
  throw new Error('the events ended before the order did');
}

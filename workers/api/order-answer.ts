/** How an order is answered: finished or checked with 200, on its way with 202. */
import { base64 } from '@scure/base';
import type { OrderAnswer } from '../../durable-objects/region/rpc.ts';
import { hasCheckedResult, isFinished } from '../../protocol/order/lifecycle.ts';
import { REGIONS, type Region } from '../../protocol/regions.ts';
import { regionOfOrder } from '../../protocol/tx/order-open.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { REPLAYED_HEADER } from './idempotency.ts';
import { type Preferences, preferenceApplied } from './prefer.ts';

export const isChecked = (order: Pick<WireOrder, 'state'>): boolean => hasCheckedResult(order.state);

/** Nothing more will come of waiting for the result. */
export const isAnswered = (order: Pick<WireOrder, 'state'>): boolean => isChecked(order) || isFinished(order.state);

export const orderPath = (id: string): string => `/v1/orders/${id}`;

/** The region that an order's id names, or undefined for an id that no region gave. */
export function regionNamedBy(id: Uint8Array): Region | undefined {
  return REGIONS[regionOfOrder(id)];
}

export interface WireOrderAnswer {
  order: WireOrder;
  result: string | null;
}

export function orderBody({ order, result }: OrderAnswer): WireOrderAnswer {
  return { order, result: result ? base64.encode(result) : null };
}

/** The answer to a POST. `Location` also on 200, so that a client reads it in one place. */
export function intakeResponse(answer: OrderAnswer, prefer: Preferences, replayed: boolean): Response {
  const applied = preferenceApplied(prefer);
  return Response.json(orderBody(answer), {
    status: isAnswered(answer.order) ? 200 : 202,
    headers: {
      location: orderPath(answer.order.id),
      ...(applied ? { 'preference-applied': applied } : {}),
      ...(replayed ? { [REPLAYED_HEADER]: 'true' } : {}),
    },
  });
}

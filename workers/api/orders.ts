/** GET /v1/orders: an account's orders, one of them, and its changes as they happen. */
import { z } from '@hono/zod-openapi';
import { fail } from '../../protocol/errors.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import type { Api } from './context.ts';
import { encodeCursor } from './cursor.ts';
import { account, hash32, pageCursor, pageLimit } from './fields.ts';
import { homeOf } from './intake.ts';
import { orderBody, regionNamedBy } from './order-answer.ts';
import { orderEvents } from './order-events.ts';
import { parsePrefer } from './prefer.ts';
import { orderAnswerSchema, orderPageSchema } from './schemas.ts';

const orderParams = z.strictObject({ id: hash32 });

export function addOrderReads(api: Api): void {
  addOperation(
    api,
    {
      id: 'listOrders',
      method: 'get',
      path: '/v1/orders',
      tag: 'Orders',
      summary: 'Orders of an account, newest first',
      query: z.strictObject({ account, limit: pageLimit, cursor: pageCursor('orders') }),
      answers: { 200: { description: 'A page', schema: orderPageSchema } },
      refuses: ['unknown_account'],
    },
    async (c, { query }) => {
      const home = await homeOf(c.env, query.account);
      if (!home.ok) return home;
      const { orders, next } = await regionStub(c.env, home.value).ordersOf(
        query.account,
        query.cursor ?? null,
        query.limit,
      );
      return Response.json({ orders, next: next === null ? null : encodeCursor('orders', next) });
    },
  );
  addOperation(
    api,
    {
      id: 'getOrder',
      method: 'get',
      path: '/v1/orders/{id}',
      tag: 'Orders',
      summary: 'An order, with its result once checked. With Prefer: wait=N it is awaited',
      params: orderParams,
      query: z.strictObject({ until: z.enum(['checked', 'final']).default('checked') }),
      prefer: true,
      answers: { 200: { description: 'The order as it is now', schema: orderAnswerSchema } },
      refuses: ['unknown_order'],
    },
    async (c, { params, query }) => {
      const home = regionNamedBy(params.id);
      if (!home) return fail('unknown_order');
      const region = regionStub(c.env, home);
      const { waitMs } = parsePrefer(c.req.header('prefer'));
      const found = await (waitMs > 0 ? region.waitOrder(params.id, query.until, waitMs) : region.order(params.id));
      return found.ok ? Response.json(orderBody(found.value)) : found;
    },
  );
  addOperation(
    api,
    {
      id: 'watchOrder',
      method: 'get',
      path: '/v1/orders/{id}/events',
      tag: 'Orders',
      summary: 'The order at each change, as server-sent events; Last-Event-ID resumes; ends when final',
      params: orderParams,
      answers: { 200: { description: '`event: order`, `data:` an Order', mediaType: 'text/event-stream' } },
      refuses: ['unknown_order'],
    },
    (c, { params }) => orderEvents(c, params.id),
  );
}

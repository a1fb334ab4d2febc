/** /v1/orders: taking orders in, and showing them. */
import { z } from '@hono/zod-openapi';
import { type Failure, fail } from '../../protocol/errors.ts';
import { receiptFile } from '../../protocol/proof/receipt-file.ts';
import { SEALED_BYTES_MAX } from '../../protocol/order/sealed.ts';
import type { Region } from '../../protocol/regions.ts';
import { TX_BYTES_MAX } from '../../protocol/tx/envelope.ts';
import { openLedger } from '../../ledger/d1.ts';
import { receiptOf } from '../../ledger/receipt.ts';
import type { Lease, OrderAnswer } from '../../durable-objects/region/rpc.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import type { Api, ApiContext } from './context.ts';
import { encodeCursor } from './cursor.ts';
import { account, base64Bytes, hash32, pageCursor, pageLimit } from './fields.ts';
import { claimOf } from './idempotency.ts';
import { homeOf, parseOrder } from './intake.ts';
import { intakeResponse, isAnswered, isChecked, orderBody, regionNamedBy } from './order-answer.ts';
import { orderEvents } from './order-events.ts';
import { addOperation } from './operation.ts';
import { parsePrefer } from './prefer.ts';
import { orderAnswerSchema, orderPageSchema } from './schemas.ts';
import { logFault } from './faults.ts';

/** An envelope has a few grants of 112 bytes beside its ciphertext. */
const ENVELOPE_BYTES_MAX = SEALED_BYTES_MAX + 4096;

const orderBodySchema = z
  .strictObject({ transaction: base64Bytes(TX_BYTES_MAX), sealed: base64Bytes(ENVELOPE_BYTES_MAX) })
  .openapi('OrderRequest', { description: 'A signed OrderOpen, and the sealed envelope that it commits to' });
const orderIdSchema = z.strictObject({ id: hash32 });

export function addOrders(api: Api): void {
  addOrderIntake(api);
  addOrderReads(api);
  addOrderFiles(api);
}

function addOrderIntake(api: Api): void {
  addOperation(
    api,
    {
      id: 'createOrder',
      method: 'post',
      path: '/v1/orders',
      tag: 'Orders',
      summary: 'Place an order. With Prefer: wait=N the checked result comes in the answer',
      body: { json: orderBodySchema },
      idempotent: true,
      prefer: true,
      answers: {
        200: { description: 'Finished, or checked with its result', schema: orderAnswerSchema },
        202: { description: 'Taken in; Location names it', schema: orderAnswerSchema },
      },
      refuses: [
        'tx_malformed',
        'tx_too_large',
        'tx_type_reserved',
        'wrong_chain',
        'bad_signature',
        'tx_expired',
        'expiry_too_far',
        'fee_too_low',
        'unknown_account',
        'nonce_used',
        'nonce_gap',
        'insufficient_balance',
        'amount_out_of_range',
        'wrong_home_region',
        'too_many_pending',
        'price_limit_below_quote',
        'deadline_passed',
        'no_provider',
        'work_too_large',
        'work_invalid',
        'unknown_model',
        'unknown_dataset',
        'sealed_malformed',
        'hash_mismatch',
        'grant_missing',
      ],
    },
    (c, { body }) => takeOrderIn(c, body.transaction, body.sealed),
  );
}

async function takeOrderIn(c: ApiContext, transaction: Uint8Array, sealed: Uint8Array): Promise<Response | Failure> {
  const prefer = parsePrefer(c.req.header('prefer'));
  const parsed = await parseOrder(transaction, sealed, await networkOf(c.env));
  if (!parsed.ok) return parsed;
  const home = await homeOf(c.env, parsed.value.sender);
  if (!home.ok) return home;
  const region = regionStub(c.env, home.value);
  const startedMs = Date.now();
  const idempotency = await claimOf(c, parsed.value.sender);
  const taken = await region.intakeOrder({ transaction, sealed, idempotency, preferQueue: prefer.respondAsync });
  if (!taken.ok) return taken;
  const { answer, lease, replayed } = taken.value;
  const run = lease ? runLease(c, home.value, lease) : undefined;
  if (prefer.waitMs === 0 || isAnswered(answer.order)) return intakeResponse(answer, prefer, replayed);
  const direct = await within(run, prefer.waitMs);
  if (direct && isAnswered(direct.order)) return intakeResponse(direct, prefer, replayed);
  // By queue, or another provider's turn after a failed check: the region object says when.
  const leftMs = Math.max(0, prefer.waitMs - (Date.now() - startedMs));
  const id = hash32.parse(answer.order.id);
  const waited = await region.waitOrder(id, 'checked', leftMs);
  return intakeResponse(waited.ok ? waited.value : answer, prefer, replayed);
}

/** Goes on when the caller leaves; a run that breaks off leaves the lease to expire, and the queue takes over. */
function runLease(c: ApiContext, region: Region, lease: Lease): Promise<OrderAnswer | undefined> {
  const run = c
    .get('deps')
    .runDirect(c.env, region, lease)
    .then((done) => (done.ok ? done.value : undefined))
    .catch((fault: unknown) => {
      logFault(c, fault);
      return undefined;
    });
  c.executionCtx.waitUntil(run);
  return run;
}

async function within<T>(run: Promise<T> | undefined, timeoutMs: number): Promise<T | undefined> {
  if (!run) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  const first = await Promise.race([run, promise]);
  clearTimeout(timer);
  return first;
}

function addOrderReads(api: Api): void {
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
      const { orders, next } = await regionStub(c.env, home.value).ordersOf(query.account, query.cursor ?? null, query.limit);
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
      params: orderIdSchema,
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
}

function addOrderFiles(api: Api): void {
  addOperation(
    api,
    {
      id: 'getOrderResult',
      method: 'get',
      path: '/v1/orders/{id}/result',
      tag: 'Orders',
      summary: 'The checked result: ciphertext under the order’s content key',
      params: orderIdSchema,
      answers: { 200: { description: 'Ciphertext', mediaType: 'application/octet-stream' } },
      refuses: ['unknown_order', 'result_not_ready'],
    },
    (c, { params }) => resultResponse(c, params.id, 'unknown_order'),
  );
  addOperation(
    api,
    {
      id: 'getModel',
      method: 'get',
      path: '/v1/models/{id}',
      tag: 'Data',
      summary: 'The model that a train order made: ciphertext under that order’s content key',
      params: orderIdSchema,
      answers: { 200: { description: 'Ciphertext', mediaType: 'application/octet-stream' } },
      refuses: ['unknown_model', 'result_not_ready'],
    },
    (c, { params }) => resultResponse(c, params.id, 'unknown_model'),
  );
  addOperation(
    api,
    {
      id: 'getOrderReceipt',
      method: 'get',
      path: '/v1/orders/{id}/receipt',
      tag: 'Orders',
      summary: 'receipt.json of a settled order: `hai verify` checks it offline',
      params: orderIdSchema,
      answers: { 200: { description: 'The receipt', mediaType: 'application/json' } },
      refuses: ['unknown_order', 'result_not_ready'],
    },
    (c, { params }) => receiptResponse(c, params.id),
  );
  addOperation(
    api,
    {
      id: 'watchOrder',
      method: 'get',
      path: '/v1/orders/{id}/events',
      tag: 'Orders',
      summary: 'The order at each change, as server-sent events; Last-Event-ID resumes; ends when final',
      params: orderIdSchema,
      answers: { 200: { description: '`event: order`, `data:` an Order', mediaType: 'text/event-stream' } },
      refuses: ['unknown_order'],
    },
    (c, { params }) => orderEvents(c, params.id),
  );
}

async function resultResponse(
  c: ApiContext,
  id: Uint8Array,
  unknown: 'unknown_order' | 'unknown_model',
): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail(unknown);
  const region = regionStub(c.env, home);
  const found = await region.order(id);
  if (!found.ok) return found.code === 'unknown_order' ? fail(unknown) : found;
  const { order } = found.value;
  if (unknown === 'unknown_model' && order.work.kind !== 'train') return fail(unknown, 'not a train order');
  if (!isChecked(order)) return fail('result_not_ready', order.state);
  const result = await region.orderResult(id);
  if (!result.ok) return result;
  return new Response(result.value as Uint8Array<ArrayBuffer>, { headers: { 'content-type': 'application/octet-stream' } });
}

async function receiptResponse(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const receipt = await receiptOf(openLedger(c.env.DB), id);
  if (receipt) return new Response(receiptFile(receipt), { headers: { 'content-type': 'application/json' } });
  const found = await regionStub(c.env, home).order(id);
  return found.ok ? fail('result_not_ready', found.value.order.state) : found;
}

/** What an order leaves behind: its result, the model, the receipt. */
import { z } from '@hono/zod-openapi';
import { openLedger } from '../../ledger/d1.ts';
import { receiptOf } from '../../ledger/receipt.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { receiptFile } from '../../protocol/proof/receipt-file.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { hash32 } from './fields.ts';
import { isChecked, regionNamedBy } from './order-answer.ts';

const orderParams = z.strictObject({ id: hash32 });

export function addOrderFiles(api: Api): void {
  addOperation(
    api,
    {
      id: 'getOrderResult',
      method: 'get',
      path: '/v1/orders/{id}/result',
      tag: 'Orders',
      summary: 'The checked result: ciphertext under the order’s content key',
      params: orderParams,
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
      params: orderParams,
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
      params: orderParams,
      answers: { 200: { description: 'The receipt', mediaType: 'application/json' } },
      refuses: ['unknown_order', 'result_not_ready'],
    },
    (c, { params }) => receiptResponse(c, params.id),
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
  return new Response(result.value as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': 'application/octet-stream' },
  });
}

async function receiptResponse(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const receipt = await receiptOf(openLedger(c.env.DB), id);
  if (receipt) return new Response(receiptFile(receipt), { headers: { 'content-type': 'application/json' } });
  const found = await regionStub(c.env, home).order(id);
  return found.ok ? fail('result_not_ready', found.value.order.state) : found;
}

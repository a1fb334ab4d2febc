/** What an order leaves behind: its result, the model, the receipt. */
import { z } from '@hono/zod-openapi';
import { archivedLedger } from '../../durable-objects/region/archived-ledger.ts';
import { receiptOf } from '../../ledger/receipt.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { wireIsPredicting } from '../../protocol/order/wire-work.ts';
import { receiptFile } from '../../protocol/proof/receipt-file.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { hash32 } from './fields.ts';
import type { Answer, Tag } from './operation.ts';
import { isChecked, regionNamedBy } from './order-answer.ts';
import { tiledResponse } from './tiled-result.ts';

type Unknown = 'unknown_order' | 'unknown_model';

interface OrderFile {
  readonly id: string;
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly answer: Answer;
  /** The refusal when no order has it. */
  readonly unknown: Unknown;
  respond(c: ApiContext, id: Uint8Array, unknown: Unknown): Promise<Response | Failure>;
}

const orderParams = z.strictObject({ id: hash32 });
const CIPHERTEXT: Answer = { description: 'Ciphertext', mediaType: 'application/octet-stream' };

const FILES: readonly OrderFile[] = [
  {
    id: 'getOrderResult',
    path: '/v1/orders/{id}/result',
    tag: 'Orders',
    summary:
      'The checked result: ciphertext under the order’s content key, of a large prediction one a tile (u32 length, bytes)',
    answer: CIPHERTEXT,
    unknown: 'unknown_order',
    respond: resultResponse,
  },
  {
    id: 'getModel',
    path: '/v1/models/{id}',
    tag: 'Data',
    summary: 'The model that a training or a search made: ciphertext under that order’s content key',
    answer: CIPHERTEXT,
    unknown: 'unknown_model',
    respond: resultResponse,
  },
  {
    id: 'getOrderReceipt',
    path: '/v1/orders/{id}/receipt',
    tag: 'Orders',
    summary: 'receipt.json of a settled order: `hai verify` checks it offline',
    answer: { description: 'The receipt', mediaType: 'application/json' },
    unknown: 'unknown_order',
    respond: receiptResponse,
  },
];

export function addOrderFiles(api: Api): void {
  for (const { answer, unknown, respond, ...named } of FILES) {
    addOperation(
      api,
      {
        ...named,
        method: 'get',
        params: orderParams,
        answers: { 200: answer },
        refuses: [unknown, 'result_not_ready'],
      },
      (c, { params }) => respond(c, params.id, unknown),
    );
  }
}

async function resultResponse(c: ApiContext, id: Uint8Array, unknown: Unknown): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail(unknown);
  const region = regionStub(c.env, home);
  const found = await region.order(id);
  if (!found.ok) return found.code === 'unknown_order' ? fail(unknown) : found;
  const { order } = found.value;
  if (unknown === 'unknown_model' && wireIsPredicting(order.work)) return fail(unknown, 'it made no model');
  if (!isChecked(order)) return fail('result_not_ready', order.state);
  if (order.tiles !== null) return tiledResponse(c.env, region, id);
  const result = await region.orderResult(id);
  if (!result.ok) return result;
  return new Response(result.value as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': 'application/octet-stream' },
  });
}

async function receiptResponse(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const receipt = await receiptOf(archivedLedger(c.env), id);
  if (receipt) return new Response(receiptFile(receipt), { headers: { 'content-type': 'application/json' } });
  const found = await regionStub(c.env, home).order(id);
  return found.ok ? fail('result_not_ready', found.value.order.state) : found;
}

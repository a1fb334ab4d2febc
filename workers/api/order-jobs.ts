/** /v1/orders/{id}/jobs and /stop: a search as it goes, and its demander's word that it has gone far enough. */
import { z } from '@hono/zod-openapi';
import { type Failure, fail } from '../../protocol/errors.ts';
import type { WireJobs } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import { asSigner } from './as-signer.ts';
import type { Api, ApiContext } from './context.ts';
import { base64Text, decimalText, hash32 } from './fields.ts';
import { orderBody, regionNamedBy } from './order-answer.ts';
import { orderAnswerSchema } from './schemas.ts';

const orderParams = z.strictObject({ id: hash32 });

const jobSchema = z.object({
  index: z.int(),
  round: z.int(),
  state: z.enum(['waiting', 'running', 'done', 'dropped']),
  cycles: decimalText,
  summary: base64Text.nullable().openapi({ description: 'Ciphertext under the order’s content key' }),
});

const jobsSchema = z
  .object({
    budget: decimalText,
    cycles: decimalText.openapi({ description: 'Of the jobs that are done; of a settled search, the bill' }),
    stopped: z.boolean(),
    jobs: z.array(jobSchema),
  })
  .openapi('SearchJobs') satisfies z.ZodType<WireJobs>;

export function addOrderJobs(api: Api): void {
  addOperation(
    api,
    {
      id: 'listJobs',
      method: 'get',
      path: '/v1/orders/{id}/jobs',
      tag: 'Orders',
      summary: 'Jobs of a search. The order’s event stream tells of each one that is done',
      params: orderParams,
      answers: { 200: { description: 'All jobs that are planned so far', schema: jobsSchema } },
      refuses: ['unknown_order'],
    },
    async (c, { params }) => {
      const home = regionNamedBy(params.id);
      if (!home) return fail('unknown_order');
      const found = await regionStub(c.env, home).jobs(params.id);
      return found.ok ? Response.json(found.value satisfies WireJobs) : found;
    },
  );
  addOperation(
    api,
    {
      id: 'stopOrder',
      method: 'post',
      path: '/v1/orders/{id}/stop',
      tag: 'Orders',
      summary: 'End a search early: trials that are not done are dropped, and the model is made of those that are',
      params: orderParams,
      body: 'empty',
      idempotent: true,
      signed: true,
      answers: { 200: { description: 'The order as it is now', schema: orderAnswerSchema } },
      refuses: ['unknown_order', 'not_authorised', 'illegal_transition'],
    },
    (c, { params }) => asSigner(c, () => stop(c, params.id)),
  );
}

async function stop(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const stopped = await regionStub(c.env, home).stopSearch(id, c.get('signer'));
  return stopped.ok ? Response.json(orderBody(stopped.value)) : stopped;
}

/** /v1/orders/{id}/jobs and /stop: a search as it goes, and its demander's word that it has gone far enough. */
import { z } from '@hono/zod-openapi';
import { JOBS_PAGE_MAX, type JobPlace } from '../../durable-objects/region/search-rpc.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import type { WireJobs } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { addOperation } from './add-operation.ts';
import { asSigner } from './as-signer.ts';
import type { Api, ApiContext } from './context.ts';
import { encodeCursor } from './cursor.ts';
import { taggedJson } from './etag.ts';
import { base64Text, decimalText, hash32, pageCursor, pageLimitOr } from './fields.ts';
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
    attempt: z.int().openapi({ description: 'The jobs of another attempt are other jobs' }),
    budget: decimalText,
    cycles: decimalText.openapi({ description: 'Of all jobs that are done; of a settled search, the bill' }),
    stopped: z.boolean(),
    jobs: z.array(jobSchema),
    next: z.string().nullable().openapi({ description: '`cursor` of the page that follows' }),
    resume: z.string().openapi({
      description: '`cursor` behind the last job up to which all are told and over: what is before it never changes',
    }),
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
      summary: 'Jobs of a search that are planned so far. The order’s event stream tells of each one that is done',
      params: orderParams,
      query: z.strictObject({ limit: pageLimitOr(JOBS_PAGE_MAX), cursor: pageCursor('jobs') }),
      answers: {
        200: { description: 'A page, by index; from a cursor of another attempt, the first', schema: jobsSchema },
        304: { description: 'If-None-Match names this very page' },
      },
      refuses: ['unknown_order'],
    },
    (c, { params, query }) => jobs(c, params.id, query),
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

async function jobs(
  c: ApiContext,
  id: Uint8Array,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const found = await regionStub(c.env, home).jobs(id, cursor === undefined ? null : placeOf(cursor), limit);
  if (!found.ok) return found;
  const { attempt, next, resume } = found.value;
  const wire = {
    ...found.value,
    next: next === null ? null : cursorOf({ attempt, index: next }),
    resume: cursorOf({ attempt, index: resume }),
  } satisfies WireJobs;
  return taggedJson(wire, c.req.header('if-none-match'));
}

/** A place as one number: the attempt above 32 bits of how many jobs are before it. */
const cursorOf = ({ attempt, index }: JobPlace): string =>
  encodeCursor('jobs', ((BigInt(attempt) << 32n) + BigInt(index + 1)).toString());

function placeOf(position: string): JobPlace {
  const number = BigInt(position);
  return { attempt: Number(number >> 32n), index: Number(number & 0xffff_ffffn) - 1 };
}

async function stop(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  if (!home) return fail('unknown_order');
  const stopped = await regionStub(c.env, home).stopSearch(id, c.get('signer'));
  return stopped.ok ? Response.json(orderBody(stopped.value)) : stopped;
}

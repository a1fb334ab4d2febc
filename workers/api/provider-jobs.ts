/**
 * /v1/provider/jobs: a hosted provider's own processes take jobs of searches, and hand in what became of them. Each request is
 * signed by a key that the deployment lists; whatever is recorded is recorded once, under its lease, as a consumer's is.
 */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { jobKey } from '../../durable-objects/region/search/job-key.ts';
import { type Failure, fail } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { JOB_BLOB_BYTES_MAX, parseProcesses, type WireProviderJob } from '../../protocol/provider-jobs.ts';
import { sealJobSecret } from '../../sealing/job-secret.ts';
import {
  finishProcessJob,
  type OfferedJob,
  putProcessResult,
  saveProcessSlice,
  takeOffered,
  withhold,
} from '../consumers/search/process-jobs.ts';
import { type RegionStub, regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { base64Bytes, base64Text, decimalText, hash32, hexText, regionName, u64 } from './fields.ts';
import { regionNamedBy } from './order-answer.ts';

const indexText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,5})$/, 'not a job')
  .transform(Number)
  .openapi({ type: 'integer', minimum: 0 });
/** Of an order's lease. */
const token = u64.transform(Number);
/** Of a job's lease. */
const lease = u64.transform(Number);
const jobParams = z.strictObject({ id: hash32, index: indexText });
const TAG = { tag: 'Provider', signed: true } as const;

const needSchema = z.object({ index: z.int(), resultId: hexText, stateHash: hexText, summary: base64Text });
const jobSchema = z
  .object({
    order: hexText,
    token: decimalText,
    index: z.int(),
    lease: z.int(),
    dataset: hexText,
    shape: z.object({ rows: z.int(), columns: z.int(), classes: z.int(), images: z.boolean() }),
    needs: z.array(needSchema),
    checkpoint: hexText.nullable(),
    encapsulated: base64Text,
    secret: base64Text,
  })
  .openapi('ProviderJob') satisfies z.ZodType<WireProviderJob>;
const takeSchema = z.strictObject({ sealTo: hash32, regions: z.array(regionName).min(1).max(16) });
const failedSchema = z.strictObject({ token, lease });
const doneSchema = z.strictObject({
  token,
  stateHash: hash32,
  cycles: u64,
  root: hash32,
  resultId: hash32,
  summary: base64Bytes,
});

/** Nobody but the processes that the deployment lists. */
async function asProcess(c: ApiContext, act: () => Promise<Response | Failure>): Promise<Response | Failure> {
  const listed = parseProcesses(c.env.PROVIDER_PROCESSES ?? '');
  return listed.some((key) => equalBytes(key, c.get('signer'))) ? act() : fail('not_authorised');
}

async function atHome(
  c: ApiContext,
  id: Uint8Array,
  act: (region: RegionStub) => Promise<Response | Failure>,
): Promise<Response | Failure> {
  const home = regionNamedBy(id);
  return home ? asProcess(c, () => act(regionStub(c.env, home))) : fail('unknown_order');
}

export function addProviderJobs(api: Api): void {
  addOperation(
    api,
    {
      ...TAG,
      id: 'takeJob',
      method: 'post',
      path: '/v1/provider/jobs/take',
      summary: 'An open job of a search, for a process of the provider that leases it and is given its keys',
      body: { json: takeSchema },
      answers: { 200: { description: 'The job, or null', schema: z.object({ job: jobSchema.nullable() }) } },
      refuses: ['not_authorised', 'sealed_malformed', 'result_mismatch'],
    },
    (c, { body }) => asProcess(c, () => take(c, body)),
  );
  addOperation(
    api,
    {
      ...TAG,
      id: 'getJobBlob',
      method: 'get',
      path: '/v1/provider/jobs/{id}/blobs/{blob}',
      summary: 'A result or a checkpoint of a job, as ciphertext',
      params: z.strictObject({ id: hash32, blob: hash32 }),
      answers: { 200: { description: 'Ciphertext', mediaType: 'application/octet-stream' } },
      refuses: ['not_authorised', 'not_found'],
    },
    (c, { params }) => asProcess(c, () => blob(c, params.id, params.blob)),
  );
  addRecords(api);
}

function addRecords(api: Api): void {
  const bytes = { bytes: JOB_BLOB_BYTES_MAX } as const;
  addOperation(
    api,
    {
      ...TAG,
      id: 'putJobCheckpoint',
      method: 'post',
      path: '/v1/provider/jobs/{id}/{index}/checkpoint',
      summary: 'Where a job stands; with goesOn=no it is given back. Answers whether the job is still wanted',
      params: jobParams,
      query: z.strictObject({ token, lease, cycles: u64, goesOn: z.enum(['yes', 'no']) }),
      body: bytes,
      answers: { 200: { description: 'Recorded', schema: z.object({ goesOn: z.boolean() }) } },
      refuses: ['not_authorised', 'unknown_order'],
    },
    (c, { params, query }) =>
      atHome(c, params.id, async (region) => {
        const slice = { order: params.id, index: params.index, ...query, goesOn: query.goesOn === 'yes' };
        const saved = await saveProcessSlice(c.env, region, slice, c.get('body'));
        return saved.ok ? Response.json({ goesOn: saved.value.goesOn }) : saved;
      }),
  );
  addOperation(
    api,
    {
      ...TAG,
      id: 'putJobResult',
      method: 'post',
      path: '/v1/provider/jobs/{id}/{index}/result',
      summary: 'Stores the ciphertext of an open job’s result, which counts once the job is done by it',
      params: jobParams,
      query: z.strictObject({ token }),
      body: bytes,
      answers: { 200: { description: 'Stored', schema: z.object({ id: hexText }) } },
      refuses: ['not_authorised', 'unknown_order', 'lease_lost'],
    },
    (c, { params, query }) =>
      atHome(c, params.id, async (region) => {
        const job = { order: params.id, index: params.index, ...query };
        const id = await putProcessResult(c.env, region, job, c.get('body'));
        return id.ok ? Response.json({ id: bytesToHex(id.value) }) : id;
      }),
  );
  addOperation(
    api,
    {
      ...TAG,
      id: 'failJob',
      method: 'post',
      path: '/v1/provider/jobs/{id}/{index}/failed',
      summary:
        'A process can’t do a job: it is the network’s own consumers’ from now on. Answers whether the lease was in force',
      params: jobParams,
      body: { json: failedSchema },
      answers: { 200: { description: 'Heard', schema: z.object({ withheld: z.boolean() }) } },
      refuses: ['not_authorised', 'unknown_order'],
    },
    (c, { params, body }) =>
      atHome(c, params.id, async (region) => {
        const withheld = await withhold(c.env, region, { order: params.id, index: params.index, ...body });
        return Response.json({ withheld });
      }),
  );
  addOperation(
    api,
    {
      ...TAG,
      id: 'finishJob',
      method: 'post',
      path: '/v1/provider/jobs/{id}/{index}/done',
      summary: 'Records a job’s result; the first record stays. Answers whether it is this one',
      params: jobParams,
      body: { json: doneSchema },
      answers: { 200: { description: 'Recorded', schema: z.object({ taken: z.boolean() }) } },
      refuses: ['not_authorised', 'unknown_order', 'lease_lost', 'illegal_transition', 'work_invalid', 'bill_mismatch'],
    },
    (c, { params, body }) =>
      atHome(c, params.id, async (region) => {
        const done = await finishProcessJob(c.env, region, { order: params.id, index: params.index, ...body });
        return done.ok ? Response.json({ taken: done.value }) : done;
      }),
  );
}

async function take(c: ApiContext, { sealTo, regions }: z.output<typeof takeSchema>): Promise<Response | Failure> {
  const taken = await takeOffered(
    c.env,
    [...new Set(regions)].map((name) => regionStub(c.env, name)),
  );
  if (!taken.ok) return taken;
  return Response.json({ job: taken.value && (await wireJob(c, taken.value, sealTo)) });
}

async function wireJob(
  c: ApiContext,
  { job, dataset, shape, secret }: OfferedJob,
  to: Uint8Array,
): Promise<WireProviderJob> {
  const { order, token: ofOrder } = job.task;
  const { hash } = await networkOf(c.env);
  const sealed = await sealJobSecret(to, secret, hash, order);
  return {
    order: bytesToHex(order),
    token: String(ofOrder),
    index: job.index,
    lease: job.lease,
    dataset: bytesToHex(dataset),
    shape,
    needs: job.needs.map(({ index, resultId, stateHash, summary }) => ({
      index,
      resultId: bytesToHex(resultId),
      stateHash: bytesToHex(stateHash),
      summary: base64.encode(summary),
    })),
    checkpoint: job.checkpoint && bytesToHex(job.checkpoint),
    encapsulated: base64.encode(sealed.encapsulated),
    secret: base64.encode(sealed.ciphertext),
  };
}

async function blob(c: ApiContext, order: Uint8Array, id: Uint8Array): Promise<Response | Failure> {
  const stored = await c.env.BLOBS.get(jobKey(order, id));
  if (!stored) return fail('not_found');
  return new Response(stored.body, { headers: { 'content-type': 'application/octet-stream' } });
}

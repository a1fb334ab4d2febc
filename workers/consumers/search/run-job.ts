/** A job of a search, a slice at a time; the consumer that records a round's last one plans what is next. */
import type { OrderAnswer } from '../../../durable-objects/region/rpc.ts';
import type { JobTask } from '../../../durable-objects/region/search-rpc.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import type { Env, RegionStub } from '../../env.ts';
import { declineOrFail } from '../decline.ts';
import { deleteJobBlobs, putJobBlob } from './job-blobs.ts';
import { sendJobs } from './job-messages.ts';
import { recordOf } from './job-parts.ts';
import { advanceSearch } from './plan.ts';
import { runSlice, type Sliced } from './slice.ts';

/** A job that a process may take is looked at again after this. */
const OFFERED_SECONDS = 2;

/** The order's answer when its inputs were declined; else null. */
export async function runJob(
  env: Env,
  region: RegionStub,
  order: Uint8Array,
  token: number,
  index: number,
): Promise<Result<OrderAnswer | null>> {
  if (env.PROVIDER_PROCESSES && (await region.isOffered(order, token, index))) {
    await sendJobs(env, order, token, [index], 'compute', OFFERED_SECONDS);
    return ok(null);
  }
  const taken = await region.takeJob(order, token, index);
  if (!taken.ok || taken.value === null) return taken.ok ? ok(null) : taken;
  const job = taken.value;
  const slice = await runSlice(env, job);
  if (!slice.ok) return declineOrFail(region, job.task, slice);
  if (slice.value.kind === 'cut') {
    const saved = await saveSlice(env, job, slice.value, (done) => region.recordSlice(done));
    if (saved.ok && saved.value) await sendJobs(env, order, token, [index], 'compute');
    return saved.ok ? ok(null) : saved;
  }
  const left = await finish(env, region, job, slice.value);
  if (!left.ok || left.value > 0) return left.ok ? ok(null) : left;
  const advanced = await advanceSearch(env, region, order, token);
  return advanced.ok ? ok(null) : declineOrFail(region, job.task, advanced);
}

/** True where the job goes on from this checkpoint. */
export async function saveSlice(
  env: Env,
  { task, index, lease }: JobTask,
  { checkpoint, cycles }: Extract<Sliced, { kind: 'cut' }>,
  record: (slice: Parameters<RegionStub['recordSlice']>[0]) => ReturnType<RegionStub['recordSlice']>,
): Promise<Result<boolean>> {
  const { order, token } = task;
  const id = await putJobBlob(env, task, 'state', checkpoint);
  const recorded = await record({ order, token, index, lease, checkpoint: id, cycles });
  if (!recorded.ok) return recorded;
  const { goesOn, unwanted } = recorded.value;
  await deleteJobBlobs(env, order, unwanted ? [unwanted] : []);
  return ok(goesOn);
}

/** Jobs that are still open after this one. */
async function finish(
  env: Env,
  region: RegionStub,
  { task, index, lie, checkpoint }: JobTask,
  { result, summary, isAssembled }: Extract<Sliced, { kind: 'over' }>,
): Promise<Result<number>> {
  const { order, token, contentKey } = task;
  if (lie && isAssembled) result[result.length - 1] = (result.at(-1) as number) ^ 1;
  const resultId = await putJobBlob(env, task, 'result', result);
  const record = await recordOf(contentKey, result, summary);
  const recorded = await region.recordJob({ order, token, index, resultId, ...record });
  // Another consumer was first, or the lease was given on: nobody will ask for the result, which is of this slice alone.
  const isTaken = recorded.ok && recorded.value.taken;
  await deleteJobBlobs(env, order, [...(isTaken ? [] : [resultId]), ...(isTaken && checkpoint ? [checkpoint] : [])]);
  return recorded.ok ? ok(recorded.value.left) : recorded;
}

/** Jobs that a process outside computes: the same leases and records as a consumer's, with ciphertext handed over as it is. */
import type { JobDone, JobSlice, JobTask, SliceTaken } from '../../../durable-objects/region/search-rpc.ts';
import { encodeJobOfSearch } from '../../../ml/search/task-bytes.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { openContent } from '../../../sealing/content.ts';
import type { JobSecret } from '../../../sealing/job-secret.ts';
import type { Env, RegionStub } from '../../env.ts';
import { declineOrFail } from '../decline.ts';
import { searchPlan } from './inputs.ts';
import { deleteJobBlobs, putSealedJobBlob } from './job-blobs.ts';
import { decodeJob } from './job-bytes.ts';
import { sendJobs } from './job-messages.ts';
import { advanceSearch } from './plan.ts';

export interface OfferedJob {
  readonly job: JobTask;
  /** Id of the table's ciphertext. */
  readonly dataset: Uint8Array;
  readonly secret: JobSecret;
}

/** Null where no region's object has an open job. */
export async function takeOffered(regions: readonly RegionStub[]): Promise<Result<OfferedJob | null>> {
  for (const region of regions) {
    const taken = await region.offerJob();
    if (!taken.ok) return taken;
    if (taken.value) return offered(taken.value);
  }
  return ok(null);
}

async function offered(job: JobTask): Promise<Result<OfferedJob>> {
  const { task } = job;
  const plan = await searchPlan(task);
  if (!plan.ok) return plan;
  const spec = await openContent(task.contentKey, 'job', job.spec);
  const dataset = task.inputs[0];
  if (!spec || !dataset) return fail('result_mismatch', 'the job does not open');
  const { contentKey } = task;
  const bytes = encodeJobOfSearch({ spec: plan.value.spec, job: decodeJob(spec) });
  return ok({ job, dataset, secret: { contentKey, datasetKey: plan.value.datasetKey, job: bytes } });
}

/** `slice` without its checkpoint, which is stored here. */
export async function saveProcessSlice(
  env: Env,
  region: RegionStub,
  slice: Omit<JobSlice, 'checkpoint'> & { readonly goesOn: boolean },
  sealed: Uint8Array,
): Promise<Result<SliceTaken>> {
  const { order, token, index } = slice;
  const checkpoint = await putSealedJobBlob(env, order, sealed);
  const recorded = await region.recordSlice({ ...slice, checkpoint });
  if (!recorded.ok) return recorded;
  const { goesOn, replaced } = recorded.value;
  const unwanted = goesOn ? replaced : checkpoint;
  await deleteJobBlobs(env, order, unwanted ? [unwanted] : []);
  // Given back: whoever is there goes on from this checkpoint.
  if (goesOn && !slice.goesOn) await sendJobs(env, order, token, [index], 'compute');
  return recorded;
}

/** Whether this result is the one that counts. With a round's last job the next round is planned. */
export async function finishProcessJob(env: Env, region: RegionStub, done: JobDone): Promise<Result<boolean>> {
  const { order, token } = done;
  const recorded = await region.recordJob(done);
  const taken = recorded.ok && recorded.value.taken;
  await deleteJobBlobs(env, order, taken ? [] : [done.resultId]);
  if (!recorded.ok) return recorded;
  if (recorded.value.left > 0) return ok(taken);
  const advanced = await advanceSearch(env, region, order, token);
  if (!advanced.ok) {
    const declined = await declineOrFail(region, { order, token }, advanced);
    if (!declined.ok) return declined;
  }
  return ok(taken);
}

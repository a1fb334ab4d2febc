/** Jobs that a process outside computes: the same leases and records as a consumer's, with ciphertext handed over as it is. */
import type { JobDone, JobLease, JobSlice, JobTask, SliceTaken } from '../../../durable-objects/region/search-rpc.ts';
import type { TableShape } from '../../../ml/search/search.ts';
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
  readonly shape: TableShape;
  readonly secret: JobSecret;
}

/** Null where no region's object has an open job. One that can't be given away is the consumers', who decline what can't be read. */
export async function takeOffered(env: Env, regions: readonly RegionStub[]): Promise<Result<OfferedJob | null>> {
  for (const region of regions) {
    const taken = await region.offerJob();
    if (!taken.ok) return taken;
    if (!taken.value) continue;
    const job = await offered(taken.value);
    if (!job.ok) await withhold(env, region, leaseOf(taken.value));
    return job;
  }
  return ok(null);
}

const leaseOf = ({ task: { order, token }, index, lease }: JobTask): JobLease => ({ order, token, index, lease });

/** False where somebody else has it by now. */
export async function withhold(env: Env, region: RegionStub, lease: JobLease): Promise<boolean> {
  const withheld = await region.withholdJob(lease);
  if (withheld) await sendJobs(env, lease.order, lease.token, [lease.index], 'compute');
  return withheld;
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
  const { shape, datasetKey } = plan.value;
  return ok({ job, dataset, shape, secret: { contentKey, datasetKey, job: bytes } });
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
  const { goesOn, unwanted } = recorded.value;
  await deleteJobBlobs(env, order, unwanted ? [unwanted] : []);
  // Given back: whoever is there goes on from this checkpoint.
  if (goesOn && !slice.goesOn) await sendJobs(env, order, token, [index], 'compute');
  return recorded;
}

/**
 * The id of a result's ciphertext. One that nobody asks for is not stored: what is put once its order is final and swept would stay.
 * Until then the sweep takes whatever no record names, so that nothing is deleted at the word of a request that may come twice.
 */
export async function putProcessResult(
  env: Env,
  region: RegionStub,
  { order, token, index }: Omit<JobLease, 'lease'>,
  sealed: Uint8Array,
): Promise<Result<Uint8Array>> {
  if (!(await region.isOpenJob(order, token, index))) return fail('lease_lost');
  return ok(await putSealedJobBlob(env, order, sealed));
}

/** Whether this result is the one that counts. With a round's last job the next round is planned. */
export async function finishProcessJob(env: Env, region: RegionStub, done: JobDone): Promise<Result<boolean>> {
  const { order, token } = done;
  const recorded = await region.recordJob(done);
  if (!recorded.ok) return recorded;
  const { taken, left } = recorded.value;
  if (left > 0) return ok(taken);
  const advanced = await advanceSearch(env, region, order, token);
  if (!advanced.ok) {
    const declined = await declineOrFail(region, { order, token }, advanced);
    if (!declined.ok) return declined;
  }
  return ok(taken);
}

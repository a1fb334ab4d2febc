/** Step 4 for a search, second part: a job is run again, a slice at a time, and must give the same bytes, summary and cycles. */
import type { JobCheck, JobVerdict } from '../../../durable-objects/region/search-rpc.ts';
import { encodeSummary } from '../../../ml/search/canonical.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { jobHash } from '../../../protocol/order/search-log.ts';
import type { Env, RegionStub } from '../../env.ts';
import { deleteJobBlobs, getJobBlob } from './job-blobs.ts';
import { sendJobs } from './job-messages.ts';
import { saveSlice } from './run-job.ts';
import { runSlice, type Sliced } from './slice.ts';

/** Null where the job goes on. Fails when the table can't be read any more: that is nobody's lie. */
export async function judgeJob(env: Env, region: RegionStub, check: JobCheck): Promise<Result<JobVerdict | null>> {
  const { job } = check;
  const { order, token } = job.task;
  const verdict = (reason: string | null): JobVerdict => ({
    order,
    token,
    index: job.index,
    passed: reason === null,
    reason: reason && `job ${job.index}: ${reason}`,
  });
  const slice = await runSlice(env, job);
  // What a job of the plan reads was claimed by the provider: if it is not there, or not what the log has, that is its fault.
  if (!slice.ok) return slice.code === 'result_mismatch' ? ok(verdict(slice.evidence ?? slice.code)) : slice;
  if (slice.value.kind === 'cut') {
    const saved = await saveSlice(env, job, slice.value, (done) => region.recordCheckSlice(done));
    if (saved.ok && saved.value) await sendJobs(env, order, token, [job.index], 'check');
    return saved.ok ? ok(null) : saved;
  }
  await deleteJobBlobs(env, order, job.checkpoint ? [job.checkpoint] : []);
  return ok(verdict(await difference(env, check, slice.value)));
}

async function difference(
  env: Env,
  { job, claimed }: JobCheck,
  { result, summary }: Extract<Sliced, { kind: 'over' }>,
): Promise<string | null> {
  if (summary.cycles !== claimed.cycles) return 'it takes other cycles';
  const salt = resultSalt(job.task.contentKey);
  if (!equalBytes(jobHash(salt, result, encodeSummary(summary)), claimed.stateHash)) return 'it gives another result';
  // The result of the whole is read from here.
  const stored = await getJobBlob(env, job.task, 'result', claimed.resultId);
  if (!stored || !equalBytes(stored, result)) return 'its result is not there';
  const root = resultRoot(salt, [stored]);
  return equalBytes(root, claimed.root) ? null : 'its result was committed as another';
}

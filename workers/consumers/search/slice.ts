/**
 * One slice of a job, for whoever computes it and whoever replays it. Work is cut by counted operations, never by time; between
 * steps the isolate answers other requests.
 */
import type { JobTask } from '../../../durable-objects/region/search-rpc.ts';
import { summaryInput } from '../../../ml/search/assemble.ts';
import { decodeSummary, encodeSummary } from '../../../ml/search/canonical.ts';
import { startJob } from '../../../ml/search/jobs.ts';
import type { Job, JobSummary, RunningJob } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { resultSalt } from '../../../protocol/order/results.ts';
import { jobHash } from '../../../protocol/order/search-log.ts';
import { openContent } from '../../../sealing/content.ts';
import { type Env, isDevelopment } from '../../env.ts';
import { giveWay } from '../../give-way.ts';
import { newTrainerKernels } from '../kernels.ts';
import { HeldJob } from './held-job.ts';
import { type SearchPlan, searchPlan, searchTable } from './inputs.ts';
import { getJobBlob } from './job-blobs.ts';
import { decodeJob } from './job-bytes.ts';

/**
 * Multiply-adds of one step, as the trainers count them: 6 to 90 ms of CPU by family (medians in Node, at 400,000 cells and more).
 * Learning an encoder and encoding the rows are a step each, and can't be cut: each a tenth of a second for a million cells.
 */
const STEP_OPERATIONS = 1 << 24;
/** Of a slice: half a second to two of CPU. To begin one again takes a tenth of that, and nothing where the job is held. */
const STEPS_PER_SLICE = 32;

export type Sliced =
  | { readonly kind: 'cut'; readonly checkpoint: Uint8Array; readonly cycles: bigint }
  | {
      readonly kind: 'over';
      readonly isAssembled: boolean;
      readonly result: Uint8Array;
      readonly summary: JobSummary;
      readonly summaryBytes: Uint8Array;
    };

const heldJob = new HeldJob();

export async function runSlice(env: Env, job: JobTask): Promise<Result<Sliced>> {
  const { task, spec: sealedSpec } = job;
  const plan = await searchPlan(task);
  if (!plan.ok) return plan;
  const table = await searchTable(env, task, plan.value);
  if (!table.ok) return table;
  const spec = await openContent(task.contentKey, 'job', sealedSpec);
  if (!spec) return fail('result_mismatch', 'the job does not open');
  const decoded = decodeJob(spec);
  // One that is gone was replaced: the job begins anew, and comes to the same.
  const checkpoint = job.checkpoint ? await getJobBlob(env, task, 'state', job.checkpoint) : undefined;
  const key = { order: task.order, job: spec };
  const held = heldJob.take(key, checkpoint ?? new Uint8Array(0));
  const running = held ? ok(held) : await started(env, job, plan.value, table.value, decoded, checkpoint);
  if (!running.ok) return running;
  const operations = isDevelopment(env) && env.STEP_OPERATIONS ? Number(env.STEP_OPERATIONS) : STEP_OPERATIONS;
  const slice = await sliced(running.value, decoded.kind === 'assemble', operations);
  const { rows, columns } = plan.value.shape;
  if (slice.kind === 'cut') heldJob.keep(key, slice.checkpoint, running.value, rows * columns);
  return ok(slice);
}

async function started(
  env: Env,
  job: JobTask,
  { spec }: SearchPlan,
  table: Table,
  decoded: Job,
  checkpoint: Uint8Array | undefined,
): Promise<Result<RunningJob>> {
  const inputs = await neededResults(env, job, decoded.kind);
  if (!inputs.ok) return inputs;
  // Kernels of its own: between steps another job may run in this isolate.
  return startJob(newTrainerKernels(), table, spec, decoded, inputs.value, checkpoint);
}

async function sliced(running: RunningJob, isAssembled: boolean, operations: number): Promise<Sliced> {
  for (let step = 0; step < STEPS_PER_SLICE; step++) {
    if (running.advance(operations)) {
      const { result, summary } = running.finish();
      return { kind: 'over', isAssembled, result, summary, summaryBytes: encodeSummary(summary) };
    }
    await giveWay();
  }
  return { kind: 'cut', checkpoint: running.checkpoint(), cycles: running.cycles };
}

/** Results that the job reads, each the one that the log has. Of the trials an assembly reads the summaries, which are here. */
async function neededResults(
  env: Env,
  { task, needs }: JobTask,
  kind: Job['kind'],
): Promise<Result<Map<number, Uint8Array>>> {
  const results = new Map<number, Uint8Array>();
  const salt = resultSalt(task.contentKey);
  for (const { index, resultId, stateHash, summary } of needs) {
    const said = await openContent(task.contentKey, 'summary', summary);
    if (said && kind === 'assemble' && isOfTrial(said)) {
      results.set(index, summaryInput(said));
      continue;
    }
    const result = await getJobBlob(env, task, 'result', resultId);
    if (!result || !said || !equalBytes(jobHash(salt, result, said), stateHash))
      return fail('result_mismatch', `the result of job ${index} is not the one in the log`);
    results.set(index, result);
  }
  return ok(results);
}

function isOfTrial(bytes: Uint8Array): boolean {
  const summary = decodeSummary(bytes);
  return summary.ok && summary.value.kind === 'trial';
}

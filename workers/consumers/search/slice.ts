/**
 * One slice of a job, for whoever computes it and whoever replays it. Work is cut by counted operations, never by time; between
 * steps the isolate answers other requests.
 */
import type { JobTask } from '../../../durable-objects/region/search-rpc.ts';
import { startJob } from '../../../ml/search/jobs.ts';
import type { Job, JobSummary, RunningJob } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { openContent } from '../../../sealing/content.ts';
import { type Env, isDevelopment } from '../../env.ts';
import { giveWay } from '../../give-way.ts';
import { newTrainerKernels } from '../kernels.ts';
import { HeldJob } from './held-job.ts';
import { type SearchPlan, searchPlan, searchTable } from './inputs.ts';
import { getJobBlob } from './job-blobs.ts';
import { decodeJob } from './job-bytes.ts';
import { neededResults } from './job-parts.ts';

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
  const { contentKey } = job.task;
  const inputs = await neededResults(contentKey, job.needs, decoded.kind, ({ resultId }) =>
    getJobBlob(env, job.task, 'result', resultId),
  );
  if (!inputs.ok) return inputs;
  // Kernels of its own: between steps another job may run in this isolate.
  return startJob(newTrainerKernels(), table, spec, decoded, inputs.value, checkpoint);
}

async function sliced(running: RunningJob, isAssembled: boolean, operations: number): Promise<Sliced> {
  for (let step = 0; step < STEPS_PER_SLICE; step++) {
    if (running.advance(operations)) {
      const { result, summary } = running.finish();
      return { kind: 'over', isAssembled, result, summary };
    }
    await giveWay();
  }
  return { kind: 'cut', checkpoint: running.checkpoint(), cycles: running.cycles };
}

/** A job of the plan, running. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import { startAssembly } from './assemble.ts';
import { decodeSummary } from './canonical.ts';
import { contextOf, type JobContext } from './context.ts';
import { startEnsemble } from './ensemble.ts';
import { Refit } from './refit.ts';
import type { Job, RunningJob, SearchSpec } from './search.ts';
import { decodeTrial, Trial } from './trial.ts';

/**
 * `inputs`: the result of each job that the job needs. `checkpoint`: of the same job; one of another job throws. Equal arguments give
 * equal results, whatever the slices were. result_mismatch for inputs that are not what those jobs leave.
 */
export function startJob(
  kernels: TrainerKernels,
  table: Table,
  spec: SearchSpec,
  job: Job,
  inputs: ReadonlyMap<number, Uint8Array>,
  checkpoint?: Uint8Array,
): Result<RunningJob> {
  const context = contextOf(kernels, table, spec, job);
  if (job.kind === 'trial') return startTrial(context, inputs, checkpoint);
  if (job.kind === 'ensemble') return startEnsemble(context, inputs, checkpoint);
  return job.kind === 'refit' ? ok(new Refit(context, checkpoint)) : startAssembly(context, inputs);
}

/** A promoted trial goes on where the one that it needs ended. */
function startTrial(
  context: JobContext,
  inputs: ReadonlyMap<number, Uint8Array>,
  checkpoint?: Uint8Array,
): Result<RunningJob> {
  const [before] = context.job.needs;
  if (before === undefined) return ok(new Trial(context, undefined, checkpoint));
  const bytes = inputs.get(before);
  if (!bytes) return fail('result_mismatch', `the result of job ${before} is not there`);
  const decoded = decodeTrial(context, bytes);
  if (!decoded.ok) return decoded;
  const summary = decodeSummary(decoded.value.summary);
  if (!summary.ok) return summary;
  const { predicted, rowCycles } = decoded.value;
  const { curve = [], precision } = summary.value;
  return ok(new Trial(context, { predicted, rowCycles, curve, precision }, checkpoint));
}

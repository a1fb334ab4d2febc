/** A whole search in this process, without an order: previews, tests and benchmarks. The same jobs as on a network. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { LEARNED_ROWS_MIN } from '../../protocol/order/search-work.ts';
import { shapeOf } from '../table/shape.ts';
import type { Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import { startJob } from './jobs.ts';
import { budgetNeeded, nextJobs } from './plan.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from './search.ts';

export interface LocalSearch {
  /** Canonical bytes of the bundle. */
  readonly bundle: Uint8Array;
  /** In the order of the jobs. */
  readonly summaries: readonly JobSummary[];
  readonly cycles: bigint;
}

export interface LocalOptions {
  /** After each job. */
  readonly onJob?: (summary: JobSummary, job: Job, result: Uint8Array) => void;
  /** Asked before each job: no more trials once it is true. */
  readonly isStopped?: () => boolean;
  /** Host operations a slice; with `viaCheckpoints` each slice starts from the checkpoint of the one before. */
  readonly operations?: number;
  readonly viaCheckpoints?: boolean;
  /** The order in which the jobs of a round are run. */
  readonly order?: (jobs: readonly Job[]) => readonly Job[];
}

/** Operations of a slice when nothing is said: some tens of milliseconds. */
const SLICE_OPERATIONS = 1 << 26;

/** `work_invalid` when nothing could be fitted within the budget. */
export function localSearch(
  kernels: TrainerKernels,
  table: Table,
  spec: SearchSpec,
  options: LocalOptions = {},
): Result<LocalSearch> {
  const steps = searchSteps(kernels, table, spec, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same, a slice at a time: whoever drives it may look after other things in between. */
export function* searchSteps(
  kernels: TrainerKernels,
  table: Table,
  spec: SearchSpec,
  options: LocalOptions = {},
): Generator<undefined, Result<LocalSearch>> {
  const shape = shapeOf(table);
  if (shape.rows < LEARNED_ROWS_MIN) return fail('work_invalid', `${shape.rows} rows`, 'rows');
  const results = new Map<number, Uint8Array>();
  const summaries = new Map<number, JobSummary>();
  const isStopped = options.isStopped ?? (() => false);
  for (;;) {
    const next = nextJobs(spec, shape, summaries.values(), isStopped());
    if (next.kind === 'nothing') return fail('work_invalid', nothingFound(spec, shape));
    if (next.kind === 'done') {
      const ordered = [...summaries.values()].sort((a, b) => a.index - b.index);
      const cycles = ordered.reduce((sum, summary) => sum + summary.cycles, 0n);
      return ok({ bundle: results.get(next.bundle) as Uint8Array, summaries: ordered, cycles });
    }
    const jobs = next.jobs.filter(({ index }) => !summaries.has(index));
    for (const job of options.order?.(jobs) ?? jobs) {
      if (job.kind === 'trial' && isStopped()) break;
      const inputs = new Map(job.needs.map((index) => [index, results.get(index) as Uint8Array]));
      const finished = yield* runJob(kernels, table, spec, job, inputs, options);
      if (!finished.ok) return finished;
      results.set(job.index, finished.value.result);
      summaries.set(job.index, finished.value.summary);
      options.onJob?.(finished.value.summary, job, finished.value.result);
      yield;
    }
  }
}

function nothingFound(spec: SearchSpec, shape: TableShape): string {
  const needed = budgetNeeded(spec, shape);
  const hint = needed !== undefined && needed > spec.budget ? `: one may take ${needed} cycles` : '';
  return `no model could be fitted within the budget${hint}`;
}

function* runJob(
  kernels: TrainerKernels,
  table: Table,
  spec: SearchSpec,
  job: Job,
  inputs: ReadonlyMap<number, Uint8Array>,
  { operations = SLICE_OPERATIONS, viaCheckpoints = false }: LocalOptions,
): Generator<undefined, Result<{ result: Uint8Array; summary: JobSummary }>> {
  let running = startJob(kernels, table, spec, job, inputs);
  while (running.ok && !running.value.advance(operations)) {
    if (viaCheckpoints) running = startJob(kernels, table, spec, job, inputs, running.value.checkpoint());
    yield;
  }
  return running.ok ? ok(running.value.finish()) : running;
}

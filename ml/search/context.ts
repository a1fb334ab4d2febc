/** What every job of a search has at hand. */
import { classCount } from '../features/train-set.ts';
import type { Whole } from '../metrics/metrics.ts';
import type { Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import { offsetOf } from './centred.ts';
import { type Fold, foldsOf, outputsOf } from './folds.ts';
import type { Job, JobSummary, SearchSpec } from './search.ts';
import { wholeOf } from './whole.ts';

export interface JobContext {
  readonly kernels: TrainerKernels;
  readonly table: Table;
  readonly spec: SearchSpec;
  readonly job: Job;
  readonly folds: readonly Fold[];
  /** Predicted numbers a row. */
  readonly outputs: number;
  /** 0 unless the task is classes. */
  readonly classes: number;
  /** Of predicted values, as they are stored (centred.ts); 0 unless the task is values. */
  readonly offset: number;
  readonly whole: Whole;
}

export function contextOf(kernels: TrainerKernels, table: Table, spec: SearchSpec, job: Job): JobContext {
  const offset = offsetOf(table.target);
  return {
    kernels,
    table,
    spec,
    job,
    folds: foldsOf(table, spec),
    outputs: outputsOf(table.target),
    classes: classCount(table.target),
    offset,
    whole: wholeOf(table.target, offset, spec.metric),
  };
}

/**
 * A job that met its cap is billed the cap and nothing above it: how far past it a slice ran depends on the slice, and a bill may
 * not.
 */
export const withinCap = (cap: bigint, cycles: bigint): bigint => (cycles > cap ? cap : cycles);

/** Of a job that has no result. */
export function unfinished({ job }: JobContext, cycles: bigint, state: 'capped' | 'failed'): JobSummary {
  return {
    index: job.index,
    kind: job.kind,
    state,
    cycles: withinCap(job.cap, cycles),
    ...(job.candidate ? { candidate: job.candidate } : {}),
  };
}

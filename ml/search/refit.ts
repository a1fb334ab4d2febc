/** The refit's job: a member of the ensemble, fitted to all rows. */
import { encodeSummary } from './canonical.ts';
import { type JobContext, unfinished, withinCap } from './context.ts';
import { thinned } from './curve.ts';
import { jsonBytes } from './json.ts';
import { keyOf } from './random.ts';
import { ENCODER_BYTES_MAX, MODEL_BYTES_MAX, refitResult } from './results.ts';
import { OPERATIONS_A_CYCLE, RowsFit } from './rows-fit.ts';
import type { Candidate, JobSummary, RunningJob } from './search.ts';

const EMPTY = new Uint8Array(0);

export class Refit implements RunningJob {
  readonly #context: JobContext;
  readonly #candidate: Candidate;
  readonly #fit: RowsFit;
  #isFitted = false;

  constructor(context: JobContext, checkpoint?: Uint8Array) {
    const { kernels, table, spec, job } = context;
    if (!job.candidate) throw new Error('a refit has a candidate');
    this.#context = context;
    this.#candidate = job.candidate;
    const rows = Int32Array.from({ length: table.rows }, (_, row) => row);
    const key = keyOf(spec.seed, 'refit', job.index, 0);
    this.#fit = new RowsFit(kernels, table, rows, job.candidate, key, checkpoint);
  }

  get cycles(): bigint {
    return withinCap(this.#context.job.cap, this.#fit.cycles);
  }

  get #isCapped(): boolean {
    return this.#fit.cycles > this.#context.job.cap;
  }

  advance(operations: number): boolean {
    const from = this.#fit.cycles;
    while (!this.#isFitted && !this.#isCapped) {
      const left = operations - Number(this.#fit.cycles - from) * OPERATIONS_A_CYCLE;
      if (left <= 0) return false;
      this.#isFitted = this.#fit.advance(left);
    }
    return true;
  }

  checkpoint(): Uint8Array {
    return this.#fit.checkpoint();
  }

  finish(): { result: Uint8Array; summary: JobSummary } {
    const { job } = this.#context;
    if (this.#isCapped) return this.#none('capped');
    if (!this.#isFitted) throw new Error('the refit is not over');
    if (this.#fit.fault !== undefined) return this.#none('failed');
    const { encoder, model, curve, params } = this.#fit.finish();
    if (model.length > MODEL_BYTES_MAX || encoder.bytes.length > ENCODER_BYTES_MAX) return this.#none('failed');
    const summary: JobSummary = {
      index: job.index,
      kind: 'refit',
      state: 'done',
      cycles: this.cycles,
      curve: thinned(curve),
      candidate: this.#candidate,
    };
    const parts = { params: jsonBytes(params), encoder: encoder.bytes, model };
    return { summary, result: refitResult.encode({ summary: encodeSummary(summary), ...parts }) };
  }

  #none(state: 'capped' | 'failed'): { result: Uint8Array; summary: JobSummary } {
    const summary = unfinished(this.#context, this.#fit.cycles, state);
    const result = refitResult.encode({ summary: encodeSummary(summary), params: EMPTY, encoder: EMPTY, model: EMPTY });
    return { summary, result };
  }
}

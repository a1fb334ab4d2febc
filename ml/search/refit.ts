/** The refit's job: a member of the ensemble, fitted to all rows. */
import { Meter } from '../meter.ts';
import { encodeSummary } from './canonical.ts';
import { type JobContext, unfinished, withinCap } from './context.ts';
import { thinned } from './curve.ts';
import { jsonBytes } from './json.ts';
import { limitFault } from './limit-fault.ts';
import { keyOf } from './random.ts';
import { ENCODER_BYTES_MAX, MODEL_BYTES_MAX, refitResult } from './results.ts';
import { type Fitted, OPERATIONS_A_CYCLE, RowsFit } from './rows-fit.ts';
import type { Candidate, JobSummary, RunningJob } from './search.ts';

const EMPTY = new Uint8Array(0);

export class Refit implements RunningJob {
  readonly #context: JobContext;
  readonly #candidate: Candidate;
  readonly #fit: RowsFit;
  /** In the precision that its trial was scored in; there when the refit is over. */
  #fitted: Fitted | undefined;
  #fault: string | undefined;
  /** Of what follows the fit. */
  #quantising = 0n;

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
    return withinCap(this.#context.job.cap, this.#spent);
  }

  get #spent(): bigint {
    return this.#fit.cycles + this.#quantising;
  }

  get #isOver(): boolean {
    return this.#fitted !== undefined || this.#fault !== undefined || this.#spent > this.#context.job.cap;
  }

  advance(operations: number): boolean {
    const from = this.#spent;
    while (!this.#isOver) {
      const left = operations - Number(this.#spent - from) * OPERATIONS_A_CYCLE;
      if (left <= 0) return false;
      if (this.#fit.advance(left)) this.#close();
    }
    return true;
  }

  /** Behind the fit. A checkpoint from before it does this again, to the same bytes and cycles. */
  #close(): void {
    this.#fault = this.#fit.fault;
    if (this.#isOver) return;
    try {
      const fitted = this.#fit.finish();
      this.#fitted = this.#candidate.precision === 'int8' ? this.#quantised(fitted) : fitted;
    } catch (error) {
      this.#fault = limitFault(error);
    }
  }

  #quantised(fitted: Fitted): Fitted | undefined {
    const meter = new Meter();
    const int8 = this.#fit.quantised(fitted, meter);
    this.#quantising = meter.cycles;
    if (!int8) this.#fault = `${this.#candidate.family} has no int8 form`;
    return int8;
  }

  checkpoint(): Uint8Array {
    return this.#fit.checkpoint();
  }

  finish(): { result: Uint8Array; summary: JobSummary } {
    const { job } = this.#context;
    if (!this.#isOver) throw new Error('the refit is not over');
    if (this.#spent > job.cap) return this.#none('capped');
    if (!this.#fitted) return this.#none('failed');
    const { encoder, model, curve, params } = this.#fitted;
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
    const summary = unfinished(this.#context, this.#spent, state);
    const result = refitResult.encode({ summary: encodeSummary(summary), params: EMPTY, encoder: EMPTY, model: EMPTY });
    return { summary, result };
  }
}

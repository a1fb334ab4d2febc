/** A trial: a candidate is fitted and scored fold by fold, each time on rows that neither its encoder nor its model has seen. */

import { vectorCycles } from '../../protocol/cycles.ts';
import { fail, ok } from '../../protocol/errors.ts';
import { fitEncoder } from '../features/fit.ts';
import { Meter } from '../meter.ts';
import { criterionOf, SCORE_LANE_OPS, scoreOf } from '../metrics/metrics.ts';
import { silhouette } from '../metrics/silhouette.ts';
import { mean } from '../numeric/mean.ts';
import type { Table } from '../table/table.ts';
import type { FitKey } from '../trainers/trainer.ts';
import { encodeSummary } from './canonical.ts';
import { centredTargets } from './centred.ts';
import { type JobContext, unfinished, withinCap } from './context.ts';
import { thinned } from './curve.ts';
import { foldsAt, rowsAt } from './effort.ts';
import { cut, joined } from './fold-rows.ts';
import { sampleRows } from './folds.ts';
import { jsonBytes, parseCanonical } from './json.ts';
import { limitFault } from './limit-fault.ts';
import { foldModel } from './precision.ts';
import { predictRows } from './predict-rows.ts';
import { keyOf } from './random.ts';
import { trialCheckpoint, trialResult } from './results.ts';
import { OPERATIONS_A_CYCLE, RowsFit } from './rows-fit.ts';
import type { Candidate, JobSummary, Precision, RunningJob } from './search.ts';

/** Points that a silhouette is taken over: it needs every pair. */
const SILHOUETTE_ROWS_MAX = 1024;
/** Subtract, square, add: a coordinate of a pair of points. */
const DISTANCE_LANE_OPS = 3;

const EMPTY = new Uint8Array(0);

const coordinatesOf = ({ features }: Table): number =>
  features.kind === 'columns' ? features.columns.length : features.height * features.width * features.channels;

export interface Before {
  /** Of the first folds. */
  readonly predicted: readonly Float32Array[];
  readonly rowCycles: bigint;
  /** Of fold 0. */
  readonly curve: readonly (readonly number[])[];
  readonly precision: Precision | undefined;
}

export class Trial implements RunningJob {
  readonly #context: JobContext;
  readonly #candidate: Candidate;
  readonly #folds: number;
  /** Of the folds before the one under way. */
  #cycles = 0n;
  #rowCycles = 0n;
  #predicted: Float32Array[] = [];
  #curve: readonly (readonly number[])[] = [];
  #precision: Precision | undefined;
  #fit: RowsFit | undefined;
  #fault: string | undefined;

  /** `before`: what the same candidate's trial at low effort left. */
  constructor(context: JobContext, before?: Before, checkpoint?: Uint8Array) {
    const { candidate } = context.job;
    if (!candidate) throw new Error('a trial has a candidate');
    this.#context = context;
    this.#candidate = candidate;
    this.#folds = foldsAt(candidate.effort, context.folds.length);
    if (before) {
      this.#predicted = [...before.predicted];
      this.#rowCycles = before.rowCycles;
      this.#curve = before.curve;
      this.#precision = before.precision;
    }
    if (checkpoint) this.#resume(checkpoint);
  }

  get cycles(): bigint {
    return withinCap(this.#context.job.cap, this.#spent);
  }

  get #spent(): bigint {
    return this.#cycles + (this.#fit?.cycles ?? 0n);
  }

  get #isOver(): boolean {
    const isScored = this.#predicted.length >= this.#folds;
    return isScored || this.#fault !== undefined || this.#spent > this.#context.job.cap;
  }

  advance(operations: number): boolean {
    const from = this.#spent;
    while (!this.#isOver) {
      const left = operations - Number(this.#spent - from) * OPERATIONS_A_CYCLE;
      if (left <= 0) return false;
      this.#step(left);
    }
    return true;
  }

  #step(operations: number): void {
    const fold = this.#predicted.length;
    this.#fit ??= this.#startFold(fold);
    if (!this.#fit.advance(operations)) return;
    this.#fault = this.#fit.fault;
    if (this.#fault !== undefined || this.#spent > this.#context.job.cap) return;
    try {
      this.#score(this.#fit, fold);
    } catch (error) {
      this.#fault = limitFault(error);
    }
  }

  #startFold(fold: number, checkpoint?: Uint8Array): RowsFit {
    const { kernels, table, folds, spec, job } = this.#context;
    const { train } = folds[fold] as { train: Int32Array };
    const key: FitKey = keyOf(spec.seed, 'fit', job.index, fold);
    const rows = sampleRows(train, rowsAt(this.#candidate.effort, folds.length, train.length), key);
    return new RowsFit(kernels, table, rows, this.#candidate, key, checkpoint);
  }

  /** Predicts the fold's rows and closes it. */
  #score(fit: RowsFit, fold: number): void {
    const { kernels, table, folds } = this.#context;
    const { scored } = folds[fold] as { scored: Int32Array };
    const { fitted, predicted, cycles, precision } = foldModel(this.#context, fit, scored, this.#precision);
    const one = new Meter();
    predictRows(kernels, fitted, table, scored.subarray(0, 1), one);
    this.#cycles = this.#spent + cycles + this.#scoreCycles(predicted);
    this.#precision = precision;
    this.#fit = undefined;
    if (one.cycles > this.#rowCycles) this.#rowCycles = one.cycles;
    if (fold === 0) this.#curve = thinned(fitted.curve);
    if (predicted.every(Number.isFinite)) this.#predicted.push(predicted);
    else this.#fault = 'a prediction is not finite';
  }

  #scoreCycles(predicted: Float32Array): bigint {
    const { spec, table } = this.#context;
    if (spec.task !== 'clusters') return vectorCycles(predicted.length, SCORE_LANE_OPS);
    const points = Math.min(SILHOUETTE_ROWS_MAX, predicted.length);
    return vectorCycles(points * points, DISTANCE_LANE_OPS * coordinatesOf(table));
  }

  checkpoint(): Uint8Array {
    return trialCheckpoint.encode({
      fold: this.#predicted.length,
      cycles: this.#cycles,
      rowCycles: this.#rowCycles,
      curve: jsonBytes(this.#curve),
      precision: this.#precision ? jsonBytes(this.#precision) : EMPTY,
      predicted: joined(this.#predicted),
      fit: this.#fit?.checkpoint() ?? EMPTY,
    });
  }

  #resume(bytes: Uint8Array): void {
    const checkpoint = trialCheckpoint.decode(bytes);
    if (!checkpoint.ok) throw new Error(`not a checkpoint of this trial: ${checkpoint.evidence}`);
    const { fold, cycles, rowCycles, curve, precision, predicted, fit } = checkpoint.value;
    this.#cycles = cycles;
    this.#rowCycles = rowCycles;
    this.#curve = parseCanonical(curve) as number[][];
    this.#precision = precision.length > 0 ? (parseCanonical(precision) as Precision) : undefined;
    this.#predicted = cut(this.#context, predicted, fold);
    if (fit.length > 0) this.#fit = this.#startFold(fold, fit);
  }

  finish(): { result: Uint8Array; summary: JobSummary } {
    if (!this.#isOver) throw new Error('the trial is not over');
    const isCapped = this.#spent > this.#context.job.cap;
    if (isCapped || this.#fault !== undefined) {
      const summary = unfinished(this.#context, this.#spent, isCapped ? 'capped' : 'failed');
      return { summary, result: resultOf(summary, 0, 0n, []) };
    }
    const { job } = this.#context;
    const scores = this.#predicted.map((predicted, fold) => this.#scoresOf(predicted, fold));
    const summary: JobSummary = {
      index: job.index,
      kind: 'trial',
      state: 'done',
      cycles: this.cycles,
      score: mean(scores.map(({ score }) => score)),
      folds: scores.map(({ score }) => score),
      criteria: scores.map(({ criterion }) => criterion),
      curve: this.#curve,
      candidate: this.#candidate,
      ...(this.#precision ? { precision: this.#precision } : {}),
    };
    return { summary, result: resultOf(summary, this.#predicted.length, this.#rowCycles, this.#predicted) };
  }

  #scoresOf(predicted: Float32Array, fold: number): { score: number; criterion: number } {
    const { table, folds, classes, spec, offset, whole } = this.#context;
    const { scored } = folds[fold] as { scored: Int32Array };
    if (spec.task === 'clusters') {
      const score = this.#silhouette(predicted, scored);
      return { score, criterion: score };
    }
    const truth = centredTargets(table.target, offset, scored);
    return {
      score: scoreOf(spec.metric, classes, predicted, truth, whole),
      criterion: criterionOf(spec.metric, classes, predicted, truth, whole),
    };
  }

  /** Over a sample of the points as the model sees them. */
  #silhouette(clusters: Float32Array, scored: Int32Array): number {
    const { table, spec } = this.#context;
    const sample = sampleRows(scored, SILHOUETTE_ROWS_MAX, keyOf(spec.seed, 'sample', 0, 0));
    const { x, cols } = fitEncoder(table, scored, 'dense').transform(table, sample);
    return silhouette(
      x,
      cols,
      Array.from(sample, (row) => clusters[row] as number),
    );
  }
}

function resultOf(summary: JobSummary, folds: number, rowCycles: bigint, predicted: readonly Float32Array[]) {
  return trialResult.encode({ summary: encodeSummary(summary), folds, rowCycles, predicted: joined(predicted) });
}

/** The predictions that a result holds, fold by fold. */
export function decodeTrial(context: JobContext, bytes: Uint8Array) {
  const decoded = trialResult.decode(bytes);
  if (!decoded.ok) return decoded;
  const { folds, predicted, rowCycles, summary } = decoded.value;
  const length = context.folds.slice(0, folds).reduce((sum, { scored }) => sum + scored.length * context.outputs, 0);
  if (folds > context.folds.length || predicted.length !== length) {
    return fail('result_mismatch', `${predicted.length} predictions in ${folds} folds`);
  }
  return ok({ summary, rowCycles, predicted: cut(context, predicted, folds) });
}

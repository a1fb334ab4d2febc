/** A candidate fitted to some rows of a table: encoder, then trainer, as one thing that can be cut anywhere. */

import { ok } from '../../protocol/errors.ts';
import type { Encoder } from '../features/encoder.ts';
import { decodeEncoder } from '../features/encoder-bytes.ts';
import { fitEncoder } from '../features/fit.ts';
import { trainSetOf } from '../features/train-set.ts';
import { Meter } from '../meter.ts';
import { schemaOf } from '../table/rows.ts';
import type { Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import type { CurvePoint, Fit, FitKey, Params, Predictor, Trainer } from '../trainers/trainer.ts';
import { trainerOf } from '../trainers/trainers.ts';
import { sampleRows, splitWatched } from './folds.ts';
import { limitFault } from './limit-fault.ts';
import { ENCODER_BYTES_MAX, fitCheckpoint } from './results.ts';
import type { Candidate } from './search.ts';

export interface Fitted {
  /** As the trainer filled them in. */
  readonly params: Params;
  readonly encoder: Encoder;
  readonly predictor: Predictor;
  readonly model: Uint8Array;
  readonly curve: readonly CurvePoint[];
}

interface Started {
  readonly params: Params;
  readonly encoder: Encoder;
  readonly fit: Fit;
}

/**
 * Host operations that a metered cycle stands for, about: a cycle is 256 lane operations or more. It decides only where a slice
 * ends, never what is computed.
 */
export const OPERATIONS_A_CYCLE = 256;

/** Rows that an int8 model's ranges are measured on, at most. */
const CALIBRATION_ROWS_MAX = 1024;

const EMPTY = new Uint8Array(0);

export class RowsFit {
  readonly #kernels: TrainerKernels;
  readonly #table: Table;
  readonly #rows: Int32Array;
  readonly #candidate: Candidate;
  readonly #key: FitKey;
  readonly #trainer: Trainer;
  /** Of preparing the rows: learning the encoder, and encoding them. */
  #prepared = 0n;
  #encoder: Encoder | undefined;
  #started: Started | undefined;
  #fault: string | undefined;

  /** `key` is of this fit alone. `checkpoint`: from which to go on. */
  constructor(
    kernels: TrainerKernels,
    table: Table,
    rows: Int32Array,
    candidate: Candidate,
    key: FitKey,
    checkpoint?: Uint8Array,
  ) {
    this.#kernels = kernels;
    this.#table = table;
    this.#rows = rows;
    this.#candidate = candidate;
    this.#key = key;
    this.#trainer = trainerOf(candidate.family);
    if (checkpoint?.length) this.#resume(checkpoint);
  }

  get cycles(): bigint {
    return this.#prepared + (this.#started?.fit.cycles ?? 0n);
  }

  /** Why the candidate can't be fitted to these rows: an expected failure, after which the fit is over. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** One step: learning the encoder, encoding the rows, or some of the fit. True when the fit is over. */
  advance(operations: number): boolean {
    try {
      if (this.#started) return this.#started.fit.advance(operations);
      if (this.#encoder) this.#start(this.#encoder);
      else this.#encoder = this.#learn();
    } catch (error) {
      this.#fault = limitFault(error);
    }
    return this.#fault !== undefined;
  }

  /** Empty before the encoder is there. */
  checkpoint(): Uint8Array {
    if (!this.#encoder) return EMPTY;
    const { bytes } = this.#encoder;
    return fitCheckpoint.encode({
      prepared: this.#prepared,
      encoder: bytes.length > ENCODER_BYTES_MAX ? EMPTY : bytes,
      fit: this.#started?.fit.checkpoint() ?? EMPTY,
    });
  }

  #resume(bytes: Uint8Array): void {
    const checkpoint = fitCheckpoint.decode(bytes);
    if (!checkpoint.ok) throw new Error(`not a checkpoint of this fit: ${checkpoint.evidence}`);
    const { prepared, encoder: encoderBytes, fit } = checkpoint.value;
    const encoder = encoderBytes.length > 0 ? decodeEncoder(encoderBytes, schemaOf(this.#table)) : ok(this.#learn());
    if (!encoder.ok) throw new Error(`not a checkpoint of this fit: ${encoder.evidence}`);
    this.#encoder = encoder.value;
    if (fit.length > 0) this.#start(encoder.value, fit);
    // What it cost before the cut, and not to encode the rows once more.
    this.#prepared = prepared;
  }

  finish(): Fitted {
    if (!this.#started) throw new Error('the fit is not over');
    const { params, encoder, fit } = this.#started;
    const model = fit.finish();
    const predictor = this.#trainer.decode(model);
    if (!predictor.ok) throw new Error(`${this.#candidate.family} does not read its own model: ${predictor.evidence}`);
    return { params, encoder, predictor: predictor.value, model, curve: fit.curve };
  }

  /**
   * The fitted model in int8, its ranges measured on some of the rows; undefined where the family has no such form. What it takes is
   * no part of the fit: `meter` counts it.
   */
  quantised(fitted: Fitted, meter: Meter): Fitted | undefined {
    if (!this.#trainer.quantise) return undefined;
    const rows = sampleRows(this.#rows, CALIBRATION_ROWS_MAX, this.#key);
    const input = fitted.encoder.transform(this.#table, rows, meter);
    const model = this.#trainer.quantise(this.#kernels, fitted.model, input, meter);
    if (!model.ok) throw new Error(`${this.#candidate.family} does not quantise its own model: ${model.evidence}`);
    const predictor = this.#trainer.decode(model.value);
    if (!predictor.ok) throw new Error(`${this.#candidate.family} does not read its own model: ${predictor.evidence}`);
    return { ...fitted, model: model.value, predictor: predictor.value };
  }

  #split(): ReturnType<typeof splitWatched> {
    if (!this.#trainer.watches) return { fitted: this.#rows, watched: undefined };
    return splitWatched(this.#table, this.#rows, this.#key);
  }

  #learn(): Encoder {
    const meter = new Meter();
    const { fitted } = this.#split();
    const encoder = fitEncoder(this.#table, fitted, this.#trainer.view, {}, meter);
    this.#prepared = meter.cycles;
    return encoder;
  }

  #start(encoder: Encoder, checkpoint?: Uint8Array): void {
    const meter = new Meter();
    const { fitted, watched } = this.#split();
    const set = trainSetOf(encoder, this.#table, fitted, watched, meter);
    this.#prepared += meter.cycles;
    const shape = {
      rows: set.input.rows,
      cols: set.input.cols,
      classes: set.classes,
      ...(set.image ? { image: set.image } : {}),
    };
    const params = this.#trainer.params(this.#candidate.params, shape);
    if (!params.ok) {
      this.#fault = params.evidence ?? params.code;
      return;
    }
    const fit = this.#trainer.start(this.#kernels, set, params.value, this.#key, checkpoint);
    this.#started = { params: params.value, encoder, fit };
  }
}

/**
 * What a family of models is to the search: a fit that can be cut anywhere, a model in bytes, a predictor made from them. Equal
 * set, parameters and seed give equal bytes and cycles on every host, whatever the slices were.
 */
import type { Result } from '../../protocol/errors.ts';
import type { HpuCycles } from '../../protocol/units.ts';
import type { Meter } from '../meter.ts';
import type { TrainerKernels } from './kernels.ts';

export const FAMILIES = ['ridge', 'logistic', 'extraTrees', 'randomForest', 'boost', 'mlp', 'cnn', 'kmeans'] as const;
export type Family = (typeof FAMILIES)[number];

/**
 * How rows reach a trainer (ml/features/). `dense`: finite, imputed, one-hot, standardised numbers. `tree`: numbers as they are,
 * NaN where missing, and category codes. `image`: samples divided by 255, row-major height x width x channels.
 */
export type View = 'dense' | 'tree' | 'image';

/** Row-major, rows x cols. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly x: Float32Array;
}

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Class indices below `classes`, or values where `classes` is 0 (regression; empty for clustering). */
export interface Labelled {
  readonly input: Matrix;
  readonly y: Float64Array;
}

export interface TrainSet extends Labelled {
  readonly classes: number;
  /** Categories of each column in the `tree` view: codes 0 to count - 1 or NaN; 0 for a number. */
  readonly categories: Uint16Array;
  /** In the `image` view. */
  readonly image?: ImageShape;
  /** Rows that a fit may watch for early stopping; never those that it is scored on. */
  readonly watched?: Labelled;
}

export type ProblemShape = {
  readonly rows: number;
  readonly cols: number;
  readonly classes: number;
  readonly image?: ImageShape;
};

/** Canonical: finite numbers, booleans and short strings by name. They are hashed as JSON with sorted names. */
export type Params = Readonly<Record<string, number | boolean | string>>;

/** A Philox key of the fit: two u32 words made from (order, trial, fold). */
export type FitKey = readonly [number, number];

/** Step: iterations, rounds, trees or epochs so far. Losses in the family's own measure, lower is better. */
export interface CurvePoint {
  readonly step: number;
  readonly train: number;
  readonly watched?: number;
}

export interface Fit {
  /**
   * Goes on until some `operations` multiply-adds of the host have been done since the call (at least one unit of work, however
   * large), or the fit is over: then true.
   */
  advance(operations: number): boolean;
  /** Counted by the price table since the start, also across checkpoints. */
  readonly cycles: HpuCycles;
  readonly curve: readonly CurvePoint[];
  /** From which `start` goes on. Between two calls of `advance`. */
  checkpoint(): Uint8Array;
  /** The model's canonical bytes. After `advance` was true; before it, throws. */
  finish(): Uint8Array;
}

export interface Predictor {
  readonly cols: number;
  /** Classes, or 1 value, or 1 cluster index. */
  readonly outputs: number;
  /** rows x outputs: probabilities that sum to 1, or values. Deterministic, as training. */
  predict(kernels: TrainerKernels, input: Matrix, meter: Meter): Float64Array;
  /** A score a column of the view, summing to 1 (gain or absolute weights); absent where the family has none. */
  importance?(): Float64Array;
}

export interface Trainer {
  readonly family: Family;
  readonly view: View;
  /** Whether its fit heeds the rows that it may watch: others learn from all rows. */
  readonly watches: boolean;
  /** Tasks it can do. */
  readonly tasks: readonly ('classes' | 'values' | 'clusters')[];
  /** Fills in defaults and bounds everything; work_invalid names the parameter. */
  params(raw: Params, shape: ProblemShape): Result<Params>;
  /** What a fit will cost about: for planning, not for billing. */
  estimate(shape: ProblemShape, params: Params): HpuCycles;
  /** `params` as returned by `params`. Throws on a checkpoint that is not one of this fit. */
  start(kernels: TrainerKernels, set: TrainSet, params: Params, key: FitKey, checkpoint?: Uint8Array): Fit;
  /** The model in int8 for the HPU, its ranges measured on `input`, training rows; absent where the family has no such form. */
  quantise?(kernels: TrainerKernels, model: Uint8Array, input: Matrix, meter: Meter): Result<Uint8Array>;
  /** result_mismatch for bytes that neither a fit nor `quantise` gives. */
  decode(model: Uint8Array): Result<Predictor>;
}

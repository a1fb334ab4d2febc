/**
 * A search as jobs. What to do next follows from the specification and the summaries of what was done: so any number of nodes, in
 * any order, with any death among them, come to the same leaderboard, model and bill. Jobs of one round don't need each other.
 */
import type { FAMILIES, Family, Params } from '../trainers/trainer.ts';

export type Metric = 'accuracy' | 'balancedAccuracy' | 'logLoss' | 'rocAuc' | 'r2' | 'rmse' | 'mae' | 'silhouette';

/** What an order says in public, but for `metric` and `families`, which travel in the sealed payload. */
export interface SearchSpec {
  readonly task: 'classes' | 'values' | 'clusters';
  readonly metric: Metric;
  readonly families: readonly (typeof FAMILIES)[number][];
  /** Trials at most. */
  readonly trials: number;
  /** HPU cycles at most, over all jobs. Never exceeded: each job has a cap. */
  readonly budget: bigint;
  /** Of cross-validation. */
  readonly folds: number;
  /** u64; keys every random word. */
  readonly seed: bigint;
  /** Cycles at most that the resulting model may take to predict a row. */
  readonly rowCycles: number;
}

/** Public, or known from the table. */
export interface TableShape {
  readonly rows: number;
  /** Columns, or samples an image. */
  readonly columns: number;
  /** 0 unless the task is classes. */
  readonly classes: number;
  readonly images: boolean;
}

/**
 * `trial`: fits and scores a candidate by cross-validation. `ensemble`: chooses members and weights from out-of-fold predictions.
 * `refit`: fits one member to all rows. `assemble`: the bundle, from the refitted members.
 */
export type JobKind = 'trial' | 'ensemble' | 'refit' | 'assemble';

export interface Job {
  /** Ascending from 0 over the whole search. */
  readonly index: number;
  readonly round: number;
  readonly kind: JobKind;
  /** Jobs whose results it reads. */
  readonly needs: readonly number[];
  /** Metered cycles after which it stops; what it did until then is billed. */
  readonly cap: bigint;
  readonly candidate?: Candidate;
}

export interface Candidate {
  readonly family: Family;
  readonly params: Params;
  /** Share of the full effort (rounds, trees, epochs or folds) as a rung of successive halving, in 1/16. */
  readonly effort: number;
  /** Where it came from: shown on the leaderboard. */
  readonly from: 'portfolio' | 'predictor' | 'local' | 'promoted';
  /** Of a refit: what its trial was scored as. A trial finds out by itself. */
  readonly precision?: 'int8';
}

/** What a network's trial is scored as and delivered in, with the score of the first fold in either (precision.ts). */
export interface Precision {
  readonly kind: 'f32' | 'int8';
  readonly float: number;
  readonly int8: number;
}

/** A few hundred bytes: all that planning and a live leaderboard need of a finished job. */
export interface JobSummary {
  readonly index: number;
  readonly kind: JobKind;
  /** `capped`: it met its cap and has no score. `failed`: its fit gave no usable model. */
  readonly state: 'done' | 'capped' | 'failed';
  readonly cycles: bigint;
  /** Higher is better whatever the metric (losses are negated); mean over the folds, and each. Trials and ensembles. */
  readonly score?: number;
  readonly folds?: readonly number[];
  /** Of each fold, what candidates are compared by: the score, with a share of the likelihood where it counts hits. */
  readonly criteria?: readonly number[];
  /** Of the first fold: [step, train] or [step, train, watched]. */
  readonly curve?: readonly (readonly number[])[];
  readonly candidate?: Candidate;
  /** Of a trial whose family has an int8 form. */
  readonly precision?: Precision;
  /** Ensemble: index of each member's trial and its weight in 1/64. */
  readonly members?: readonly { readonly trial: number; readonly weight: number }[];
}

export type NextJobs =
  | { readonly kind: 'jobs'; readonly jobs: readonly Job[] }
  /** Every job is done: the last one's result is the bundle. */
  | { readonly kind: 'done'; readonly bundle: number }
  /** Nothing could be fitted within the budget, or the search was stopped before its first trial. */
  | { readonly kind: 'nothing' };

/** A running job, cut like a trainer's fit. */
export interface RunningJob {
  advance(operations: number): boolean;
  readonly cycles: bigint;
  checkpoint(): Uint8Array;
  /** Canonical bytes: the result (out-of-fold predictions, members, a model, the bundle) and its summary. */
  finish(): { readonly result: Uint8Array; readonly summary: JobSummary };
}

/**
 * What jobs are expected to cost, and at what they are stopped. A cap is generous where a family's estimate was never measured, and
 * the caps of a round never sum to more than what is left: the budget holds whatever the estimates are worth.
 */
import { SEARCH_BUDGET_MIN } from '../../protocol/order/search-work.ts';
import type { ProblemShape } from '../trainers/trainer.ts';
import { trainerOf } from '../trainers/trainers.ts';
import { foldsAt, rowsAt } from './effort.ts';
import { foldCount, trainRows } from './folds.ts';
import type { Candidate, Job, JobSummary, SearchSpec, TableShape } from './search.ts';
import type { Choice } from './space.ts';

/** A trial with its outcome. */
export interface Finished {
  readonly job: Job;
  readonly candidate: Candidate;
  readonly summary: JobSummary;
}

/** Ratios are in thousandths. */
const UNIT = 1000n;
/** Of a family that has no trial yet: estimates are about right, encoding and prediction come on top. */
const RATIO_UNKNOWN = 2500n;
/** A cap over what is expected: estimates miss by several times from one candidate of a family to the next. */
const CAP_FACTOR = 12n;
/** A family that has no trial yet is tried even when its estimate is this many times over what it may take. */
const DOUBT = 12n;
/** Small tables: encoding, prediction and the scores of a fold cost some thousands of cycles whatever the family. */
const CAP_FLOOR = 100_000n;
/** No fit to all rows is planned with less. */
const REFIT_FLOOR = SEARCH_BUDGET_MIN;

export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const foldsOfShape = (spec: SearchSpec, shape: TableShape): number =>
  foldCount(spec, shape.rows, Math.max(1, shape.classes));

/** The planner doesn't see the images: their sides are guessed, for an estimate. */
function imageOf({ columns }: TableShape): NonNullable<ProblemShape['image']> {
  const channels = columns % 3 === 0 && Number.isInteger(Math.sqrt(columns / 3)) ? 3 : 1;
  const side = Math.max(1, Math.floor(Math.sqrt(columns / channels)));
  return { height: side, width: Math.max(1, Math.floor(columns / channels / side)), channels };
}

function fitCycles({ family, params }: Choice, shape: TableShape, rows: number): bigint {
  const trainer = trainerOf(family);
  const problem: ProblemShape = {
    rows,
    cols: Math.max(1, shape.columns),
    classes: shape.classes,
    ...(trainer.view === 'image' ? { image: imageOf(shape) } : {}),
  };
  const filled = trainer.params(params, problem);
  // A candidate that the trainer refuses costs what preparing it costs, and ends as a failed trial.
  return filled.ok ? trainer.estimate(problem, filled.value) : 0n;
}

/** Folds that the job itself fits: a promotion leaves out those that were scored at low effort. */
function foldsFitted(job: Pick<Job, 'needs'>, effort: number, folds: number, lowEffort: number): number {
  return foldsAt(effort, folds) - (job.needs.length > 0 ? foldsAt(lowEffort, folds) : 0);
}

export class Costs {
  readonly #spec: SearchSpec;
  readonly #shape: TableShape;
  readonly #folds: number;
  readonly #lowEffort: number;
  readonly #ratios = new Map<string, bigint>();

  constructor(spec: SearchSpec, shape: TableShape, lowEffort: number, finished: readonly Finished[]) {
    this.#spec = spec;
    this.#shape = shape;
    this.#folds = foldsOfShape(spec, shape);
    this.#lowEffort = lowEffort;
    for (const { job, candidate, summary } of finished) {
      const estimate = this.#trialEstimate(candidate, candidate.effort, job.needs);
      if (estimate === 0n || summary.state === 'failed') continue;
      const ratio = (summary.cycles * UNIT) / estimate + 1n;
      const known = this.#ratios.get(candidate.family) ?? 0n;
      if (ratio > known) this.#ratios.set(candidate.family, ratio);
    }
  }

  #trialEstimate(choice: Choice, effort: number, needs: readonly number[]): bigint {
    const rows = rowsAt(effort, this.#folds, trainRows(this.#spec, this.#shape));
    const folds = foldsFitted({ needs }, effort, this.#folds, this.#lowEffort);
    return BigInt(folds) * fitCycles(choice, this.#shape, rows);
  }

  /** By the estimates, corrected by the family's trials so far. */
  expected(choice: Choice, effort: number, needs: readonly number[] = []): bigint {
    const ratio = this.#ratios.get(choice.family) ?? RATIO_UNKNOWN;
    return (this.#trialEstimate(choice, effort, needs) * ratio) / UNIT;
  }

  /**
   * Of a trial, of `left` cycles of which `fair` are its share; undefined when too little is left. Where its share is ample the cap
   * is its share, where it is not, whatever is expected and a quarter.
   */
  cap(choice: Choice, effort: number, needs: readonly number[], left: bigint, fair: bigint): bigint | undefined {
    const expected = this.expected(choice, effort, needs);
    const most = expected * CAP_FACTOR + CAP_FLOOR;
    if (most <= fair) return most;
    const least = (expected * 5n) / 4n + CAP_FLOOR / 8n;
    if (least <= fair) return fair;
    if (least <= left) return least;
    return !this.#ratios.has(choice.family) && expected / DOUBT <= fair ? fair : undefined;
  }

  /** Of a fit to all rows, from what the folds of its trial took. */
  refitCap({ job, candidate, summary }: Finished): bigint {
    const folds = BigInt(Math.max(1, foldsFitted(job, candidate.effort, this.#folds, this.#lowEffort)));
    const rows = BigInt(rowsAt(candidate.effort, this.#folds, trainRows(this.#spec, this.#shape)));
    return (2n * summary.cycles * BigInt(this.#shape.rows)) / (folds * rows) + CAP_FLOOR;
  }

  /** Of a fit to all rows, with a quarter to spare and no more: where the whole cap can't be had. */
  refitLeast({ job, candidate, summary }: Finished): bigint {
    const { part, whole } = this.#share(candidate, job.needs);
    return (summary.cycles * whole) / part + REFIT_FLOOR;
  }

  /** The most that a trial may take of `left` cycles so that they still pay the fit of it to all rows. */
  capWithRefit(candidate: Candidate, needs: readonly number[], left: bigint): bigint {
    const { part, whole } = this.#share(candidate, needs);
    return left > REFIT_FLOOR ? ((left - REFIT_FLOOR) * part) / (part + whole) : 0n;
  }

  /** A fit to all rows is to a trial's folds as `whole` to `part`, a quarter to spare. */
  #share(candidate: Candidate, needs: readonly number[]): { readonly part: bigint; readonly whole: bigint } {
    const folds = Math.max(1, foldsFitted({ needs }, candidate.effort, this.#folds, this.#lowEffort));
    const rows = rowsAt(candidate.effort, this.#folds, trainRows(this.#spec, this.#shape));
    return { part: BigInt(4 * folds * rows), whole: BigInt(5 * this.#shape.rows) };
  }
}

/**
 * What jobs are expected to cost, and at what they are stopped. A trial starts only with a cap that it is expected to keep, and a
 * cap is generous where there is room; the caps of a round never sum to more than what is left: the budget holds whatever the
 * estimates are worth.
 */
import { SEARCH_BUDGET_MIN } from '../../protocol/order/search-work.ts';
import type { Family } from '../trainers/trainer.ts';
import { foldsAt, rowsAt } from './effort.ts';
import { foldCount, trainRows } from './folds.ts';
import type { Candidate, Job, JobSummary, SearchSpec, TableShape } from './search.ts';
import type { Choice } from './space.ts';
import { FIRST_MARGINS, MARGINS, STEADY, UNIT, usualCycles } from './usual-costs.ts';

/** A trial with its outcome. */
export interface Finished {
  readonly job: Job;
  readonly candidate: Candidate;
  readonly summary: JobSummary;
}

/** A trial as it might be planned. */
export interface Pick {
  readonly candidate: Candidate;
  readonly needs: readonly number[];
}

/** A cap over what is expected: estimates miss by several times from one candidate of a family to the next. */
const CAP_FACTOR = 12n;
/** Small tables: encoding, prediction and the scores of a fold cost some thousands of cycles whatever the family. */
const CAP_FLOOR = 100_000n;
/** A trial that met its cap would have taken this much more, in thousandths, at least: nobody knows how much. */
const CAPPED_RATIO = 1500n;
/** No fit to all rows is planned with less. */
const REFIT_FLOOR = SEARCH_BUDGET_MIN;

export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

export const foldsOfShape = (spec: SearchSpec, shape: TableShape): number =>
  foldCount(spec, shape.rows, Math.max(1, shape.classes));

/** Folds that the job itself fits: a promotion leaves out those that were scored at low effort. */
function foldsFitted(job: Pick['needs'], effort: number, folds: number, lowEffort: number): number {
  return foldsAt(effort, folds) - (job.length > 0 ? foldsAt(lowEffort, folds) : 0);
}

export class Costs {
  readonly #spec: SearchSpec;
  readonly #shape: TableShape;
  readonly #folds: number;
  readonly #lowEffort: number;
  /** What a family's trials took of what is usual, the most of them, in thousandths. */
  readonly #done = new Map<Family, bigint>();
  /** What those that met their caps would have taken at least. */
  readonly #capped = new Map<Family, bigint>();

  constructor(spec: SearchSpec, shape: TableShape, lowEffort: number, finished: readonly Finished[]) {
    this.#spec = spec;
    this.#shape = shape;
    this.#folds = foldsOfShape(spec, shape);
    this.#lowEffort = lowEffort;
    for (const { job, candidate, summary } of finished) {
      if (summary.state === 'failed') continue;
      const known = summary.state === 'done' ? this.#done : this.#capped;
      const usual = this.#usual(candidate, candidate.effort, job.needs);
      const ratio = (summary.cycles * UNIT) / larger(1n, usual) + 1n;
      known.set(candidate.family, larger(ratio, known.get(candidate.family) ?? 0n));
    }
  }

  #usual(choice: Choice, effort: number, needs: readonly number[]): bigint {
    const rows = rowsAt(effort, this.#folds, trainRows(this.#spec, this.#shape));
    const folds = foldsFitted(needs, effort, this.#folds, this.#lowEffort);
    return BigInt(folds) * usualCycles(choice, this.#shape, rows);
  }

  #ratio(family: Family): bigint {
    const done = this.#done.get(family);
    // One that took less than is usual tells half of the next one, whose trees or whose penalty are others.
    const least = STEADY.has(family) ? 0n : ((done ?? UNIT) + UNIT) / 2n;
    const ratio = larger(done ?? UNIT, least);
    return larger(ratio, ((this.#capped.get(family) ?? 0n) * CAPPED_RATIO) / UNIT);
  }

  /** By the estimates, corrected by the family's trials so far. */
  expected(choice: Choice, effort: number, needs: readonly number[] = []): bigint {
    return (this.#usual(choice, effort, needs) * this.#ratio(choice.family)) / UNIT;
  }

  /** The least cap that a trial is started with: it is expected to keep it, whatever of the family was measured so far. */
  least({ candidate, needs }: Pick): bigint {
    const { family, effort } = candidate;
    const margin = (this.#done.has(family) ? MARGINS : FIRST_MARGINS)[family];
    return (this.expected(candidate, effort, needs) * margin) / UNIT;
  }

  /** The cap of a trial where there is room for it. */
  most({ candidate, needs }: Pick): bigint {
    return this.expected(candidate, candidate.effort, needs) * CAP_FACTOR + CAP_FLOOR;
  }

  /** Of a fit to all rows, from what the folds of its trial took. */
  refitCap({ job, candidate, summary }: Finished): bigint {
    const folds = BigInt(Math.max(1, foldsFitted(job.needs, candidate.effort, this.#folds, this.#lowEffort)));
    const rows = BigInt(rowsAt(candidate.effort, this.#folds, trainRows(this.#spec, this.#shape)));
    return (2n * summary.cycles * BigInt(this.#shape.rows)) / (folds * rows) + CAP_FLOOR;
  }

  /** Of a fit to all rows, with a quarter to spare and no more: where the whole cap can't be had. */
  refitLeast({ job, candidate, summary }: Finished): bigint {
    return this.refitAfter({ candidate, needs: job.needs }, summary.cycles);
  }

  /** The same of a trial that would take `cycles`. */
  refitAfter(pick: Pick, cycles: bigint): bigint {
    const { part, whole } = this.#share(pick);
    return (cycles * whole) / part + REFIT_FLOOR;
  }

  /** The most that a trial may take of `left` cycles so that they still pay the fit of it to all rows. */
  capWithRefit(pick: Pick, left: bigint): bigint {
    const { part, whole } = this.#share(pick);
    return left > REFIT_FLOOR ? ((left - REFIT_FLOOR) * part) / (part + whole) : 0n;
  }

  /** A fit to all rows is to a trial's folds as `whole` to `part`, a quarter to spare. */
  #share({ candidate, needs }: Pick): { readonly part: bigint; readonly whole: bigint } {
    const folds = Math.max(1, foldsFitted(needs, candidate.effort, this.#folds, this.#lowEffort));
    const rows = rowsAt(candidate.effort, this.#folds, trainRows(this.#spec, this.#shape));
    return { part: BigInt(4 * folds * rows), whole: BigInt(5 * this.#shape.rows) };
  }
}

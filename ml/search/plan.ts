/**
 * What a search does next, from its specification and the summaries of what was done. Rounds of trials; then, from their
 * predictions, an ensemble; its members fitted to all rows; the bundle. Nothing here depends on when or where a job ran.
 */
import { assembleCyclesMax } from './assemble.ts';
import { Costs, type Finished, foldsOfShape, smaller } from './costs.ts';
import { FULL_EFFORT, foldsAt, LOW_EFFORT } from './effort.ts';
import { CANDIDATES_MAX, ensembleCyclesMax } from './ensemble.ts';
import { cheapestModel } from './opening.ts';
import type { Job, JobSummary, NextJobs, SearchSpec, TableShape } from './search.ts';
import { choiceKey } from './space.ts';
import { comparedBy, guessedBy, isDone, ranked, trialRound } from './trial-rounds.ts';

/**
 * Cycles of the cheapest model that a search of this table can come to, as far as estimates go: with a smaller budget it may find
 * none, with much less it does not begin. Undefined where none of the families can be tried.
 */
export function budgetNeeded(spec: SearchSpec, shape: TableShape): bigint | undefined {
  const costs = new Costs(spec, shape, LOW_EFFORT, []);
  const cheapest = cheapestModel({ spec, shape, costs, finished: [] });
  return cheapest === undefined ? undefined : cheapest + endCycles(spec, shape, 1);
}

type Summaries = ReadonlyMap<number, JobSummary>;

/** Before the first trial is done, and at most: the share of the budget that trials leave to what comes after them, in percent. */
const RESERVE_PERCENT = 30n;
/** Members that the reserve pays for. */
const RESERVED_MEMBERS = 5;
/** A search has no more: even with a trial in each round it ends. */
const ROUNDS_MAX = 256;

const spentOn = (summaries: Iterable<JobSummary>): bigint => {
  let sum = 0n;
  for (const { cycles } of summaries) sum += cycles;
  return sum;
};

/**
 * The jobs of the first round that is not done, all of them, or how the search ended. `stopped`: no more trials; those of the round
 * under way that have no summary are given up. From then on no summary of a trial may be added.
 */
export const nextJobs = (
  spec: SearchSpec,
  shape: TableShape,
  summaries: Iterable<JobSummary>,
  stopped: boolean,
): NextJobs => new Planner(spec, shape).next(summaries, stopped);

/** For whoever follows a search from its beginning: each round is planned once, where `nextJobs` plans all before it again. */
export class Planner {
  readonly #spec: SearchSpec;
  readonly #shape: TableShape;
  readonly #known = new Map<number, JobSummary>();
  /** Of the rounds before. */
  readonly #finished: Finished[] = [];
  #round = 0;
  #first = 0;
  /** Of the round under way; undefined before it is planned, empty when there are no more. */
  #trials: readonly Job[] | undefined;

  constructor(spec: SearchSpec, shape: TableShape) {
    this.#spec = spec;
    this.#shape = shape;
  }

  /** As `nextJobs` of all that was ever `done`. Once `stopped`, it stays stopped. */
  next(done: Iterable<JobSummary>, stopped: boolean): NextJobs {
    for (const summary of done) this.#known.set(summary.index, summary);
    for (let jobs = this.#roundTrials(); jobs.length > 0; jobs = this.#roundTrials()) {
      const over = jobs.flatMap((job) => finishedOf(job, this.#known));
      const isWhole = over.length === jobs.length;
      if (!isWhole && !stopped) return { kind: 'jobs', jobs };
      this.#finished.push(...over);
      this.#first += jobs.length;
      this.#round += 1;
      this.#trials = isWhole ? undefined : [];
    }
    return new Ending(this.#spec, this.#shape, this.#finished, this.#known, this.#round, this.#first).next();
  }

  #roundTrials(): readonly Job[] {
    const isOver = this.#round >= ROUNDS_MAX;
    this.#trials ??= isOver ? [] : trialsAfter(this.#spec, this.#shape, this.#finished, this.#round, this.#first);
    return this.#trials;
  }
}

function finishedOf(job: Job, known: Summaries): Finished[] {
  const summary = known.get(job.index);
  return summary && job.candidate ? [{ job, candidate: job.candidate, summary }] : [];
}

function trialsAfter(
  spec: SearchSpec,
  shape: TableShape,
  finished: readonly Finished[],
  round: number,
  first: number,
): Job[] {
  const costs = new Costs(spec, shape, LOW_EFFORT, finished);
  const left = spec.budget - spentOn(finished.map(({ summary }) => summary));
  const room = left - reserveOf(spec, shape, costs, finished);
  const ending = left - endCycles(spec, shape, 1);
  return trialRound({ spec, shape, costs, finished, room, ending }, round, first);
}

/** Of the ensemble's job, when it reads so many trials, and of the assembly. */
const endCycles = (spec: SearchSpec, shape: TableShape, candidates: number): bigint =>
  ensembleCyclesMax(shape, foldsOfShape(spec, shape), candidates) + assembleCyclesMax(shape);

/** Cycles that trials may not touch: however small the budget, one model of what is done can be paid to the end. */
function reserveOf(spec: SearchSpec, shape: TableShape, costs: Costs, finished: readonly Finished[]): bigint {
  const most = (spec.budget * RESERVE_PERCENT) / 100n;
  const best = ranked(finished).slice(0, RESERVED_MEMBERS);
  const [first = 0n, ...refits] = ranked(finished).map((trial) => costs.refitLeast(trial));
  const floor = endCycles(spec, shape, 1) + refits.reduce(smaller, first);
  const whole = endCycles(spec, shape, Math.min(CANDIDATES_MAX, spec.trials));
  const needed = best.length > 0 ? best.reduce((sum, trial) => sum + costs.refitCap(trial), whole) : most;
  const ample = smaller(needed, most);
  if (ample < floor) return floor;
  return ample;
}

/** Everything after the trials. */
class Ending {
  readonly #spec: SearchSpec;
  readonly #shape: TableShape;
  readonly #finished: readonly Finished[];
  readonly #known: Summaries;
  readonly #costs: Costs;
  readonly #round: number;
  /** Of the ensemble's job. */
  readonly #first: number;

  constructor(
    spec: SearchSpec,
    shape: TableShape,
    finished: readonly Finished[],
    known: Summaries,
    round: number,
    first: number,
  ) {
    this.#spec = spec;
    this.#shape = shape;
    this.#finished = finished;
    this.#known = known;
    this.#costs = new Costs(spec, shape, LOW_EFFORT, finished);
    this.#round = round;
    this.#first = first;
  }

  next(): NextJobs {
    const ensemble = this.#ensembleJob();
    if (!ensemble) return { kind: 'nothing' };
    const chosen = this.#known.get(ensemble.index);
    if (!chosen) return { kind: 'jobs', jobs: [ensemble] };
    const refits = this.#refitJobs(chosen, ensemble.index + 1);
    if (refits.length === 0) return { kind: 'nothing' };
    if (!refits.every(({ index }) => this.#known.has(index))) return { kind: 'jobs', jobs: refits };
    return this.#assembled(ensemble, refits);
  }

  /**
   * Whole trials; those at low effort where no other is done, or where the best of them was better in the same folds and its promotion
   * could not be paid. A candidate counts once, by its whole trial.
   */
  #eligible(): Finished[] {
    const done = this.#finished.filter(isDone);
    const isWhole = ({ candidate }: Finished): boolean => candidate.effort === FULL_EFFORT;
    const whole = ranked(done.filter(isWhole));
    const promoted = new Set(whole.map(({ candidate }) => choiceKey(candidate)));
    const low = done.filter((trial) => !isWhole(trial) && !promoted.has(choiceKey(trial.candidate)));
    const folds = foldsOfShape(this.#spec, this.#shape);
    const best = (of: readonly Finished[]): number =>
      Math.max(...of.map((trial) => comparedBy(trial, foldsAt(LOW_EFFORT, folds))));
    if (low.length === 0 || best(low) <= best(whole)) return whole;
    const guess = guessedBy(done, folds);
    return [...whole, ...low].sort((a, b) => guess(b) - guess(a) || a.job.index - b.job.index);
  }

  #left(before: number): bigint {
    const trials = spentOn(this.#finished.map(({ summary }) => summary));
    const later = [...this.#known.values()].filter(({ index }) => index >= this.#first && index < before);
    return this.#spec.budget - trials - spentOn(later);
  }

  /**
   * It reads the best trials that can all be fitted again with what is left: whichever it chooses, the budget holds. Where little is
   * left, the best one whose fit is expected to come within it.
   */
  #ensembleJob(): Job | undefined {
    const left = this.#left(this.#first);
    let refits = 0n;
    const needs: number[] = [];
    for (const trial of this.#eligible()) {
      const sum = refits + this.#costs.refitCap(trial);
      if (needs.length >= CANDIDATES_MAX || sum + this.#endCycles(needs.length + 1) > left) continue;
      refits = sum;
      needs.push(trial.job.index);
    }
    if (needs.length === 0) {
      const any = [...this.#eligible(), ...ranked(this.#finished)];
      const single = any.find((trial) => this.#costs.refitLeast(trial) + this.#endCycles(1) <= left);
      if (!single) return undefined;
      needs.push(single.job.index);
    }
    const cap = this.#endCycles(needs.length) - assembleCyclesMax(this.#shape);
    return { index: this.#first, round: this.#round, kind: 'ensemble', needs, cap };
  }

  #endCycles(candidates: number): bigint {
    return endCycles(this.#spec, this.#shape, candidates);
  }

  /** Their caps share what is left: a refit that meets its cap loses its member. */
  #refitJobs({ members = [] }: JobSummary, first: number): Job[] {
    const trials = members.flatMap(({ trial }) => this.#finished.find(({ job }) => job.index === trial) ?? []);
    const needed = trials.reduce((sum, trial) => sum + this.#costs.refitCap(trial), 0n);
    const spare = this.#left(first) - assembleCyclesMax(this.#shape) - needed;
    // Below 0 for one member alone: its cap is then all that is left.
    const more = spare / BigInt(Math.max(1, members.length));
    return members.flatMap(({ trial }, i) => {
      const of = this.#finished.find(({ job }) => job.index === trial);
      if (!of) return [];
      const { family, params, from } = of.candidate;
      const precision = of.summary.precision?.kind === 'int8' ? ({ precision: 'int8' } as const) : {};
      const candidate = { family, params, from, effort: FULL_EFFORT, ...precision };
      const cap = this.#costs.refitCap(of) + more;
      return [{ index: first + i, round: this.#round + 1, kind: 'refit' as const, needs: [], cap, candidate }];
    });
  }

  #assembled(ensemble: Job, refits: readonly Job[]): NextJobs {
    const usable = refits.filter(({ index }) => this.#known.get(index)?.state === 'done');
    if (usable.length === 0) return { kind: 'nothing' };
    const index = ensemble.index + 1 + refits.length;
    const assembled = this.#known.get(index);
    if (assembled) return assembled.state === 'done' ? { kind: 'done', bundle: index } : { kind: 'nothing' };
    const trials = this.#finished.map(({ job }) => job.index);
    const needs = [ensemble.index, ...usable.map((job) => job.index), ...trials];
    const cap = assembleCyclesMax(this.#shape);
    return { kind: 'jobs', jobs: [{ index, round: this.#round + 2, kind: 'assemble', needs, cap }] };
  }
}

/** Which candidates are tried next: promotions, then the portfolio, then proposals; as many as fit in the budget and a round. */
import { mean } from '../numeric/mean.ts';
import { type Costs, type Finished, foldsOfShape, smaller } from './costs.ts';
import { FULL_EFFORT, foldsAt, LOW_EFFORT } from './effort.ts';
import { propose } from './proposals.ts';
import { Draws, keyOf } from './random.ts';
import type { Candidate, Job, SearchSpec, TableShape } from './search.ts';
import { type Choice, choiceKey, familiesOf, portfolioOf } from './space.ts';

/** Jobs of a round at most: as many can run at once, and the next round learns from all of them. */
export const ROUND_JOBS_MAX = 8;
/** The best third at low effort is promoted. */
const PROMOTED_SHARE = 3;
/** Candidates that are looked at beyond a round's places, when the first ones are too dear. */
const LOOK_AHEAD = 8;
/** Low effort is for a candidate of which as many as are still to try would take more than one part in this of what is left, ... */
const AMPLE = 2n;
/** ... or that takes more than this: below, halving saves seconds, costs rounds, and leaves folds unscored. */
const CHEAP_CYCLES = 40_000_000n;
/** Encoding, predicting and scoring a small table take that much whatever the family. */
const TRIAL_LEAST = 50_000n;

export interface Planning {
  readonly spec: SearchSpec;
  readonly shape: TableShape;
  readonly costs: Costs;
  /** Trials of all rounds before, in the order of their jobs. */
  readonly finished: readonly Finished[];
  /** Cycles that the round's jobs may take. */
  readonly room: bigint;
  /** What is left of the budget but for the cheapest ensemble and the assembly: it pays trials and refits. */
  readonly ending: bigint;
}

type Pick = { readonly candidate: Candidate; readonly needs: readonly number[] };

/** What a trial is compared by over its first `folds` folds. */
const comparedBy = ({ summary }: Finished, folds: number): number => mean((summary.criteria ?? []).slice(0, folds));

export const isDone = ({ summary }: Finished): boolean => summary.state === 'done';

/** Done trials, the best over all their folds first; the earlier of equals. */
export function ranked(finished: readonly Finished[]): Finished[] {
  const score = (trial: Finished): number => comparedBy(trial, trial.summary.criteria?.length ?? 0);
  return finished.filter(isDone).sort((a, b) => score(b) - score(a) || a.job.index - b.job.index);
}

/**
 * What a trial is guessed to be compared by over all folds: one that was scored in the first of them only is moved by what those
 * are harder than all, on average over the trials that were scored in all.
 */
export function guessedBy(done: readonly Finished[], folds: number): (trial: Finished) => number {
  const firstFolds = foldsAt(LOW_EFFORT, folds);
  const isWhole = ({ summary }: Finished): boolean => summary.criteria?.length === folds;
  const shifts = done.filter(isWhole).map((trial) => comparedBy(trial, folds) - comparedBy(trial, firstFolds));
  const shift = shifts.length > 0 ? mean(shifts) : 0;
  return (trial) => comparedBy(trial, folds) + (isWhole(trial) ? 0 : shift);
}

function promotions({ finished, spec, shape }: Planning): Pick[] {
  const folds = foldsOfShape(spec, shape);
  const [low, whole] = [(f: Finished) => f.candidate.effort < FULL_EFFORT, (f: Finished) => !low(f)];
  const promoted = new Set(finished.filter(whole).map(({ candidate }) => choiceKey(candidate)));
  const firstFolds = foldsAt(LOW_EFFORT, folds);
  // Over the same folds all trials compare; with one hold-out those that learned from fewer rows compare among themselves.
  const pool = finished
    .filter(isDone)
    .filter((trial) => low(trial) || (folds > 1 && trial.candidate.from !== 'promoted'));
  const byScore = pool.sort(
    (a, b) => comparedBy(b, firstFolds) - comparedBy(a, firstFolds) || a.job.index - b.job.index,
  );
  return byScore
    .slice(0, Math.ceil(byScore.length / PROMOTED_SHARE))
    .filter((trial) => low(trial) && !promoted.has(choiceKey(trial.candidate)))
    .map(({ job, candidate }) => ({
      candidate: { ...candidate, effort: FULL_EFFORT, from: 'promoted' },
      needs: folds > 1 ? [job.index] : [],
    }));
}

/** Dear candidates begin at low effort; for cheap ones beside them, halving would lose folds and save nothing. */
function effortOf({ spec, costs, finished, room }: Planning, choice: Choice, toTry: number, folds: number): number {
  if (finished.length === 0 || folds === 2 || spec.task === 'clusters') return FULL_EFFORT;
  const trial = costs.expected(choice, FULL_EFFORT);
  return trial > CHEAP_CYCLES || trial * BigInt(toTry) * AMPLE > room ? LOW_EFFORT : FULL_EFFORT;
}

/** New candidates, at most `count` and some to choose from. */
function candidates(planning: Planning, count: number, round: number): Pick[] {
  const { spec, shape, finished } = planning;
  const families = familiesOf(spec, shape);
  const seen = new Set(finished.map(({ candidate }) => choiceKey(candidate)));
  const toTry = spec.trials - seen.size;
  const wanted = Math.min(count, toTry);
  if (wanted <= 0 || families.length === 0) return [];
  const folds = foldsOfShape(spec, shape);
  const effort = (choice: Choice): number => effortOf(planning, choice, toTry, folds);
  const unseen = portfolioOf(families).filter((choice) => !seen.has(choiceKey(choice)));
  const next = unseen.slice(0, wanted + LOOK_AHEAD).map((choice) => ({ choice, from: 'portfolio' as const }));
  const lacking = wanted - next.length;
  const guess = guessedBy(finished.filter(isDone), folds);
  // Of a candidate that was promoted the later trial counts.
  const known = new Map(finished.filter(isDone).map((trial) => [choiceKey(trial.candidate), trial]));
  const tried = [...known.values()]
    .map((trial) => ({ choice: trial.candidate, score: guess(trial), index: trial.job.index }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
  const draws = new Draws(keyOf(spec.seed, 'propose', round, 0));
  const taken = new Set([...seen, ...next.map(({ choice }) => choiceKey(choice))]);
  const cost = (choice: Choice): bigint => planning.costs.expected(choice, effort(choice));
  const proposed = lacking > 0 && tried.length > 0 ? propose(families, tried, taken, lacking, draws, cost) : [];
  return [...next, ...proposed].map(({ choice, from }) => ({
    candidate: { ...choice, effort: effort(choice), from },
    needs: [],
  }));
}

/** The jobs of a round, none when nothing is left to try or to spend. Indices start at `first`. */
export function trialRound(planning: Planning, round: number, first: number): Job[] {
  const { costs, room, spec, finished } = planning;
  const jobs: Job[] = [];
  let left = room;
  const isFirst = !finished.some(isDone);
  // A small budget makes few trials that come to an end, and not many that don't.
  const places = isFirst
    ? Number(smaller(BigInt(ROUND_JOBS_MAX), room > TRIAL_LEAST ? room / TRIAL_LEAST : 1n))
    : ROUND_JOBS_MAX;
  let [ending, refit] = [planning.ending, 0n];
  // Until a trial is done, whichever is the only one to be done must leave enough for its refit.
  const leftFor = ({ candidate, needs }: Pick): bigint => {
    if (!isFirst) return left;
    return [ending - refit, costs.capWithRefit(candidate, needs, ending)].reduce(smaller, left);
  };
  const admit = (pick: Pick, cap: bigint): void => {
    const { candidate, needs } = pick;
    const job: Job = { index: first + jobs.length, round, kind: 'trial', needs, cap, candidate };
    const own = costs.refitLeast({
      job,
      candidate,
      summary: { index: job.index, kind: 'trial', state: 'done', cycles: cap },
    });
    jobs.push(job);
    left -= cap;
    ending -= cap;
    if (own > refit) refit = own;
  };
  const consider = (picks: readonly Pick[], most: number): void => {
    for (const pick of picks) {
      if (jobs.length >= most) return;
      const { candidate, needs } = pick;
      const free = leftFor(pick);
      if (free <= 0n) continue;
      const fair = left / BigInt(places - jobs.length);
      const cap = costs.cap(candidate, candidate.effort, needs, free, fair < free ? fair : free);
      if (cap !== undefined) admit(pick, cap);
    }
  };
  consider(promotions(planning), ROUND_JOBS_MAX);
  const cost = ({ candidate }: Pick): bigint => costs.expected(candidate, candidate.effort);
  const byCost = (picks: readonly Pick[]): Pick[] =>
    [...picks].sort((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0));
  const known = candidates(planning, ROUND_JOBS_MAX - jobs.length, round);
  const fresh = places < ROUND_JOBS_MAX ? byCost(known) : known;
  const seen = new Set(finished.map(({ candidate }) => choiceKey(candidate))).size;
  consider(fresh, Math.min(places, jobs.length + Math.max(0, spec.trials - seen)));
  // No trial is done and none fits: the cheapest candidate gets all there is; after the first only where that may well be enough.
  if (jobs.length === 0 && isFirst && room > 0n) {
    const [cheapest] = byCost(fresh);
    const most = cheapest ? leftFor(cheapest) : 0n;
    const isLikely = cheapest !== undefined && (finished.length === 0 || cost(cheapest) <= most);
    if (most > 0n && isLikely) admit(cheapest, most);
  }
  return jobs;
}

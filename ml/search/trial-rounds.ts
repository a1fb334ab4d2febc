/** Which candidates are tried next: promotions, then the portfolio, then proposals; as many as fit in the budget and a round. */
import { mean } from '../numeric/mean.ts';
import { type Costs, type Finished, foldsOfShape, type Pick } from './costs.ts';
import { FULL_EFFORT, foldsAt, hasLowEffort, LOW_EFFORT } from './effort.ts';
import { opening } from './opening.ts';
import { propose } from './proposals.ts';
import { Draws, keyOf } from './random.ts';
import { admitted, type Purse, withCaps } from './round-caps.ts';
import type { Job, SearchSpec, TableShape } from './search.ts';
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
/** Until a trial is done low effort is for what would take more than a share of what there is, in so many. */
const FIRST_SHARES = 4;

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

/** What a trial is compared by over its first `folds` folds. */
export const comparedBy = ({ summary }: Finished, folds: number): number =>
  mean((summary.criteria ?? []).slice(0, folds));

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
  if (!hasLowEffort(spec.task, folds)) return FULL_EFFORT;
  if (!finished.some(isDone)) {
    const candidate = { ...choice, effort: FULL_EFFORT, from: 'portfolio' } as const;
    const share = room / BigInt(Math.max(1, Math.min(FIRST_SHARES, toTry)));
    const isDear = costs.expected(choice, FULL_EFFORT) > share || costs.least({ candidate, needs: [] }) > room;
    return isDear ? LOW_EFFORT : FULL_EFFORT;
  }
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
  const purse: Purse = { room };
  const promoted = admitted(costs, [], promotions(planning), ROUND_JOBS_MAX, purse);
  const seen = new Set(finished.map(({ candidate }) => choiceKey(candidate))).size;
  const places = Math.min(ROUND_JOBS_MAX, promoted.length + Math.max(0, spec.trials - seen));
  const fresh = candidates(planning, ROUND_JOBS_MAX - promoted.length, round);
  const capped = finished.some(isDone)
    ? withCaps(costs, admitted(costs, promoted, fresh, places, purse), purse)
    : opening(planning, fresh, places);
  return capped.map(({ candidate, needs, cap }, i) => ({
    index: first + i,
    round,
    kind: 'trial',
    needs,
    cap,
    candidate,
  }));
}

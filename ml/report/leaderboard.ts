/** The trials of a search in order of merit. It follows from the summaries alone, so whoever has them has the same board. */
import { taggedHash } from '../../protocol/hash.ts';
import { mean } from '../numeric/mean.ts';
import { jsonBytes } from '../search/json.ts';
import type { Candidate, JobSummary } from '../search/search.ts';
import type { Family, Params } from '../trainers/trainer.ts';

export interface LeaderboardRow {
  /** From 1. */
  readonly rank: number;
  /** Index of the job. */
  readonly trial: number;
  readonly family: Family;
  readonly params: Params;
  readonly from: Candidate['from'];
  /** In 1/16 of a whole trial. */
  readonly effort: number;
  readonly state: JobSummary['state'];
  /** Mean over the folds and their standard deviation, higher is better; absent unless the trial is done. */
  readonly score?: number;
  readonly sd?: number;
  /** Of a network that is scored and delivered in int8. */
  readonly precision?: 'int8';
  /** HPU cycles of all of the candidate's trials, decimal. */
  readonly cycles: string;
}

/** Of the values themselves, not of a larger population. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) * (value - middle))));
}

type Trial = JobSummary & { readonly candidate: Candidate };

const isTrial = (summary: JobSummary): summary is Trial => summary.kind === 'trial' && summary.candidate !== undefined;

const keyOf = ({ family, params }: Candidate): string => `${family} ${String.fromCharCode(...jsonBytes(params))}`;

/** What models are chosen by: see criterionOf. */
const merit = ({ criteria, score = 0 }: Trial): number => (criteria ? mean(criteria) : score);

/** Done before not done, more effort before less, then by merit; the earlier job of equals. */
function compare(a: Trial, b: Trial): number {
  const done = Number(b.state === 'done') - Number(a.state === 'done');
  const effort = a.state === 'done' && b.state === 'done' ? b.candidate.effort - a.candidate.effort : 0;
  return done || effort || (a.state === 'done' ? merit(b) - merit(a) : 0) || a.index - b.index;
}

/** A candidate that was promoted has one row: its last trial, with the cycles of both. */
export function leaderboardOf(summaries: Iterable<JobSummary>): LeaderboardRow[] {
  const cycles = new Map<string, bigint>();
  const last = new Map<string, Trial>();
  for (const summary of [...summaries].filter(isTrial).sort((a, b) => a.index - b.index)) {
    const key = keyOf(summary.candidate);
    cycles.set(key, (cycles.get(key) ?? 0n) + summary.cycles);
    const before = last.get(key);
    if (!before || summary.state === 'done' || before.state !== 'done') last.set(key, summary);
  }
  return [...last.values()].sort(compare).map((trial, i) => ({
    rank: i + 1,
    trial: trial.index,
    family: trial.candidate.family,
    params: trial.candidate.params,
    from: trial.candidate.from,
    effort: trial.candidate.effort,
    state: trial.state,
    ...(trial.score === undefined ? {} : { score: trial.score, sd: deviation(trial.folds ?? []) }),
    ...(trial.precision?.kind === 'int8' ? { precision: 'int8' as const } : {}),
    cycles: (cycles.get(keyOf(trial.candidate)) ?? 0n).toString(),
  }));
}

export const leaderboardHash = (rows: readonly LeaderboardRow[]): Uint8Array =>
  taggedHash('HAI/leaderboard/1', jsonBytes(rows));

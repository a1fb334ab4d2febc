import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextJobs } from '../../../../ml/search/plan.ts';
import { Draws } from '../../../../ml/search/random.ts';
import type { Job, JobSummary, NextJobs, SearchSpec, TableShape } from '../../../../ml/search/search.ts';
import { choiceKey } from '../../../../ml/search/space.ts';
import { SEARCH_BUDGET_MIN } from '../../../../protocol/order/search-work.ts';

const shape: TableShape = { rows: 600, columns: 12, classes: 3, images: false };
const spec: SearchSpec = {
  task: 'classes',
  metric: 'accuracy',
  families: ['logistic', 'extraTrees', 'boost'],
  trials: 20,
  budget: 3_000_000_000n,
  folds: 5,
  seed: 9n,
  rowCycles: 1_000_000,
};

/** What a job might have come to: `luck` decides how much of its cap it took, and whether it has a score. */
function outcomeOf(job: Job, luck: Draws): JobSummary {
  const share = BigInt(1 + luck.below(1000));
  const fate = luck.below(12);
  const state = fate === 0 ? 'failed' : fate === 1 ? 'capped' : 'done';
  const cycles = state === 'capped' ? job.cap : (job.cap * share) / 1000n;
  const base = { index: job.index, kind: job.kind, state, cycles } as const;
  const candidate = job.candidate ? { candidate: job.candidate } : {};
  if (job.kind === 'ensemble') {
    const members = job.needs.slice(0, 3).map((trial, i) => ({ trial, weight: i === 0 ? 40 : 12 }));
    return { ...base, state: 'done', members };
  }
  if (state !== 'done' || job.kind !== 'trial') return { ...base, ...candidate };
  const folds = Array.from({ length: 5 }, () => 0.5 + luck.below(400) / 1000);
  return { ...base, ...candidate, score: 0.7, folds, criteria: folds };
}

interface Run {
  readonly end: NextJobs;
  readonly jobs: readonly Job[];
  readonly summaries: readonly JobSummary[];
}

/** Runs a plan on made-up outcomes; `stopAt`: jobs done when it is stopped. */
function run(of: SearchSpec, luck: Draws, stopAt = Number.POSITIVE_INFINITY): Run {
  const summaries: JobSummary[] = [];
  const jobs: Job[] = [];
  for (;;) {
    const next = nextJobs(of, shape, summaries, summaries.length >= stopAt);
    if (next.kind !== 'jobs') return { end: next, jobs, summaries };
    const left = of.budget - summaries.reduce((sum, { cycles }) => sum + cycles, 0n);
    expect(next.jobs.reduce((sum, { cap }) => sum + cap, 0n)).toBeLessThanOrEqual(left);
    for (const job of next.jobs) {
      if (summaries.length >= stopAt && job.kind === 'trial') break;
      jobs.push(job);
      summaries.push(outcomeOf(job, luck));
    }
  }
}

const luckOf = (seed: number): Draws => new Draws([seed, 0]);

describe('the plan of a search', () => {
  it('tries the portfolio first, promotes, then proposes; then the ensemble, its members, the bundle', () => {
    const { end, jobs } = run(spec, luckOf(1));
    const trials = jobs.filter(({ kind }) => kind === 'trial');
    expect(jobs.map(({ index }) => index)).toEqual(jobs.map((_, i) => i));
    const rounds = [...new Set(jobs.map(({ round }) => round))];
    expect(rounds).toEqual(rounds.map((_, i) => i));
    expect(trials.slice(0, 3).map(({ candidate }) => candidate?.family)).toEqual(['logistic', 'extraTrees', 'boost']);
    expect(new Set(trials.map(({ candidate }) => candidate?.from))).toContain('predictor');
    expect(new Set(trials.map(({ candidate }) => choiceKey(candidate as NonNullable<Job['candidate']>))).size).toBe(20);
    expect(jobs.slice(trials.length).map(({ kind }) => kind)).toEqual([
      'ensemble',
      'refit',
      'refit',
      'refit',
      'assemble',
    ]);
    expect(end).toEqual({ kind: 'done', bundle: jobs.length - 1 });
  });

  it('is the same whatever the order in which summaries came in, and while a round is under way', () => {
    const { jobs, summaries } = run(spec, luckOf(2));
    const first = jobs.filter(({ round }) => round === 0);
    const half = summaries.slice(0, 3);
    const expected = { kind: 'jobs', jobs: first };
    expect(nextJobs(spec, shape, half, false)).toEqual(expected);
    expect(nextJobs(spec, shape, [...half].reverse(), false)).toEqual(expected);
    expect(nextJobs(spec, shape, [...summaries].reverse(), false)).toEqual(nextJobs(spec, shape, summaries, false));
  });

  it('another seed proposes other candidates', () => {
    const candidates = (seed: bigint) =>
      run({ ...spec, seed, families: ['logistic'], trials: 8 }, luckOf(3)).jobs.map(({ candidate }) => candidate);
    const first = candidates(1n);
    expect(candidates(1n)).toEqual(first);
    expect(candidates(2n)).not.toEqual(first);
  });

  it('never spends more than the budget, ends, and reads only what is there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.bigInt({ min: 0n, max: 10n ** 10n }), (seed, budget) => {
        const { jobs, summaries } = run({ ...spec, trials: 9, budget }, luckOf(seed));
        expect(summaries.reduce((sum, { cycles }) => sum + cycles, 0n)).toBeLessThanOrEqual(budget);
        for (const { needs, round } of jobs) {
          for (const need of needs) expect((jobs[need] as Job).round).toBeLessThan(round);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('whatever the budget, once a trial is done a model of it is paid to the end', () => {
    const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const budgets = fc.integer({ min: 12_500, max: 1_500_000 }).map(BigInt);
    let models = 0;
    fc.assert(
      fc.property(seeds, budgets, fc.constantFrom(2, 3, 5), (seed, budget, folds) => {
        const { jobs, summaries } = run({ ...spec, trials: 9, folds, budget }, luckOf(seed));
        const isDone = summaries.some(({ kind, state }) => kind === 'trial' && state === 'done');
        const kinds = jobs.slice(-2).map(({ kind }) => kind);
        expect(jobs.some(({ kind }) => kind === 'refit')).toBe(isDone);
        if (isDone) expect(['refit', 'assemble']).toContain(kinds.at(-1));
        models += Number(isDone);
      }),
      { numRuns: 40, seed: 5 },
    );
    expect(models).toBeGreaterThan(10);
  });

  it('a budget below the least that an order may name plans nothing', () => {
    const smallest = { rows: 2, columns: 1, classes: 2, images: false };
    const least = { ...spec, families: [], budget: SEARCH_BUDGET_MIN - 1n };
    expect(nextJobs(least, smallest, [], false)).toEqual({ kind: 'nothing' });
    expect(nextJobs({ ...least, budget: 20_000n }, smallest, [], false).kind).toBe('jobs');
  });

  it('a stop ends the trials; what is done becomes a model', () => {
    const { end, jobs } = run(spec, luckOf(4), 5);
    expect(jobs.filter(({ kind }) => kind === 'trial').length).toBe(5);
    expect(end.kind).toBe('done');
  });

  it('a stop before the first trial, or no budget at all, leaves nothing', () => {
    expect(nextJobs(spec, shape, [], true)).toEqual({ kind: 'nothing' });
    expect(nextJobs({ ...spec, budget: 0n }, shape, [], false)).toEqual({ kind: 'nothing' });
    expect(nextJobs({ ...spec, families: ['kmeans'] }, shape, [], false)).toEqual({ kind: 'nothing' });
  });

  it('when every trial fails there is no model', () => {
    const failed = (job: Job): JobSummary => ({ index: job.index, kind: job.kind, state: 'failed', cycles: 10n });
    const summaries: JobSummary[] = [];
    let next = nextJobs(spec, shape, summaries, false);
    while (next.kind === 'jobs') {
      summaries.push(...next.jobs.map(failed));
      next = nextJobs(spec, shape, summaries, false);
    }
    expect(next).toEqual({ kind: 'nothing' });
    expect(summaries.length).toBeGreaterThan(2);
  });
});

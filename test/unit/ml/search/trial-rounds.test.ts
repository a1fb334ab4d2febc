import { describe, expect, it } from 'vitest';
import { FULL_EFFORT, LOW_EFFORT } from '../../../../ml/search/effort.ts';
import { nextJobs } from '../../../../ml/search/plan.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from '../../../../ml/search/search.ts';
import { guessedBy } from '../../../../ml/search/trial-rounds.ts';
import type { Family } from '../../../../ml/trainers/trainer.ts';

const shape: TableShape = { rows: 600, columns: 12, classes: 3, images: false };
const spec: SearchSpec = {
  task: 'classes',
  metric: 'accuracy',
  families: ['logistic', 'mlp'],
  trials: 12,
  budget: 2_000_000_000n,
  folds: 5,
  seed: 9n,
  rowCycles: 1_000_000,
};

/** A trial that took so much and has this criterion in each of the first folds. */
const done = (job: Job, cycles: bigint, criteria: readonly number[]): JobSummary => ({
  index: job.index,
  kind: 'trial',
  state: 'done',
  cycles,
  score: 0.7,
  folds: criteria,
  criteria,
  ...(job.candidate ? { candidate: job.candidate } : {}),
});

/** Efforts of a family's new candidates in the round after the first, where a trial of five folds took `cycles`. */
function efforts(of: Family, cycles: (family: Family | undefined) => bigint): number[] {
  const first = nextJobs(spec, shape, [], false);
  if (first.kind !== 'jobs') throw new Error(first.kind);
  const over = first.jobs.map((job) => done(job, cycles(job.candidate?.family), [0.7, 0.7, 0.7, 0.7, 0.7]));
  const next = nextJobs(spec, shape, over, false);
  if (next.kind !== 'jobs') throw new Error(next.kind);
  return next.jobs.flatMap(({ candidate }) => (candidate?.family === of ? [candidate.effort] : []));
}

describe('how much a candidate is scored at first', () => {
  it('a dear one in some folds, a cheap one beside it in all', () => {
    const cycles = (family: Family | undefined): bigint => (family === 'mlp' ? 100_000_000n : 100_000n);
    expect(new Set(efforts('mlp', cycles))).toEqual(new Set([LOW_EFFORT]));
    expect(new Set(efforts('logistic', cycles))).toEqual(new Set([FULL_EFFORT]));
  });

  it('none in fewer folds where all are cheap', () => {
    const every = [...efforts('mlp', () => 100_000n), ...efforts('logistic', () => 100_000n)];
    expect(new Set(every)).toEqual(new Set([FULL_EFFORT]));
  });
});

describe('what a trial is guessed to be compared by', () => {
  const trial = (index: number, criteria: readonly number[]) => {
    const job: Job = { index, round: 0, kind: 'trial', needs: [], cap: 1n };
    const candidate = { family: 'logistic', params: {}, effort: FULL_EFFORT, from: 'portfolio' } as const;
    return { job, candidate, summary: done(job, 1n, criteria) };
  };

  it('in hard folds alone, by what all folds are easier', () => {
    const [whole, low] = [trial(0, [0.5, 0.5, 0.75, 0.75, 0.75]), trial(1, [0.625, 0.625])];
    const guess = guessedBy([whole, low], 5);
    expect(guess(whole)).toBe(0.65);
    expect(guess(low)).toBeCloseTo(0.775, 12);
  });

  it('as it was scored where no trial tells how hard the folds are, or none was scored in fewer', () => {
    const [low, whole] = [trial(0, [0.5, 0.75]), trial(1, [0.5, 0.5, 0.5, 0.5, 0.75])];
    expect(guessedBy([low], 5)(low)).toBe(0.625);
    expect(guessedBy([whole], 5)(whole)).toBeCloseTo(0.55, 12);
  });
});

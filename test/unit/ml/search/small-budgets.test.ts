import { describe, expect, it } from 'vitest';
import { Costs, type Finished } from '../../../../ml/search/costs.ts';
import { FULL_EFFORT, LOW_EFFORT } from '../../../../ml/search/effort.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { budgetNeeded, nextJobs } from '../../../../ml/search/plan.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from '../../../../ml/search/search.ts';
import { shapeOf } from '../../../../ml/table/shape.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { mixedTable, specFor, stripes, valuesTable } from './tables.ts';

const kernels = nodeKernels();
const withoutTarget: Table = { ...mixedTable(120), target: { kind: 'none' } };
const values = { task: 'values', metric: 'r2', families: [] } as const;

const TABLES: readonly (readonly [string, Table, Partial<SearchSpec>])[] = [
  ['120 rows of three classes', mixedTable(120), { families: [] }],
  ['300 rows, most labels drawn anew', mixedTable(300, 0.8), { families: [], folds: 5 }],
  ['12 rows', mixedTable(12), { families: [], folds: 2 }],
  ['logistic regression alone', mixedTable(90), { families: ['logistic'] }],
  ['boosting alone', mixedTable(90), { families: ['boost'] }],
  ['networks alone', mixedTable(30), { families: ['mlp'] }],
  ['60 values', valuesTable(60), values],
  ['300 values', valuesTable(300), { ...values, folds: 5 }],
  ['images', stripes(24), { families: ['cnn', 'mlp'] }],
  ['clusters', withoutTarget, { task: 'clusters', metric: 'silhouette', families: [] }],
];

interface Ran {
  readonly found: ReturnType<typeof localSearch>;
  readonly done: readonly { readonly job: Job; readonly summary: JobSummary }[];
}

function ran(table: Table, spec: SearchSpec): Ran {
  const done: { job: Job; summary: JobSummary }[] = [];
  const found = localSearch(kernels, table, spec, { onJob: (summary, job) => done.push({ job, summary }) });
  return { found, done };
}

const billOf = ({ done }: Ran): bigint => done.reduce((sum, { summary }) => sum + summary.cycles, 0n);

const needOf = (spec: SearchSpec, shape: TableShape): bigint => {
  const need = budgetNeeded(spec, shape);
  if (need === undefined) throw new Error('no family');
  return need;
};

const trialsOf = (done: Ran['done']): Finished[] =>
  done.flatMap(({ job, summary }) =>
    job.kind === 'trial' && job.candidate ? [{ job, candidate: job.candidate, summary }] : [],
  );

/** Each trial beside what it was expected to take when its round was planned. */
function expectations(spec: SearchSpec, shape: TableShape, done: Ran['done']) {
  const trials = trialsOf(done);
  return trials.map(({ job, candidate }) => {
    const costs = new Costs(
      spec,
      shape,
      LOW_EFFORT,
      trials.filter((other) => other.job.round < job.round),
    );
    return { cap: job.cap, expected: costs.expected(candidate, candidate.effort, job.needs) };
  });
}

describe.each(TABLES)('a small budget for %s', (_, table, changes) => {
  const shape = shapeOf(table);
  const asked = { ...specFor(changes), trials: 8 };
  const need = needOf(asked, shape);

  it('gives a model from what the cheapest takes, within the budget', () => {
    for (const [times, by] of [
      [1n, 1n],
      [5n, 4n],
      [2n, 1n],
      [5n, 1n],
      [20n, 1n],
    ] as const) {
      const spec = { ...asked, budget: (need * times) / by };
      const run = ran(table, spec);
      expect(run.found.ok, `${spec.budget} cycles`).toBe(true);
      expect(billOf(run)).toBeLessThanOrEqual(spec.budget);
      for (const { cap, expected } of expectations(spec, shape, run.done)) expect(cap).toBeGreaterThanOrEqual(expected);
    }
  });

  it('gives one when a single trial is asked for', () => {
    const run = ran(table, { ...asked, trials: 1, budget: need });
    expect(run.found.ok).toBe(true);
    expect(run.done.filter(({ job }) => job.kind === 'trial' && job.needs.length === 0).length).toBe(1);
  });

  it('that is not half of it is refused before a cycle is spent, with what it takes', () => {
    const run = ran(table, { ...asked, budget: need / 2n });
    expect(run.found).toMatchObject({ ok: false, code: 'work_invalid' });
    expect(run.found.ok ? '' : run.found.evidence).toContain(`${need} cycles`);
    expect(run.done).toEqual([]);
  });
});

const shape: TableShape = { rows: 300, columns: 5, classes: 2, images: false };
const spec = specFor({ families: [], trials: 10, folds: 5, budget: 0n });

/** What a plan comes to where every trial meets its cap. */
function allCapped(of: SearchSpec): Finished[] {
  const finished: Finished[] = [];
  for (;;) {
    const next = nextJobs(
      of,
      shape,
      finished.map(({ summary }) => summary),
      false,
    );
    if (next.kind !== 'jobs') return finished;
    for (const job of next.jobs) {
      const candidate = job.candidate as NonNullable<Job['candidate']>;
      finished.push({
        job,
        candidate,
        summary: { index: job.index, kind: 'trial', state: 'capped', cycles: job.cap, candidate },
      });
    }
  }
}

describe('trials that meet their caps', () => {
  it('are followed by none of the family that is expected to meet such a cap too', () => {
    for (const budget of [400_000n, 1_000_000n, 10_000_000n, 300_000_000n]) {
      const finished = allCapped({ ...spec, budget });
      expect(finished.length).toBeGreaterThan(1);
      for (const later of finished) {
        const before = finished.filter(({ job }) => job.round < later.job.round);
        const costs = new Costs(spec, shape, LOW_EFFORT, before);
        for (const { job, candidate } of before.filter(
          ({ candidate: { family } }) => family === later.candidate.family,
        )) {
          expect(costs.expected(candidate, candidate.effort)).toBeGreaterThan(job.cap);
        }
        expect(costs.expected(later.candidate, later.candidate.effort)).toBeLessThanOrEqual(later.job.cap);
      }
    }
  });

  it('leave what the cheapest model takes, which is to be tried then', () => {
    const small: TableShape = { ...shape, rows: 20, columns: 10, classes: 3 };
    const of: SearchSpec = { ...spec, families: ['logistic'], folds: 2 };
    const need = needOf(of, small);
    const budget = 3n * need;
    const first = nextJobs({ ...of, budget }, small, [], false);
    if (first.kind !== 'jobs') throw new Error(first.kind);
    const capped = first.jobs.map(
      (job): JobSummary => ({ index: job.index, kind: 'trial', state: 'failed', cycles: job.cap }),
    );
    expect(budget - capped.reduce((sum, { cycles }) => sum + cycles, 0n)).toBeGreaterThanOrEqual(need);
    const next = nextJobs({ ...of, budget }, small, capped, false);
    const params = (jobs: typeof next): unknown[] =>
      jobs.kind === 'jobs' ? jobs.jobs.map(({ candidate }) => candidate?.params) : [];
    const frugal = { c: 0.1, iterations: 10 };
    expect(params(first)).not.toContainEqual(frugal);
    expect(params(next)).toContainEqual(frugal);
  });
});

describe('a network whose trial does not fit', () => {
  const efforts = (budget: bigint): (number | undefined)[] => {
    const first = nextJobs({ ...spec, budget }, shape, [], false);
    if (first.kind !== 'jobs') throw new Error(first.kind);
    return first.jobs.filter(({ candidate }) => candidate?.family === 'mlp').map(({ candidate }) => candidate?.effort);
  };

  it('is scored in fewer folds, and not begun where that does not fit either', () => {
    expect(efforts(2_000_000_000n)).toEqual([FULL_EFFORT]);
    expect(efforts(150_000_000n)).toEqual([LOW_EFFORT]);
    expect(efforts(20_000_000n)).toEqual([]);
  });
});

describe('a trial at low effort whose promotion can not be paid', () => {
  /** Efforts of what the ensemble reads where each trial takes its cap, and those at low effort are compared by `low`. */
  function read(low: number): number[] {
    const done: Job[] = [];
    const outcome = (job: Job): JobSummary => {
      const isLow = job.candidate?.effort === LOW_EFFORT;
      const criteria = isLow ? [low, low] : [0.6, 0.6, 0.6, 0.6, 0.6];
      const candidate = job.candidate as NonNullable<Job['candidate']>;
      return { index: job.index, kind: 'trial', state: 'done', cycles: job.cap, candidate, criteria };
    };
    for (;;) {
      const next = nextJobs({ ...spec, budget: 400_000n }, shape, done.map(outcome), false);
      if (next.kind !== 'jobs') throw new Error(next.kind);
      const [job] = next.jobs;
      if (job?.kind === 'ensemble') return job.needs.map((index) => done[index]?.candidate?.effort as number);
      done.push(...next.jobs);
    }
  }

  it('becomes the model where it beat the whole ones in the same folds, and no other does', () => {
    expect(read(0.8)[0]).toBe(LOW_EFFORT);
    expect(new Set(read(0.5))).toEqual(new Set([FULL_EFFORT]));
  });
});

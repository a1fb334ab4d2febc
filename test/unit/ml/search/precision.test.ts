import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { Meter } from '../../../../ml/meter.ts';
import { modelCard } from '../../../../ml/report/card.ts';
import { contextOf } from '../../../../ml/search/context.ts';
import { startJob } from '../../../../ml/search/jobs.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { nextJobs } from '../../../../ml/search/plan.ts';
import { isAsGood } from '../../../../ml/search/precision.ts';
import { predictRows } from '../../../../ml/search/predict-rows.ts';
import { keyOf } from '../../../../ml/search/random.ts';
import { refitResult } from '../../../../ml/search/results.ts';
import { RowsFit } from '../../../../ml/search/rows-fit.ts';
import type { Candidate, Job, Metric } from '../../../../ml/search/search.ts';
import { decodeTrial } from '../../../../ml/search/trial.ts';
import { shapeOf } from '../../../../ml/table/shape.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { isInt8Network } from '../../../../ml/trainers/network/int8-model.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { equalBytes } from '../../../../protocol/hash.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor } from './tables.ts';

const kernels = nodeKernels();
const table = mixedTable(90);
const spec = specFor({ families: ['mlp'], trials: 1 });
const small: Candidate = { family: 'mlp', params: { epochs: 6, width: 16 }, effort: 16, from: 'portfolio' };

const jobOf = (changes: Partial<Job> = {}): Job => ({
  index: 0,
  round: 0,
  kind: 'trial',
  needs: [],
  cap: 10n ** 12n,
  candidate: small,
  ...changes,
});

function run(job: Job, of: Table = table, inputs = new Map<number, Uint8Array>(), its = spec) {
  const running = unwrap(startJob(kernels, of, its, job, inputs));
  while (!running.advance(1 << 28));
  return running.finish();
}

/** As run, a step at a time, each from the checkpoint of the one before. */
function runInSlices(job: Job, of: Table = table, inputs = new Map<number, Uint8Array>()) {
  let running = unwrap(startJob(kernels, of, spec, job, inputs));
  while (!running.advance(1)) running = unwrap(startJob(kernels, of, spec, job, inputs, running.checkpoint()));
  return running.finish();
}

/** Uniform cells but for a few that are a hundred times as large: eight bits over all of them leave hardly any for the bulk. */
function stretchedTable(): Table {
  const x = Float32Array.from({ length: 120 }, (_, i) =>
    i % 20 === 7 ? (i % 40 === 7 ? 100 : -100) : ((i * 7919) % 1009) / 504.5 - 1,
  );
  const values = Float64Array.from(x, (cell) => Math.max(-1, Math.min(1, cell)));
  const columns = [{ kind: 'number', name: 'x', values: x }] as const;
  return { rows: 120, features: { kind: 'columns', columns }, target: { kind: 'values', name: 'y', values } };
}
const stretched: Candidate = {
  ...small,
  params: { epochs: 100, width: 32, learningRate: 0.008, weightDecay: 0 },
};
const valuesSpec = specFor({ families: ['mlp'], trials: 1, task: 'values', metric: 'r2' });

describe('whether int8 is as good', () => {
  const isTaken = (
    metric: Metric,
    classes: number,
    float: readonly number[],
    int8: readonly number[],
    truth: number[],
  ) =>
    isAsGood(
      { spec: { metric }, classes, whole: {} },
      Float32Array.from(float),
      Float32Array.from(int8),
      Float64Array.from(truth),
    );
  const labels = Array.from({ length: 400 }, (_, row) => row % 2);
  /** Probabilities of both classes: .45 for the true one in the first `misses` rows, `p` in the others. */
  const said = (p: number, misses: number): number[] =>
    labels.flatMap((label, row) => {
      const own = row < misses ? 0.45 : p;
      return label === 0 ? [own, 1 - own] : [1 - own, own];
    });
  const values = Array.from({ length: 100 }, (_, row) => row / 10);
  const off = (by: number): number[] => values.map((value, row) => value + (row % 2 === 0 ? by : -by));

  it.each<[string, boolean, Metric, number[], number[]]>([
    ['a row of 400 that is lost', true, 'accuracy', said(0.9, 4), said(0.9, 5)],
    ['a hundredth', false, 'accuracy', said(0.9, 4), said(0.9, 8)],
    ['as many hits, surer ones', true, 'accuracy', said(0.9, 4), said(0.95, 4)],
    ['more hits, and all of them less sure', false, 'accuracy', said(0.9, 4), said(0.87, 3)],
    ['a likelihood a little lower', true, 'logLoss', said(0.9, 4), said(0.897, 4)],
    ['a lower one', false, 'logLoss', said(0.9, 4), said(0.893, 4)],
  ])('classes: %s: %s', (_name, taken, metric, float, int8) => {
    expect(isTaken(metric, 2, float, int8, labels)).toBe(taken);
  });

  it.each<[string, boolean, Metric, number, number]>([
    ['errors a two-hundredth larger', true, 'rmse', 0.5, 0.5025],
    ['a twentieth larger, though R2 hardly falls', false, 'r2', 0.1, 0.105],
    ['by size', false, 'mae', 0.1, 0.105],
    ['as exact', true, 'r2', 0, 0],
    ['exact no more', false, 'r2', 0, 0.001],
    ['a little larger, where that is much of R2', false, 'mae', 3, 3.02],
  ])('values: %s: %s', (_name, taken, metric, float, int8) => {
    expect(isTaken(metric, 0, off(float), off(int8), values)).toBe(taken);
  });
});

describe("a network's trial", () => {
  const { result, summary } = run(jobOf());
  const context = contextOf(kernels, table, spec, jobOf());
  const { predicted, rowCycles } = unwrap(decodeTrial(context, result));

  /** Of a fold: what the float model and the int8 one predict, and cycles of a row of the latter. */
  function both(fold: number) {
    const { train, scored } = context.folds[fold] as (typeof context.folds)[number];
    const fit = new RowsFit(kernels, table, train, small, keyOf(spec.seed, 'fit', 0, fold));
    while (!fit.advance(1 << 28));
    const float = fit.finish();
    const int8 = fit.quantised(float, new Meter());
    if (!int8) throw new Error('no int8 form');
    const of = (fitted: typeof float, rows = scored, meter = new Meter()) =>
      Float32Array.from(predictRows(kernels, fitted, table, rows, meter));
    const one = new Meter();
    of(int8, scored.subarray(0, 1), one);
    return { float: of(float), int8: of(int8), rowCycles: one.cycles };
  }

  it('is scored in int8 in every fold once the first one took it', () => {
    expect(summary.precision).toMatchObject({ kind: 'int8', int8: summary.folds?.[0] });
    for (const fold of [0, 2]) {
      const expected = both(fold);
      expect(predicted[fold]).toEqual(expected.int8);
      expect(predicted[fold]).not.toEqual(expected.float);
      expect(rowCycles).toBe(expected.rowCycles);
    }
  });

  it('stays in floats where int8 loses what the network found', () => {
    const job = jobOf({ candidate: stretched });
    const refused = run(job, stretchedTable(), new Map(), valuesSpec).summary;
    expect(refused.precision).toMatchObject({ kind: 'f32', float: refused.folds?.[0] });
    expect(refused.precision?.float).toBeGreaterThan(0.99);
    expect(refused.precision?.int8).toBeLessThan(0.95);
  });

  it('comes to the same in slices, through checkpoints', () => {
    const sliced = runInSlices(jobOf());
    expect(sliced.summary).toEqual(summary);
    expect(equalBytes(sliced.result, result)).toBe(true);
  });

  it('keeps what its low effort decided when it is promoted', () => {
    const low = run(jobOf({ candidate: { ...small, effort: 6 } }));
    expect(low.summary.precision).toEqual(summary.precision);
    const promoted = jobOf({ needs: [0], candidate: { ...small, from: 'promoted' } });
    const inputs = new Map([[0, low.result]]);
    const whole = run(promoted, table, inputs);
    expect(whole.summary.precision).toEqual(summary.precision);
    expect(whole.summary.folds).toEqual(summary.folds);
    expect(whole.summary.cycles + low.summary.cycles).toBe(summary.cycles);
    expect(runInSlices(promoted, table, inputs)).toEqual(whole);
  });

  it('that meets its cap while it is quantised is billed the cap', () => {
    const cap = summary.cycles - 1n;
    expect(run(jobOf({ cap })).summary).toMatchObject({ state: 'capped', cycles: cap });
  });

  it('other families have one precision', () => {
    const candidate = { ...small, family: 'logistic', params: {} } as const;
    expect(run(jobOf({ candidate })).summary).not.toHaveProperty('precision');
  });
});

describe('a refit', () => {
  const job = jobOf({ kind: 'refit', candidate: { ...small, precision: 'int8' } });
  const { result, summary } = run(job);

  it('in int8 leaves a model in int8, and bills that it was made', () => {
    expect(isInt8Network(unwrap(refitResult.decode(result)).model)).toBe(true);
    const float = run({ ...job, candidate: small });
    expect(isInt8Network(unwrap(refitResult.decode(float.result)).model)).toBe(false);
    expect(summary.cycles).toBeGreaterThan(float.summary.cycles);
    expect(run({ ...job, cap: summary.cycles }).summary).toEqual(summary);
    const cap = summary.cycles - 1n;
    expect(run({ ...job, cap }).summary).toMatchObject({ state: 'capped', cycles: cap });
  });

  it('comes to the same in slices, through checkpoints', () => {
    const sliced = runInSlices(job);
    expect(sliced.summary).toEqual(summary);
    expect(equalBytes(sliced.result, result)).toBe(true);
  });

  it('fails for a family that has no int8 form', () => {
    const candidate = { ...small, family: 'logistic', params: {}, precision: 'int8' } as const;
    expect(run({ ...job, candidate }).summary).toMatchObject({ state: 'failed' });
  });
});

describe('a search that finds a network', () => {
  it('plans its refit in the precision of its trial, and tells it', () => {
    const refits: Job[] = [];
    const onJob = (_: unknown, job: Job) => job.kind === 'refit' && refits.push(job);
    const { bundle, summaries } = unwrap(localSearch(kernels, table, spec, { onJob }));
    expect(refits.map(({ candidate }) => candidate?.precision)).toEqual(['int8']);
    const { members, report } = unwrap(decodeBundle(bundle));
    expect(members.map(({ model }) => isInt8Network(model))).toEqual([true]);
    expect(report.members[0]?.precision).toEqual(summaries[0]?.precision);
    expect(report.leaderboard[0]).toMatchObject({ precision: 'int8' });
    expect(modelCard(report, 'en')).toContain('in int8 on the HPU: 0.');
    expect(modelCard(report, 'zh')).toContain('int8');
    // Another claim, another plan: what a checker compares a claimed refit with.
    const claimed = summaries.map((one) =>
      one.precision ? { ...one, precision: { ...one.precision, kind: 'f32' as const } } : one,
    );
    const next = nextJobs(spec, shapeOf(table), claimed.slice(0, 2), true);
    expect(next).toMatchObject({ jobs: [{ kind: 'refit', candidate: { family: 'mlp' } }] });
    expect(next.kind === 'jobs' && next.jobs[0]?.candidate).not.toHaveProperty('precision');
  });
});

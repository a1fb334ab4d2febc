import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../../ml/bundle/predict.ts';
import { leaderboardHash, leaderboardOf } from '../../../../ml/report/leaderboard.ts';
import { summaryInput } from '../../../../ml/search/assemble.ts';
import { encodeSummary } from '../../../../ml/search/canonical.ts';
import { startJob } from '../../../../ml/search/jobs.ts';
import { type LocalOptions, type LocalSearch, localSearch } from '../../../../ml/search/local.ts';
import { nextJobs } from '../../../../ml/search/plan.ts';
import type { Job, JobSummary, SearchSpec } from '../../../../ml/search/search.ts';
import { shapeOf } from '../../../../ml/table/shape.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { equalBytes } from '../../../../protocol/hash.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor, stripes, valuesTable } from './tables.ts';

const kernels = nodeKernels();
const table = mixedTable(90);

const search = (of: Table, spec: SearchSpec, options: LocalOptions = {}): LocalSearch =>
  unwrap(localSearch(kernels, of, spec, options));
const reportOf = ({ bundle }: LocalSearch) => unwrap(decodeBundle(bundle)).report;

describe('a search', () => {
  const spec = specFor({ families: ['logistic', 'extraTrees', 'boost'] });
  const whole = search(table, spec);

  it('comes to one model and one leaderboard, whatever the order of the jobs and the slices', () => {
    const sliced = search(table, spec, {
      operations: 1_000_000,
      viaCheckpoints: true,
      order: (jobs) => [...jobs].reverse(),
    });
    expect(leaderboardHash(leaderboardOf(sliced.summaries))).toEqual(leaderboardHash(leaderboardOf(whole.summaries)));
    expect(sliced.summaries.map(encodeSummary)).toEqual(whole.summaries.map(encodeSummary));
    expect(equalBytes(sliced.bundle, whole.bundle)).toBe(true);
  });

  it('is assembled alike from the summaries of its trials and from their results', () => {
    const done = new Map<number, { summary: JobSummary; result: Uint8Array }>();
    let last: Job | undefined;
    const onJob = (summary: JobSummary, job: Job, result: Uint8Array) => {
      done.set(job.index, { summary, result });
      last = job;
    };
    search(table, spec, { onJob });
    const assembly = last as Job;
    const input = (index: number): Uint8Array => {
      const { summary, result } = done.get(index) as { summary: JobSummary; result: Uint8Array };
      return summary.kind === 'trial' ? summaryInput(encodeSummary(summary)) : result;
    };
    const inputs = new Map(assembly.needs.map((index) => [index, input(index)]));
    const running = unwrap(startJob(kernels, table, spec, assembly, inputs));
    running.advance(1);
    expect(equalBytes(running.finish().result, whole.bundle)).toBe(true);
    const [ensemble = -1] = assembly.needs;
    const lacking = new Map(inputs).set(ensemble, input(assembly.needs.at(-1) as number));
    expect(startJob(kernels, table, spec, assembly, lacking)).toMatchObject({ code: 'result_mismatch' });
  });

  it('another seed gives another model', () => {
    expect(equalBytes(search(table, { ...spec, seed: 12n }).bundle, whole.bundle)).toBe(false);
  });

  it('finds what there is, out of fold and on new rows', () => {
    const bundle = unwrap(decodeBundle(whole.bundle));
    expect(bundle.report.score).toBeGreaterThan(0.85);
    expect(bundle.report.notices).toEqual([]);
    expect(bundle.report.importance[0]?.column).toBe('signal');
    const fresh = mixedTable(120, 0, 2n);
    const { labels } = predictBundle(kernels, bundle, fresh);
    const truth = fresh.target.kind === 'classes' ? fresh.target.labels : [];
    expect(labels.filter((label, row) => label === truth[row]).length).toBeGreaterThan(108);
  });

  it('says so when there is nothing to find: out-of-fold scores do not leak', () => {
    const report = reportOf(search(mixedTable(90, 1), specFor({ metric: 'logLoss' })));
    expect(report.score).toBeLessThanOrEqual((report.baseline ?? 0) + 0.03);
    const accuracy = reportOf(search(mixedTable(90, 1, 3n), specFor({ trials: 2 })));
    expect(accuracy.score).toBeLessThan(0.5);
    expect(accuracy.notices).toContain('noBetterThanPrior');
  });

  it('predicts values', () => {
    const report = reportOf(search(valuesTable(80), specFor({ task: 'values', metric: 'r2', families: ['ridge'] })));
    expect(report.score).toBeGreaterThan(0.75);
    expect(report.confusion).toBeUndefined();
  });

  it('finds clusters without a target, as many as there are', () => {
    const values = Float32Array.from({ length: 60 }, (_, i) => 5 * (i % 3) + (i % 7) / 10);
    const columns = [{ kind: 'number', name: 'x', values }] as const;
    const signal: Table = { rows: 60, features: { kind: 'columns', columns }, target: { kind: 'none' } };
    const clusters = specFor({ task: 'clusters', metric: 'silhouette', families: [], trials: 4 });
    const found = search(signal, clusters);
    const report = reportOf(found);
    expect(report.leaderboard[0]?.params).toEqual({ clusters: 3 });
    expect(report).toMatchObject({ target: '', foldScores: [] });
    const clusterOf = predictBundle(kernels, unwrap(decodeBundle(found.bundle)), signal).values;
    expect(new Set(clusterOf.map((cluster, row) => cluster * 3 + (row % 3))).size).toBe(3);
  });

  it('learns from images', () => {
    const report = reportOf(search(stripes(24), specFor({ families: ['cnn', 'ridge'], trials: 1, folds: 2 })));
    expect(report.members.map(({ family }) => family)).toEqual(['cnn']);
    expect(report.score).toBeGreaterThan(0.8);
    expect(report.importance).toEqual([]);
  });

  it('bills what the jobs took, and no job more than its cap', () => {
    expect(whole.cycles).toBe(whole.summaries.reduce((sum, { cycles }) => sum + cycles, 0n));
    const caps: bigint[] = [];
    const tight = search(
      table,
      { ...spec, budget: 3_000_000n },
      { onJob: ({ cycles }, { cap }) => caps.push(cap - cycles) },
    );
    expect(caps.every((spare) => spare >= 0n)).toBe(true);
    expect(tight.cycles).toBeLessThanOrEqual(3_000_000n);
  });

  it('makes a model of what was done when it is stopped, and none before the first trial', () => {
    let done = 0;
    const stopped = search(table, spec, { isStopped: () => done > 0, onJob: () => done++ });
    expect(stopped.summaries.map(({ kind }) => kind)).toEqual(['trial', 'ensemble', 'refit', 'assemble']);
    expect(localSearch(kernels, table, spec, { isStopped: () => true })).toMatchObject({
      ok: false,
      code: 'work_invalid',
    });
  });

  it('has no model where a row may cost next to nothing', () => {
    expect(localSearch(kernels, table, { ...spec, rowCycles: 1 })).toMatchObject({ ok: false });
  });
});

describe('a table that says little', () => {
  const tiny = (labels: readonly number[], classes: readonly string[]): Table => ({
    rows: labels.length,
    features: {
      kind: 'columns',
      columns: [{ kind: 'number', name: 'x', values: Float32Array.from(labels, (_, i) => (i === 1 ? Number.NaN : i)) }],
    },
    target: { kind: 'classes', name: 't', classes, labels: Uint16Array.from(labels) },
  });

  it('a row a class: a model, with a warning', () => {
    const report = reportOf(search(tiny([0, 1, 2, 3], ['a', 'b', 'c', 'd']), specFor()));
    expect(report.notices).toEqual(['noBetterThanPrior', 'fewRows', 'rareClass']);
  });

  it('two rows, and a constant target, still give finite models', () => {
    expect(reportOf(search(tiny([0, 1], ['a', 'b']), specFor())).folds).toBe(2);
    expect(localSearch(kernels, tiny([0], ['a']), specFor())).toMatchObject({ code: 'work_invalid', param: 'rows' });
    const constant: Table = {
      ...tiny([0, 0, 0, 0, 0, 0], ['a']),
      target: { kind: 'values', name: 'y', values: new Float64Array(6).fill(4) },
    };
    const report = reportOf(search(constant, specFor({ task: 'values', metric: 'rmse', families: ['ridge'] })));
    expect(report.notices).toContain('noBetterThanPrior');
  });
});

describe('a job', () => {
  const spec = specFor();
  const jobs = (summaries: readonly JobSummary[]): readonly Job[] => {
    const next = nextJobs(spec, shapeOf(table), summaries, false);
    return next.kind === 'jobs' ? next.jobs : [];
  };
  const [trial] = jobs([]) as [Job];
  const run = (job: Job) => {
    const running = unwrap(startJob(kernels, table, spec, job, new Map()));
    while (!running.advance(1 << 20));
    return running.finish();
  };

  it('that meets its cap is billed the cap in any slices, and has no score', () => {
    const cap = 20_000n;
    for (const operations of [1, 1 << 30]) {
      const running = unwrap(startJob(kernels, table, spec, { ...trial, cap }, new Map()));
      while (!running.advance(operations));
      const { summary } = running.finish();
      expect(summary).toMatchObject({ state: 'capped', cycles: cap });
      expect(summary.score).toBeUndefined();
    }
  });

  it('whose parameters no trainer takes fails, and costs what preparing it took', () => {
    const candidate = { family: 'logistic', params: { c: -1 }, effort: 16, from: 'local' } as const;
    expect(run({ ...trial, candidate }).summary).toMatchObject({ state: 'failed', candidate });
  });

  it('at low effort is scored in its first folds, and its promotion does the others alone', () => {
    const low = run({ ...trial, candidate: { ...trial.candidate, effort: 6 } as Job['candidate'] & {} });
    const whole = run(trial);
    expect(low.summary.folds).toEqual(whole.summary.folds?.slice(0, 1));
    const promoted = { ...trial, needs: [trial.index] };
    const running = unwrap(startJob(kernels, table, spec, promoted, new Map([[trial.index, low.result]])));
    while (!running.advance(1 << 20));
    const { summary } = running.finish();
    expect(summary.folds).toEqual(whole.summary.folds);
    expect(summary.curve?.length).toBeGreaterThan(0);
    expect(summary.curve).toEqual(whole.summary.curve);
    expect(summary.cycles + low.summary.cycles).toBe(whole.summary.cycles);
  });

  it('refuses inputs that are missing or not of this table', () => {
    const ensemble: Job = { index: 9, round: 3, kind: 'ensemble', needs: [0], cap: 10n ** 9n };
    expect(startJob(kernels, table, spec, ensemble, new Map())).toMatchObject({ ok: false, code: 'result_mismatch' });
    const { result } = run(trial);
    const other = mixedTable(93);
    expect(startJob(kernels, other, spec, ensemble, new Map([[0, result]]))).toMatchObject({ ok: false });
    expect(startJob(kernels, table, spec, { ...ensemble, kind: 'assemble' }, new Map([[0, result]]))).toMatchObject({
      ok: false,
    });
    expect(() => startJob(kernels, table, spec, trial, new Map(), Uint8Array.of(1, 2, 3))).toThrow();
  });
});

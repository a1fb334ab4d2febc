import { describe, expect, it } from 'vitest';
import { decodeBundle } from '../../../../ml/bundle/bundle.ts';
import { startAssembly } from '../../../../ml/search/assemble.ts';
import { decodeSummary, encodeSummary } from '../../../../ml/search/canonical.ts';
import { contextOf } from '../../../../ml/search/context.ts';
import { startEnsemble } from '../../../../ml/search/ensemble.ts';
import { keptPredictions, rescaled } from '../../../../ml/search/kept.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { Draws, keyOf } from '../../../../ml/search/random.ts';
import { ensembleResult, trialResult } from '../../../../ml/search/results.ts';
import type { Job, JobSummary } from '../../../../ml/search/search.ts';
import { foldScores } from '../../../../ml/search/selection.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor } from './tables.ts';

const kernels = nodeKernels();
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the score of an ensemble', () => {
  const table = mixedTable(60);
  const spec = specFor();
  const needs = Array.from({ length: 16 }, (_, i) => i);
  const context = contextOf(kernels, table, spec, { index: 16, round: 2, kind: 'ensemble', needs, cap: 10n ** 9n });
  const truths = context.folds.map(({ scored }) => {
    const labels = table.target.kind === 'classes' ? table.target.labels : [];
    return Float64Array.from(scored, (row) => labels[row] as number);
  });
  const draws = new Draws(keyOf(1n, 'sample', 0, 9));
  const summary: JobSummary = { index: 0, kind: 'trial', state: 'done', cycles: 1n };
  const guesses = new Map(
    needs.map((index) => {
      const predicted = Float32Array.from({ length: 180 }, () => draws.below(1000) / 1000);
      return [index, trialResult.encode({ summary: encodeSummary(summary), folds: 3, rowCycles: 1n, predicted })];
    }),
  );

  it('does not tell the luck of its choice: of guesses, it is that of guessing', () => {
    const running = unwrap(startEnsemble(context, guesses));
    while (!running.advance(1 << 30));
    const { result, summary: told } = running.finish();
    const { parts, bags } = unwrap(ensembleResult.decode(result));
    const weights = (told.members ?? []).map(({ weight }) => weight);
    const cut = parts.map((part) => [0, 60, 120].map((from) => part.subarray(from, from + 60)));
    const scored = { metric: spec.metric, classes: 3, whole: {}, truths };
    // The members as they were chosen, scored on the rows that they were chosen by.
    const own = mean(foldScores(scored, keptPredictions(cut, weights, [])));
    expect(own).toBeGreaterThan(0.45);
    expect(told.score).toBeLessThan(0.42);
    expect(mean(told.folds ?? [])).toBe(told.score);
    expect(bags.length).toBe(3);
  });

  it('is the same from any checkpoint, and of another ensemble it takes none', () => {
    const run = (operations: number): Uint8Array => {
      let running = unwrap(startEnsemble(context, guesses));
      while (!running.advance(operations)) running = unwrap(startEnsemble(context, guesses, running.checkpoint()));
      return running.finish().result;
    };
    expect(run(1 << 18)).toEqual(run(1 << 30));
    const single = contextOf(kernels, table, spec, { ...context.job, needs: [0] });
    const checkpoint = unwrap(startEnsemble(context, guesses)).checkpoint();
    expect(() => startEnsemble(single, guesses, checkpoint)).toThrow();
  });
});

describe('members that are lost', () => {
  const table = mixedTable(60, 0.4);
  const spec = specFor({ metric: 'logLoss', families: ['logistic', 'extraTrees', 'boost'], trials: 4 });
  const results = new Map<number, Uint8Array>();
  let last: Job | undefined;
  const found = unwrap(
    localSearch(kernels, table, spec, {
      onJob: (_, job, result) => {
        results.set(job.index, result);
        last = job;
      },
    }),
  );
  const job = last as Job;
  const assembled = (needs: readonly number[], bytesMax?: number) => {
    const running = unwrap(startAssembly(contextOf(kernels, table, spec, { ...job, needs }), results, bytesMax));
    running.advance(1);
    return running.finish();
  };
  const whole = unwrap(decodeBundle(found.bundle));

  it.each<[string, () => ReturnType<typeof assembled>]>([
    ['the bundle was too large', () => assembled(job.needs, found.bundle.length - 1)],
    ['a refit met its cap', () => assembled(job.needs.filter((_, i) => i !== 1))],
  ])('are not in the report, nor in its score: %s', (_name, make) => {
    expect(whole.members.length).toBeGreaterThan(1);
    const { result, summary } = make();
    const { report, members } = unwrap(decodeBundle(result));
    expect(report.members.length).toBe(whole.members.length - 1);
    expect(report.members.map(({ family, weight }) => [family, weight])).toEqual(
      members.map(({ family, weight }) => [family, weight]),
    );
    expect(report.notices).toContain('memberDropped');
    expect(report.score).not.toBe(whole.report.score);
    expect(summary).toMatchObject({ state: 'done', score: report.score, folds: report.foldScores });
    expect(unwrap(decodeSummary(encodeSummary(summary)))).toEqual(summary);
  });

  it('leave no model when none fits', () => {
    expect(assembled(job.needs, 10).summary.state).toBe('failed');
  });

  it('leave their weight to the others, and a fold that had only them to the model', () => {
    expect(rescaled([16, 16, 0])).toEqual([32, 32, 0]);
    expect(rescaled([0, 0])).toEqual([0, 0]);
    const parts = [1, 3].map((value) => [Float32Array.of(value), Float32Array.of(value)]);
    expect(
      keptPredictions(
        parts,
        [32, 32],
        [
          [0, 0],
          [16, 0],
        ],
      ),
    ).toEqual([Float32Array.of(2), Float32Array.of(1)]);
  });
});

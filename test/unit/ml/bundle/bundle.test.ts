import { describe, expect, it } from 'vitest';
import { decodeBundle, encodeBundle } from '../../../../ml/bundle/bundle.ts';
import { bundleRowCycles, predictBundle } from '../../../../ml/bundle/predict.ts';
import {
  decodePrediction,
  encodePrediction,
  type Prediction,
  predictionLeaves,
} from '../../../../ml/bundle/prediction.ts';
import { Meter } from '../../../../ml/meter.ts';
import { modelCard } from '../../../../ml/report/card.ts';
import { localSearch } from '../../../../ml/search/local.ts';
import { selectRows, withoutTarget } from '../../../../ml/table/rows.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Predictor } from '../../../../ml/trainers/trainer.ts';
import { equalBytes } from '../../../../protocol/hash.ts';
import { unwrap } from '../digits.ts';
import { mixedTable, specFor, valuesTable } from '../search/tables.ts';

const kernels = nodeKernels();
const table = mixedTable(60);
const { bundle: bytes } = unwrap(localSearch(kernels, table, specFor({ trials: 2 })));
const bundle = unwrap(decodeBundle(bytes));

describe('a bundle', () => {
  it('has one encoding, and needs nothing else to predict', () => {
    expect(equalBytes(encodeBundle(bundle), bytes)).toBe(true);
    expect(bundle).toMatchObject({ task: 'classes', target: '类别', classes: ['a', 'b', 'c'] });
    const { rows, labels, values } = predictBundle(kernels, bundle, withoutTarget(table));
    expect(rows).toBe(60);
    for (let row = 0; row < rows; row++) {
      const [a, b, c] = values.subarray(row * 3, row * 3 + 3) as unknown as [number, number, number];
      expect(a + b + c).toBeCloseTo(1, 5);
      expect([a, b, c][labels[row] as number]).toBe(Math.max(a, b, c));
    }
  });

  it('refuses bytes that were changed anywhere, or cut, or go on', () => {
    // Every part of the layout is hit; a changed weight or leaf may be another valid bundle, and then it is other bytes.
    for (let at = 0; at < bytes.length; at += 499) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 0x81;
      const decoded = decodeBundle(changed);
      if (decoded.ok) expect(equalBytes(encodeBundle(decoded.value), changed)).toBe(true);
      else expect(decoded.code).toBe('result_mismatch');
    }
    for (const other of [bytes.subarray(0, bytes.length - 1), Uint8Array.of(...bytes, 0), new Uint8Array(0)]) {
      expect(decodeBundle(other)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
  });

  it('weights sum to the whole, or it is none', () => {
    const [first, ...rest] = bundle.members;
    if (!first) throw new Error('no member');
    const lighter = { ...bundle, members: [{ ...first, weight: first.weight - 1 }, ...rest] };
    expect(decodeBundle(encodeBundle(lighter))).toMatchObject({ ok: false });
    expect(decodeBundle(encodeBundle({ ...bundle, members: [] }))).toMatchObject({ ok: false });
    expect(decodeBundle(encodeBundle({ ...bundle, classes: ['a', 'b'] }))).toMatchObject({ ok: false });
    for (const classWeights of [
      [1, 1],
      [1, -1, 1],
    ]) {
      expect(decodeBundle(encodeBundle({ ...bundle, classWeights }))).toMatchObject({ ok: false });
    }
    const balanced = { ...bundle, classWeights: [1, 2, 0] };
    expect(unwrap(decodeBundle(encodeBundle(balanced))).classWeights).toEqual([1, 2, 0]);
  });

  it('a row is predicted alike alone and among others, and many rows never cost more than as many single ones', () => {
    const all = predictBundle(kernels, bundle, table);
    const row = bundleRowCycles(kernels, bundle);
    for (const count of [1, 2, 7, 60]) {
      const rows = Array.from({ length: count }, (_, i) => 59 - i);
      const meter = new Meter();
      const some = predictBundle(kernels, bundle, selectRows(table, rows), meter);
      expect([...some.values.subarray(0, 3)]).toEqual([...all.values.subarray(59 * 3, 60 * 3)]);
      expect(meter.cycles).toBeLessThanOrEqual(BigInt(count) * row);
    }
    expect(bundle.report.rowCycles).toBe(row.toString());
  });
});

describe('a prediction', () => {
  const prediction = predictBundle(kernels, bundle, selectRows(table, [0, 1, 2]));
  const encoded = encodePrediction(prediction);

  it('comes back as it was, in a leaf a row', () => {
    expect(decodePrediction(encoded, 3, 3)).toEqual({ ok: true, value: prediction });
    const leaves = predictionLeaves(prediction);
    expect(leaves.map(({ length }) => length)).toEqual([14, 14, 14]);
    expect([...encoded.subarray(12)]).toEqual(leaves.flatMap((leaf) => [...leaf]));
  });

  it('of values has no labels', () => {
    const spec = specFor({ task: 'values', metric: 'r2', families: ['ridge'], trials: 1 });
    const values = unwrap(decodeBundle(unwrap(localSearch(kernels, valuesTable(40), spec)).bundle));
    const some = predictBundle(kernels, values, selectRows(table, [3, 4]));
    expect(some).toMatchObject({ rows: 2, classes: 0, labels: new Uint16Array(0) });
    expect(decodePrediction(encodePrediction(some), 2, 0)).toEqual({ ok: true, value: some });
  });

  // A model far from f32's middle: numbers that round to a zero, that f32 can't tell apart, and that no number holds.
  const ridge = (intercept: number, weight: number): Prediction => {
    const spec = specFor({ task: 'values', metric: 'r2', families: ['ridge'], trials: 1 });
    const found = unwrap(decodeBundle(unwrap(localSearch(kernels, valuesTable(40), spec)).bundle));
    const predictor: Predictor = {
      cols: found.members[0]?.encoder.cols ?? 0,
      outputs: 1,
      predict: (_, { rows, cols, x }) =>
        Float64Array.from({ length: rows }, (_, row) => intercept + weight * (x[row * cols] as number)),
    };
    const members = found.members.slice(0, 1).map((member) => ({ ...member, predictor, weight: 64 }));
    return predictBundle(kernels, { ...found, members }, valuesTable(40));
  };

  it('of values keeps f64, and stays a prediction whatever a model comes to', () => {
    const far = ridge(1.7e9, 1);
    expect(new Set(far.values).size).toBeGreaterThan(30);
    for (const made of [far, ridge(0, -1e-60), ridge(0, 1e308), ridge(Number.NaN, 1), ridge(-Number.MIN_VALUE, 0)]) {
      expect(decodePrediction(encodePrediction(made), 40, 0)).toEqual({ ok: true, value: made });
    }
  });

  it('of classes has one zero, also where f32 rounds to it', () => {
    const predictor: Predictor = { cols: 1, outputs: 3, predict: () => Float64Array.of(-1e-60, 0.5, 0.5) };
    const members = bundle.members.slice(0, 1).map((member) => ({ ...member, predictor, weight: 64 }));
    const made = predictBundle(kernels, { ...bundle, members }, selectRows(table, [0]));
    expect(decodePrediction(encodePrediction(made), 1, 3)).toEqual({ ok: true, value: made });
  });

  it('refuses other rows, other classes, a label that does not follow, and what is no number', () => {
    const wrongLabel = encoded.slice();
    wrongLabel[12] = ((prediction.labels[0] as number) + 1) % 3;
    const nan = encoded.slice();
    nan.set([0, 0, 0xc0, 0x7f], 14);
    for (const [other, rows, classes] of [
      [encoded, 2, 3],
      [encoded, 3, 2],
      [wrongLabel, 3, 3],
      [nan, 3, 3],
      [encoded.subarray(1), 3, 3],
    ] as const) {
      expect(decodePrediction(other, rows, classes)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
  });
});

describe('the model card', () => {
  it('says in both languages what the report says', () => {
    for (const language of ['en', 'zh'] as const) {
      const card = modelCard(bundle.report, language);
      expect(card).toContain('类别');
      expect(card).toContain((bundle.report.score as number).toFixed(4));
      expect(card).toContain(bundle.report.leaderboardHash);
      expect(card).toMatch(language === 'zh' ? /准确率/ : /accuracy/);
    }
  });

  it('lets no name of a column or a class become markup', () => {
    const report = {
      ...bundle.report,
      target: '<img src=x> | [a](b)',
      importance: [{ column: '**x**\n# y', share: 1 }],
      members: bundle.report.members.map((member) => ({ ...member, params: { '<img src=y>': '[b](c)' } })),
      leaderboard: bundle.report.leaderboard.map((row) => ({ ...row, params: { '<img src=y>': 'a |b' } })),
    };
    const card = modelCard(report, 'en');
    expect(card).not.toMatch(/[^\\]\[b|[^\\]\|b/);
    expect(card).not.toMatch(/[^\\]<img|[^\\]\[a|[^\\]\*x|^# y/m);
  });
});

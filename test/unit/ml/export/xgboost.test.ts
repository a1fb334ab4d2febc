/** The fixture is what XGBoost itself said to the JSON that we write: test/fixtures/export/xgboost_scores.py. */
import { describe, expect, it } from 'vitest';
import type { BundleMember } from '../../../../ml/bundle/bundle.ts';
import { exportXgboost } from '../../../../ml/export/xgboost/export.ts';
import { xgboostJson } from '../../../../ml/export/xgboost/model.ts';
import { Meter } from '../../../../ml/meter.ts';
import type { DecodedForest, DecodedTree } from '../../../../ml/trainers/trees/decoded.ts';
import { treePredictor } from '../../../../ml/trainers/trees/predictor.ts';
import fixture from '../../../fixtures/export/xgboost.json' with { type: 'json' };
import { bundleOf, columnsTable, imagesTable, kernels } from './bundles.ts';
import { decodedOf, forestOf, forestRows, KINDS } from './models.ts';

const BOOSTED = KINDS.filter(([kind]) => kind === 'sum' || kind === 'logistic' || kind === 'softmax');
const fixtureOf = (kind: string) => fixture.models.find((model) => model.kind === kind);

/** The leaf of a row, by the definition in model.ts. */
function leafOf(tree: DecodedTree, row: Float32Array): number {
  let node = 0;
  while ((tree.column[node] as number) >= 0) {
    const cell = row[tree.column[node] as number] as number;
    const codes = tree.subset[node];
    const isLeft = codes ? codes.includes(cell) : cell < (tree.threshold[node] as number);
    const goesLeft = Number.isNaN(cell) ? tree.missingLeft[node] === 1 : isLeft;
    node = (goesLeft ? tree.left : tree.right)[node] as number;
  }
  return tree.leaf[node] as number;
}

/** First margins, then leaves tree by tree, each sum rounded to f32. */
function marginsOf({ trees, offsets, kind, outputs }: DecodedForest, x: Float32Array): number[] {
  const width = kind === 'logistic' ? 1 : outputs;
  const margins = new Float32Array((x.length / 2) * width);
  for (let row = 0; row < x.length / 2; row++) {
    if (kind !== 'sum') margins.set(offsets.subarray(0, width), row * width);
    for (const tree of trees) {
      const at = row * width + tree.output;
      margins[at] = (margins[at] as number) + leafOf(tree, x.subarray(2 * row, 2 * row + 2));
    }
  }
  return [...margins];
}

describe('boosted trees as XGBoost JSON', () => {
  for (const [kind, outputs] of BOOSTED) {
    const model = forestOf(kind, outputs);

    it(`are what XGBoost read: ${kind}`, () => {
      expect(xgboostJson(decodedOf(model), { note: 'from xgboost-models.ts' })).toEqual({
        ok: true,
        value: fixtureOf(kind)?.json,
      });
      expect(fixtureOf(kind)?.attributes).toEqual({ note: 'from xgboost-models.ts' });
    });

    it(`give the same there: ${kind}`, () => {
      const x = forestRows();
      const margins = marginsOf(decodedOf(model), x);
      const values = kind === 'sum' ? margins.map((sum) => Math.fround(12.5 + 8 * sum)) : margins;
      expect(fixtureOf(kind)?.margins).toEqual(values);
      const all = treePredictor(model).predict(kernels, { rows: x.length / 2, cols: 2, x }, new Meter());
      const ours = kind === 'logistic' ? all.filter((_, i) => i % 2 === 1) : all;
      const worst = ours.reduce(
        (most, p, i) => Math.max(most, Math.abs(p - (fixtureOf(kind)?.predictions[i] ?? NaN))),
        0,
      );
      expect(worst).toBeLessThan(1e-6);
    });
  }

  it('numbers children in pairs, as XGBoost takes the right one to be behind the left', () => {
    const json = xgboostJson(decodedOf(forestOf('softmax', 3)));
    const { trees } = JSON.parse(json.ok ? json.value : '').learner.gradient_booster.model;
    expect(trees).toHaveLength(3 + 18);
    for (const { left_children: left, right_children: right } of trees) {
      expect(right).toEqual(left.map((child: number) => (child < 0 ? -1 : child + 1)));
    }
  });

  it('say by thresholds what no subset can: all codes left, or none', () => {
    const forest = decodedOf(forestOf('sum', 1));
    const [tree] = forest.trees as [DecodedTree];
    const at = tree.subset.findIndex((codes) => codes !== undefined);
    for (const [codes, threshold] of [
      [[0, 1, 2, 3, 4], 5],
      [[], 0],
    ] as const) {
      const subset = tree.subset.map((own, node) => (node === at ? codes : own));
      const json = xgboostJson({ ...forest, trees: [{ ...tree, subset }] });
      const [first] = JSON.parse(json.ok ? json.value : '').learner.gradient_booster.model.trees;
      expect(first.categories).toEqual([]);
      expect(first.split_type).toEqual([0, 0, 0, 0, 0]);
      expect(first.split_conditions).toContain(threshold);
    }
  });

  it.each([
    ['forests that are not boosted', decodedOf(forestOf('shares', 3)), 'XGBoost JSON holds boosted trees only'],
    ['values beyond f32', { ...decodedOf(forestOf('sum', 1)), base: 1e39 }, 'a value is beyond the range of f32'],
  ] as const)('refuse %s', (_, forest, evidence) => {
    expect(xgboostJson(forest)).toEqual({ ok: false, code: 'export_unsupported', evidence });
  });
});

describe('a bundle as XGBoost JSON', () => {
  const bundle = bundleOf(columnsTable('values', 80), [
    ['ridge', {}, 32],
    ['boost', { rounds: 2 }, 32],
  ]);

  it('is its boosted member, and says which column is what and which code which category', () => {
    const json = exportXgboost(bundle);
    const { learner } = JSON.parse(json.ok ? json.value : '');
    expect(learner.feature_types).toEqual(['q', 'c', 'q', 'q', 'q', 'q', 'q']);
    const columns: { name: string; codes?: string[] }[] = JSON.parse(learner.attributes.columns);
    expect(columns.map(({ name }) => name)).toEqual([
      'probabilities',
      '城市',
      ...['days', 'month', 'weekday', 'hour'].map((part) => `constant_0.${part}`),
      'noise',
    ]);
    expect(learner.feature_names).toEqual(columns.map(({ name }) => name));
    expect(new Set(columns[1]?.codes)).toEqual(new Set(['上海', '北京', '广州', '深圳']));
    expect(learner.attributes.target).toBe('价格');
    expect(exportXgboost(bundle, 1)).toEqual(json);
  });

  it('names its columns as XGBoost allows, images too, each with its type', () => {
    const table = columnsTable('values', 80);
    const columns = table.features.kind === 'columns' ? table.features.columns : [];
    const names = ['size [m]<', 'size _m__', 'size _m_]', '名'];
    const renamed = {
      ...table,
      features: {
        kind: 'columns' as const,
        columns: columns.map((column, i) => ({ ...column, name: names[i] as string })),
      },
    };
    for (const [from, expected] of [
      [
        renamed,
        ['size _m__', 'size _m___2', ...['days', 'month', 'weekday', 'hour'].map((part) => `size _m__.${part}`), '名'],
      ],
      [imagesTable(), undefined],
    ] as const) {
      const json = exportXgboost(bundleOf(from, [['boost', { rounds: 2 }, 64]]));
      const { learner } = JSON.parse(json.ok ? json.value : '');
      if (expected) expect(learner.feature_names).toEqual(expected);
      expect(new Set(learner.feature_names).size).toBe(Number(learner.learner_model_param.num_feature));
      expect(learner.feature_types).toHaveLength(learner.feature_names.length);
      expect(learner.feature_names.join()).not.toMatch(/[[\]<]/);
    }
  });

  it('says where XGBoost, which adds up in f32, or knows no weights, gives other figures', () => {
    const attributes = (of: typeof bundle) => {
      const json = exportXgboost(of);
      return JSON.parse(json.ok ? json.value : '').learner.attributes;
    };
    expect(attributes(bundle)).not.toHaveProperty('notice');
    const table = columnsTable('values', 80);
    if (table.target.kind !== 'values') throw new Error('no values');
    const far = { ...table, target: { ...table.target, values: table.target.values.map((y) => 1e9 + y) } };
    expect(attributes(bundleOf(far, [['boost', { rounds: 2 }, 64]])).notice).toMatch(/rounded to f32/);
    expect(attributes({ ...bundle, classWeights: [2, 0.5] }).class_weights).toBe('[2,0.5]');
  });

  it('is refused where there is none, where there are several, and by an index of another', () => {
    const refused = (evidence: string) => ({ ok: false, code: 'export_unsupported', evidence });
    const [ridge, boost] = bundle.members as [BundleMember, BundleMember];
    expect(exportXgboost({ ...bundle, members: [ridge] })).toEqual(refused('no member is of boosted trees'));
    expect(exportXgboost(bundle, 0)).toEqual(refused('member 0 is of ridge: XGBoost JSON holds boosted trees only'));
    expect(exportXgboost(bundle, 2)).toEqual(refused('there is no member 2'));
    expect(exportXgboost({ ...bundle, members: [boost, ridge, boost] })).toEqual(
      refused('members 0, 2 are boosted trees: name one'),
    );
  });
});

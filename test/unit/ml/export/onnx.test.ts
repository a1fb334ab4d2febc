/** Whole bundles: the cells of a table in, our answer out, by onnxruntime. */
import { describe, expect, it } from 'vitest';
import { predictBundle } from '../../../../ml/bundle/predict.ts';
import { type Exported, exportOnnx } from '../../../../ml/export/onnx/export.ts';
import { tableFeeds } from '../../../../ml/export/onnx/feeds.ts';
import { Meter } from '../../../../ml/meter.ts';
import type { Table } from '../../../../ml/table/table.ts';
import { trainerOf } from '../../../../ml/trainers/trainers.ts';
import { unwrap } from '../digits.ts';
import { bundleOf, columnsTable, imagesTable, kernels, range } from './bundles.ts';
import { scoreOnnx } from './onnxruntime.ts';

function exported(bundle: Exported): Uint8Array {
  const model = exportOnnx(bundle);
  if (!model.ok) throw new Error(model.evidence);
  return model.value;
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number)) / Math.max(1, Math.abs(x))), 0);

/** Its networks' ranges are those of all rows. */
function inInt8(bundle: Exported, table: Table): Exported {
  const members = bundle.members.map((member) => {
    const { quantise, decode } = trainerOf(member.family);
    if (!quantise) return member;
    const input = member.encoder.transform(table, range(table.rows));
    const model = unwrap(quantise(kernels, member.model, input, new Meter()));
    return { ...member, model, predictor: unwrap(decode(model)) };
  });
  return { ...bundle, members };
}

/** Half of the rows were not seen in training. */
async function expectSameClasses(bundle: Exported, table: Table): Promise<void> {
  const outputs = await scoreOnnx(exported(bundle), tableFeeds(table));
  const [label, probabilities] = Object.values(outputs);
  const ours = predictBundle(kernels, bundle, table);
  expect(probabilities).toHaveLength(table.rows * bundle.classes.length);
  expect(worst(ours.values, probabilities as number[])).toBeLessThan(1e-6);
  expect(label).toEqual(Array.from(ours.labels, (at) => bundle.classes[at]));
  expect(new Set(label).size).toBeGreaterThan(1);
}

describe('an exported bundle', () => {
  it('gives our classes: linear, trees and a network, weighted', async () => {
    const table = columnsTable('classes');
    const bundle = bundleOf(table, [
      ['logistic', {}, 20],
      ['extraTrees', { trees: 6 }, 10],
      ['boost', { rounds: 8 }, 24],
      ['mlp', { epochs: 3 }, 10],
    ]);
    await expectSameClasses(bundle, table);
  });

  it('gives our values: linear, trees and a network, weighted', async () => {
    const table = columnsTable('values');
    const bundle = bundleOf(table, [
      ['ridge', {}, 20],
      ['randomForest', { trees: 6 }, 10],
      ['boost', { rounds: 8 }, 24],
      ['mlp', { epochs: 3 }, 10],
    ]);
    const { value } = await scoreOnnx(exported(bundle), tableFeeds(table));
    const ours = predictBundle(kernels, bundle, table);
    expect(worst(ours.values, value as number[])).toBeLessThan(1e-6);
    expect(new Set(value).size).toBeGreaterThan(table.rows / 2);
  });

  it('gives values far from zero by their spread', async () => {
    const table = columnsTable('values');
    if (table.target.kind !== 'values') throw new Error('no values');
    const far = { ...table, target: { ...table.target, values: table.target.values.map((y) => 1.7e9 + y) } };
    const bundle = bundleOf(far, [
      ['ridge', {}, 32],
      ['boost', { rounds: 8 }, 32],
    ]);
    const { value = [] } = await scoreOnnx(exported(bundle), tableFeeds(far));
    const ours = predictBundle(kernels, bundle, far).values;
    for (const [row, own] of ours.entries()) expect(Math.abs(own - (value[row] as number))).toBeLessThan(1e-4);
    // As f32 most of them would be one value.
    expect(new Set(Float32Array.from(ours)).size).toBeLessThan(4);
  });

  it('gives our probabilities where classes are balanced, which others are', async () => {
    const table = columnsTable('classes');
    const plain = bundleOf(table, [['logistic', {}, 64]]);
    const balanced = { ...plain, classWeights: [3, 1, 0.25] };
    await expectSameClasses(balanced, table);
    const labels = (bundle: Exported) => predictBundle(kernels, bundle, table).labels;
    expect(labels(balanced)).not.toEqual(labels(plain));
  });

  it('says what its outputs are called: a column that has the name of one keeps it', async () => {
    const table = columnsTable('classes', 40);
    const outputs = await scoreOnnx(exported(bundleOf(table, [['logistic', {}, 64]])), tableFeeds(table));
    expect(Object.keys(outputs).sort()).toEqual(['label', 'probabilities_']);
    const noted = new TextDecoder().decode(exported(bundleOf(table, [['logistic', {}, 64]])));
    expect(noted).toContain('["label","probabilities_"]');
  });

  it('gives our classes of images: a convolutional network beside a linear model of the pixels', async () => {
    const table = imagesTable();
    const bundle = bundleOf(table, [
      ['cnn', { epochs: 2, filters: 8, blocks: 1 }, 40],
      ['logistic', {}, 24],
    ]);
    await expectSameClasses(bundle, table);
  });

  it('gives our clusters', async () => {
    const table = columnsTable('none');
    const bundle = bundleOf(table, [['kmeans', { clusters: 3 }, 64]]);
    const { cluster } = await scoreOnnx(exported(bundle), tableFeeds(table));
    expect(cluster).toEqual(Array.from(predictBundle(kernels, bundle, table).values));
    expect(new Set(cluster).size).toBe(3);
  });

  it('gives our classes and values of networks in int8', async () => {
    const classes = columnsTable('classes');
    await expectSameClasses(inInt8(bundleOf(classes, [['mlp', { epochs: 3 }, 64]]), classes), classes);
    const values = columnsTable('values');
    const members = [
      ['ridge', {}, 20],
      ['mlp', { epochs: 3, layers: 1 }, 44],
    ] as const;
    const bundle = inInt8(bundleOf(values, members), values);
    const { value } = await scoreOnnx(exported(bundle), tableFeeds(values));
    expect(worst(predictBundle(kernels, bundle, values).values, value as number[])).toBeLessThan(1e-6);
  });

  it('is the same bytes each time', () => {
    const bundle = bundleOf(columnsTable('values', 40), [['boost', { rounds: 2 }, 64]]);
    expect(exported(bundle)).toEqual(exported(bundle));
  });

  it('is refused when a member is', () => {
    const bundle = bundleOf(columnsTable('values', 40), [['ridge', {}, 64]]);
    const members = bundle.members.map((member) => ({ ...member, model: Uint8Array.of(1) }));
    expect(exportOnnx({ ...bundle, members })).toMatchObject({ ok: false, code: 'result_mismatch' });
  });
});

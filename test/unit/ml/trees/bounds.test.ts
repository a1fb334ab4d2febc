import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../ml/meter.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { BOOST_LEAF_BYTES } from '../../../../ml/trainers/trees/boost-plan.ts';
import { extraTreesTrainer } from '../../../../ml/trainers/trees/forest.ts';
import { leastLeaf, tableWeight } from '../../../../ml/trainers/trees/forest-bounds.ts';
import type { ForestPlan } from '../../../../ml/trainers/trees/forest-memory.ts';
import { GrownNodes, KIND, type Nodes } from '../../../../ml/trainers/trees/grown.ts';
import { decodeTreeModel, encodeTreeModel, type TreeModel } from '../../../../ml/trainers/trees/model.ts';
import { MODEL_DEPTH_MAX, MODEL_TREES_MAX } from '../../../../ml/trainers/trees/model-bounds.ts';
import { FIT_BYTES_MAX, numberOf } from '../../../../ml/trainers/trees/params.ts';
import { treePredictor } from '../../../../ml/trainers/trees/predictor.ts';
import { fitWhole, kernels, tableOf, unwrap } from './tables.ts';

function modelOf(nodes: Nodes, trees: number, rest: Partial<TreeModel> = {}): TreeModel {
  return {
    kind: 'sum',
    cols: 1,
    outputs: 1,
    trees,
    base: 0,
    scale: 1,
    offsets: new Float32Array(rest.outputs ?? 1),
    gains: new Float32Array(1),
    categories: new Uint16Array(1),
    nodes,
    ...rest,
  };
}

const NO_NODES = new GrownNodes().nodes;

/** A leaf a tree. */
const leaves = (values: ArrayLike<number>): Nodes => ({
  ...NO_NODES,
  kinds: new Uint8Array(values.length),
  values: Float32Array.from(values),
});

const predictOne = (model: TreeModel, x: number): Float64Array =>
  treePredictor(model).predict(kernels, { rows: 1, cols: 1, x: Float32Array.of(x) }, new Meter());

describe('a model predicts', () => {
  it('with more trees than a call has arguments', () => {
    const trees = 150_000;
    expect(predictOne(modelOf(leaves(new Float32Array(trees).fill(1)), trees), 0)).toEqual(Float64Array.of(trees));
  });

  it('with more shares of classes than the kernel has memory', () => {
    const [classes, trees, splits] = [256, 300, 63];
    const tables = new Uint16Array(trees * (splits + 1) * classes);
    const expected = new Float64Array(classes);
    for (let tree = 0; tree < trees; tree++) {
      for (let leaf = 0; leaf <= splits; leaf++) {
        const table = (tree * (splits + 1) + leaf) * classes;
        tables[table + ((tree + leaf) % classes)] = 3;
        tables[table + ((tree + leaf + 1) % classes)] = 1;
      }
      const [most, some] = [(tree + 17) % classes, (tree + 18) % classes];
      expected[most] = (expected[most] as number) + 0.75 / trees;
      expected[some] = (expected[some] as number) + 0.25 / trees;
    }
    // Splits at 0, 1, 2, ...: a row ends in leaf ceil(x).
    const nodes: Nodes = {
      ...NO_NODES,
      kinds: Uint8Array.from({ length: trees * (2 * splits + 1) }, (_, i) => {
        const node = i % (2 * splits + 1);
        return node < 2 * splits && node % 2 === 0 ? KIND.split : KIND.leaf;
      }),
      columns: new Uint16Array(trees * splits),
      thresholds: Float32Array.from({ length: trees * splits }, (_, i) => i % splits),
      leaves: Uint32Array.from({ length: trees * (splits + 1) }, (_, i) => classes + i),
      tables,
    };
    const predicted = predictOne(modelOf(nodes, trees, { kind: 'shares', outputs: classes }), 16.5);
    for (let k = 0; k < classes; k++) expect(predicted[k]).toBeCloseTo(expected[k] as number, 12);
  });

  const deep = (splits: number): TreeModel => {
    const nodes = new GrownNodes();
    // Left sides: the deepest leaf comes first.
    for (let i = 0; i < splits; i++) nodes.split(0, 1, false);
    for (let i = 0; i <= splits; i++) nodes.valueLeaf(i);
    return modelOf(nodes.nodes, 1);
  };

  it.each<[string, () => TreeModel]>([
    ['without a tree', () => modelOf(leaves([]), 0, { kind: 'mean' })],
    ['of too many trees', () => modelOf(leaves(new Float32Array(MODEL_TREES_MAX + 1)), MODEL_TREES_MAX + 1)],
    ['of leaves whose sum is infinite', () => modelOf(leaves([3e38, 3e38]), 2)],
    ['of margins that are', () => modelOf(leaves([3e38, 0, 3e38, 0]), 4, { kind: 'softmax', outputs: 2 })],
    ['of a scale that makes it so', () => modelOf(leaves([1e30]), 1, { kind: 'mean', scale: 1e300 })],
    ['of a tree too deep', () => deep(MODEL_DEPTH_MAX + 1)],
  ])('or is refused: one %s', (_name, make) => {
    expect(boostTrainer.decode(encodeTreeModel(make()))).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('and is read, at the bounds', () => {
    const read = (model: TreeModel): TreeModel => unwrap(decodeTreeModel(encodeTreeModel(model)));
    expect(predictOne(read(deep(MODEL_DEPTH_MAX)), 0)).toEqual(Float64Array.of(0));
    expect(predictOne(read(modelOf(leaves([8e37, 8e37]), 2)), 0)[0]).toBeCloseTo(1.6e38, -32);
    const softmax = read(modelOf(leaves([1, -1]), 2, { kind: 'softmax', outputs: 2 }));
    expect(predictOne(softmax, 0).every(Number.isFinite)).toBe(true);
  });
});

describe('a forest of many classes', () => {
  const plan: ForestPlan = {
    rows: 4000,
    cols: 4,
    classes: 100,
    trees: 300,
    candidates: 2,
    minLeaf: 2,
    maxDepth: 64,
    bootstrap: false,
    drawn: true,
  };

  it.each<[number, number, number]>([
    [4000, 100, 300],
    [6000, 10, 300],
    [20_000, 26, 100],
    [150_000, 256, 1000],
  ])('keeps tables that a checkpoint has room for: %i rows, %i classes, %i trees', (rows, classes, trees) => {
    const minLeaf = leastLeaf(rows, trees);
    const least = tableWeight({ ...plan, rows, classes, trees, minLeaf });
    const tables = Math.floor(rows / least);
    const bytes = trees * (Math.floor(rows / minLeaf) * 12 + tables * classes * 2);
    expect(bytes).toBeLessThanOrEqual(FIT_BYTES_MAX);
    expect(least).toBeGreaterThan(2);
  });

  it('keeps all of them where they are few', () => {
    expect(tableWeight({ ...plan, rows: 150, classes: 3, trees: 100 })).toBeLessThanOrEqual(2);
  });

  it('says the most frequent class of a small leaf', () => {
    const nodes = new GrownNodes();
    nodes.classLeaf(Uint32Array.of(1, 2, 2), 6);
    nodes.classLeaf(Uint32Array.of(1, 2, 3), 6);
    expect([...nodes.nodes.leaves]).toEqual([1, 3]);
    expect([...nodes.nodes.tables]).toEqual([1, 2, 3]);
  });

  it('stays within them when it is grown', () => {
    // Nothing tells rows apart but their place: all leaves are mixed.
    const set = tableOf(
      300,
      1,
      (row) => row,
      (row) => (row * 7) % 250,
      { classes: 250 },
    );
    const model = fitWhole(extraTreesTrainer, set, { trees: 1000, minLeaf: 3 }).finish();
    expect(model.length).toBeLessThan(FIT_BYTES_MAX);
    expect(extraTreesTrainer.decode(model).ok).toBe(true);
  });
});

describe('boosting', () => {
  it('is refused where a checkpoint has no room for its margins', () => {
    const shape = { rows: 15_000, cols: 4, classes: 200 };
    expect(boostTrainer.params({}, shape)).toMatchObject({ ok: false, code: 'work_too_large' });
    expect(boostTrainer.params({}, { ...shape, rows: 5000 }).ok).toBe(true);
  });

  it('has no more leaves in a round than its margins leave room for', () => {
    const [rows, classes] = [7500, 200];
    const params = unwrap(
      boostTrainer.params({ rounds: 1, maxLeaves: 1024, maxDepth: 16 }, { rows, cols: 4, classes }),
    );
    const leaves = numberOf(params, 'maxLeaves');
    expect(leaves).toBeLessThan(1024);
    expect(leaves * classes * BOOST_LEAF_BYTES + rows * classes * 8).toBeLessThanOrEqual(FIT_BYTES_MAX);
  });
});

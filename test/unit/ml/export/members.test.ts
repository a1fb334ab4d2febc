/** Models of each family, made by hand, scored by our predictor and by onnxruntime. */

import { describe, expect, it } from 'vitest';
import { forestOutputs } from '../../../../ml/export/onnx/forest.ts';
import { OnnxGraph, type Value } from '../../../../ml/export/onnx/graph.ts';
import { linearOutputs } from '../../../../ml/export/onnx/linear.ts';
import { memberNodes } from '../../../../ml/export/onnx/members.ts';
import { networkOutputs } from '../../../../ml/export/onnx/network.ts';
import { Meter } from '../../../../ml/meter.ts';
import { type LinearModel, linearPredictor } from '../../../../ml/trainers/linear/model.ts';
import { decodeInt8Network, encodeInt8Network, type Int8Network } from '../../../../ml/trainers/network/int8-model.ts';
import { int8Predictor } from '../../../../ml/trainers/network/int8-predictor.ts';
import type { Network } from '../../../../ml/trainers/network/model.ts';
import { predictorOf } from '../../../../ml/trainers/network/predictor.ts';
import { layoutOf, tensorSizes } from '../../../../ml/trainers/network/shape.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Predictor } from '../../../../ml/trainers/trainer.ts';
import { GrownNodes } from '../../../../ml/trainers/trees/grown.ts';
import { encodeTreeModel } from '../../../../ml/trainers/trees/model.ts';
import { treePredictor } from '../../../../ml/trainers/trees/predictor.ts';
import { unwrap } from '../digits.ts';
import { decodedOf, forestOf, forestRows, KINDS, noise } from './models.ts';
import { scoreOnnx } from './onnxruntime.ts';

const kernels = nodeKernels();

async function compare(predictor: Predictor, x: Float32Array, build: (graph: OnnxGraph, x: Value) => Value) {
  const rows = x.length / predictor.cols;
  const graph = new OnnxGraph();
  const out = build(graph, graph.input('x', 'float', ['rows', predictor.cols]));
  graph.output('y', out, 'double', ['rows', predictor.outputs]);
  const { y } = await scoreOnnx(graph.finish('member', {}), [
    { name: 'x', type: 'float', dims: [rows, predictor.cols], values: x },
  ]);
  const ours = predictor.predict(kernels, { rows, cols: predictor.cols, x }, new Meter());
  expect(y).toHaveLength(ours.length);
  const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (y?.[i] as number))), 0);
  expect(worst).toBeLessThan(1e-6);
  return ours;
}

describe('an exported linear model', () => {
  for (const classes of [0, 2, 3]) {
    it(`scores as ours: ${classes} classes`, async () => {
      const scores = classes === 3 ? 3 : 1;
      const model: LinearModel = {
        cols: 4,
        classes,
        intercepts: Float64Array.from({ length: scores }, (_, i) => noise(i + 5)),
        weights: Float64Array.from({ length: 4 * scores }, (_, i) => noise(i) / 3),
      };
      await compare(
        linearPredictor(model),
        Float32Array.from({ length: 80 }, (_, i) => noise(i)),
        (graph, x) => linearOutputs(graph, x, model),
      );
    });
  }
});

describe('an exported forest', () => {
  it.each(KINDS)('scores as ours: %s, on thresholds, of subsets and with missing cells', async (kind, outputs) => {
    const model = forestOf(kind, outputs);
    const ours = await compare(treePredictor(model), forestRows(), (graph, input) =>
      forestOutputs(graph, input, decodedOf(model)),
    );
    expect(new Set(ours).size).toBeGreaterThan(5);
  });

  it('without a tree gives its base', async () => {
    const model = { ...forestOf('sum', 1), trees: 0, nodes: new GrownNodes().nodes };
    const ours = await compare(treePredictor(model), Float32Array.of(1, Number.NaN), (graph, input) =>
      forestOutputs(graph, input, decodedOf(model)),
    );
    expect(ours).toEqual(Float64Array.of(12.5));
  });
});

function networkOf(shape: Network['shape'], classes: number): Network {
  const tensors = tensorSizes(layoutOf(shape)).map((size) =>
    Float32Array.from({ length: size }, (_, i) => noise(i * 3) / 9),
  );
  return { shape, classes, mean: classes > 0 ? 0 : 40, scale: classes > 0 ? 1 : 7, tensors };
}

describe('an exported network', () => {
  it.each([
    ['values', { input: { height: 1, width: 1, channels: 5 }, filters: [], widths: [6, 1] }, 0],
    ['classes', { input: { height: 1, width: 1, channels: 5 }, filters: [], widths: [7, 4, 3] }, 3],
    ['images of odd sides', { input: { height: 7, width: 5, channels: 3 }, filters: [8, 16], widths: [6, 3] }, 3],
  ] as const)('scores as ours: %s', async (_, shape, classes) => {
    const network = networkOf(shape, classes);
    const { height, width, channels } = shape.input;
    const x = Float32Array.from({ length: 6 * height * width * channels }, (_, i) => noise(i) / 8);
    await compare(predictorOf(network), x, (graph, input) => networkOutputs(graph, input, network));
  });
});

/** Steps, weights and shifts of all sizes; multipliers and biases at their ends among them. */
function int8Of(widths: readonly number[], classes: number): Int8Network {
  const shape = { input: { height: 1, width: 1, channels: 5 }, filters: [], widths };
  const layers = layoutOf(shape).dense.map(({ inputs, outputs }, layer) => {
    const each = (of: (i: number) => number) => Int32Array.from({ length: outputs }, (_, i) => of(i + 4 * layer));
    return {
      weights: Int8Array.from({ length: inputs * outputs }, (_, i) => ((i * 53 + layer * 11) % 255) - 127),
      bias: each((i) => (i % 7 === 0 ? 2 ** 29 : i % 7 === 3 ? -(2 ** 29) : noise(i) * 900)),
      multiplier: each((i) => (i % 3 === 0 ? 2 ** 31 - 1 : i % 3 === 1 ? 2 ** 30 : 1_500_000_001)),
      shift: each((i) => (i % 7 === 0 ? 60 : i % 7 === 3 ? 62 : 31 + (i % 12))),
    };
  });
  // A power of two: halves of a step are met exactly.
  const input = { scale: 1 / 16, zero: -3 };
  const target = classes > 0 ? { mean: 0, scale: 1 } : { mean: 40, scale: 7 };
  return { shape, classes, ...target, input, layers, outputScale: 2 ** -9 };
}

describe('an exported int8 network', () => {
  it.each([
    ['values', [12, 1], 0],
    ['classes', [16, 9, 3], 3],
  ] as const)('comes to the same integers as ours: %s', async (_, widths, classes) => {
    const network = int8Of(widths, classes);
    const bytes = encodeInt8Network(network);
    expect(decodeInt8Network(bytes)).toEqual({ ok: true, value: network });
    // Multiples of 1/32, some beyond the range.
    const x = Float32Array.from({ length: 64 * 5 }, (_, i) => (((i * 7919) % 601) - 300) / 32);
    const ours = await compare(int8Predictor(network), x, unwrap(memberNodes({ family: 'mlp', model: bytes })));
    expect(new Set(ours).size).toBeGreaterThan(20);
  });

  it('is none of a convolutional network', () => {
    const model = encodeInt8Network(int8Of([4, 3], 3));
    expect(memberNodes({ family: 'cnn', model })).toMatchObject({ code: 'result_mismatch' });
  });
});

describe('what ONNX can not hold', () => {
  it('is refused by name: trees with more entries than a reader takes', () => {
    const grown = new GrownNodes();
    const outputs = 30_000;
    const leaf = (i: number) => grown.classLeaf(Uint32Array.from({ length: outputs }, (_, k) => (k === i ? 1 : 0)));
    for (let tree = 0; tree < 2; tree++) {
      for (let i = 0; i < 35; i++) {
        grown.split(0, i, false);
        leaf(i);
      }
      leaf(0);
    }
    const offsets = new Float32Array(outputs);
    const model = encodeTreeModel({ ...forestOf('shares', 3), outputs, trees: 2, offsets, nodes: grown.nodes });
    expect(memberNodes({ family: 'extraTrees', model })).toEqual({
      ok: false,
      code: 'export_unsupported',
      evidence: 'extraTrees: 4260142 tree entries, 4194304 at most',
    });
  });

  it.each(['ridge', 'logistic', 'extraTrees', 'randomForest', 'boost', 'mlp', 'cnn', 'kmeans'] as const)(
    'is a model that no trainer made: %s',
    (family) => {
      expect(memberNodes({ family, model: Uint8Array.of(1, 2, 3) })).toMatchObject({ code: 'result_mismatch' });
    },
  );
});

/**
 * A multi-layer perceptron in int8 on the HPU, made after training: per-channel symmetric weights, asymmetric activations whose
 * ranges are measured on given rows, and the rounding rule of hpu/quantise.ts. What it costs in accuracy is measured, not assumed.
 */
import type { Hpu } from '../../../hpu/hpu.ts';
import { type Int8Scale, scaleOf } from '../../../hpu/quantise.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Meter } from '../../meter.ts';
import type { Int8Layer } from '../../mlp/model.ts';
import { largestOf, scaleLayer, withMultipliers } from '../../mlp/quantise.ts';
import { softmax } from '../../numeric/softmax.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Labelled, Matrix } from '../trainer.ts';
import { countPrediction } from './cycles.ts';
import { loadRows } from './feed.ts';
import { layersOf, type Network } from './model.ts';
import { blockRows, Passes } from './passes.ts';
import { inUnit, predictorOf } from './predictor.ts';
import { clampedMatrix } from './prepared.ts';
import { type DenseBlock, layoutOf, padTensors } from './shape.ts';

export interface Int8Network {
  readonly network: Network;
  /** Of each layer's input. */
  readonly inputs: readonly Int8Scale[];
  readonly layers: readonly Int8Layer[];
  /** A step of the last layer's accumulators, in nats or deviations. */
  readonly outputScale: number;
}

/** The ReLU is the lower clamp: a hidden zero point stands for 0. */
const HIDDEN = { zero: -128, low: -128, high: 127 } as const;

type Extent = readonly [low: number, high: number];

/** Smallest and largest input of each layer over the rows, 0 included. */
function extentsOf({ network: kernel }: TrainerKernels, network: Network, rows: Matrix, meter: Meter): Extent[] {
  const layout = layoutOf(network.shape);
  const block = Math.max(1, Math.min(blockRows(layout), rows.rows));
  kernel.arena.reset();
  const passes = new Passes(kernel, layout, block, false);
  kernel.arena.float32(passes.places.parameters, layout.floats).set(padTensors(layout, network.tensors));
  const matrix = clampedMatrix(rows);
  const extents = layout.dense.map((): [number, number] => [0, 0]);
  for (let from = 0; from < rows.rows; from += block) {
    const count = Math.min(block, rows.rows - from);
    loadRows(kernel, passes, matrix, null, from, count);
    passes.forward(count, null);
    countPrediction(meter, layout, count, network.classes);
    layout.dense.forEach(({ rows: ld }: DenseBlock, i) => {
      const extent = extents[i] as [number, number];
      for (const x of kernel.arena.float32(passes.places.outputs[i] as number, count * ld)) {
        extent[0] = Math.min(extent[0], x);
        extent[1] = Math.max(extent[1], x);
      }
      meter.vector(count * ld, 'extent');
    });
  }
  return extents;
}

/** `rows` are training rows, encoded. work_invalid for convolutions, which stay in f32. */
export function quantiseNetwork(
  kernels: TrainerKernels,
  network: Network,
  rows: Matrix,
  meter: Meter,
): Result<Int8Network> {
  const dense = layersOf(network).filter((layer) => layer.kind === 'dense');
  if (network.shape.filters.length > 0) return fail('work_invalid', 'convolutions stay in f32', 'precision');
  const extents = extentsOf(kernels, network, rows, meter);
  const inputs: Int8Scale[] = [scaleOf(...(extents[0] as Extent))];
  const layers: Int8Layer[] = [];
  let outputScale = 1;
  dense.forEach(({ weights, bias }, i) => {
    const input = inputs[i] as Int8Scale;
    const scaled = scaleLayer(weights, bias, input);
    // Steps finer than the accumulator's would only ask for multipliers above one.
    const finest = input.scale * largestOf(scaled.scales);
    const next = extents[i + 1];
    outputScale = next ? Math.max(scaleOf(0, next[1]).scale, finest) : finest;
    if (next) inputs.push({ scale: outputScale, zero: HIDDEN.zero });
    layers.push(withMultipliers(scaled, input.scale, outputScale));
    meter.vector(weights.length, 'extent', 'quantise', 'columnSum');
  });
  return ok({ network, inputs, layers, outputScale });
}

/** Packs the weights once; then rows x outputs as the float predictor gives them: probabilities, or values. */
export function int8Predictor(hpu: Hpu, int8: Int8Network): (input: Matrix, meter: Meter) => Float64Array {
  const { network, inputs, layers, outputScale } = int8;
  const { dense } = layoutOf(network.shape);
  const packed = layers.map(({ weights }, i) => {
    const { inputs: k, outputs: n } = dense[i] as DenseBlock;
    return hpu.packWeights(weights, k, n);
  });
  return (input, meter) => {
    let a = hpu.quantise(clampedMatrix(input).x, inputs[0] as Int8Scale);
    meter.vector(a.length, 'quantise');
    for (const [i, layer] of layers.entries()) {
      const { inputs: k, outputs: n } = dense[i] as DenseBlock;
      const sums = hpu.gemm(a, packed[i] as (typeof packed)[number], input.rows);
      meter.product(input.rows, k, n);
      if (i + 1 < layers.length) {
        a = hpu.requantise(sums, input.rows, n, layer, HIDDEN);
        meter.vector(sums.length, 'requantise');
        continue;
      }
      meter.vector(sums.length, 'rescale');
      const steps = hpu.rescale(sums, input.rows, n, layer);
      return outputsOf(
        network,
        Float64Array.from(steps, (step) => step * outputScale),
        meter,
      );
    }
    throw new Error('a network has layers');
  };
}

function outputsOf(network: Network, outputs: Float64Array, meter: Meter): Float64Array {
  const { classes } = network;
  if (classes === 0) {
    meter.vector(outputs.length, 'dequantise');
    return outputs.map((output) => inUnit(network, output));
  }
  for (let from = 0; from < outputs.length; from += classes) softmax(outputs, from, classes);
  meter.vector(outputs.length, 'softmax');
  return outputs;
}

/** Share of the rows that are right, or the share of the variance that is explained (R2). */
function scoreOf(predicted: Float64Array, y: Float64Array, classes: number): number {
  if (classes > 0) {
    let right = 0;
    y.forEach((label, row) => {
      const own = predicted.subarray(row * classes, (row + 1) * classes);
      if (own.indexOf(own.reduce((top, p) => Math.max(top, p), 0)) === label) right++;
    });
    return right / y.length;
  }
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const squares = (of: (i: number) => number): number => y.reduce((sum, _, i) => sum + of(i) * of(i), 0);
  const spread = squares((i) => (y[i] as number) - mean);
  return spread > 0 ? 1 - squares((i) => (y[i] as number) - (predicted[i] as number)) / spread : 0;
}

/** Both halves on the same rows, which neither was fitted to: the drop is float - int8. */
export function compareInt8(
  kernels: TrainerKernels,
  hpu: Hpu,
  int8: Int8Network,
  { input, y }: Labelled,
  meter: Meter,
): { readonly float: number; readonly int8: number } {
  const { network } = int8;
  const float = predictorOf(network).predict(kernels, input, meter);
  const eight = int8Predictor(hpu, int8)(input, meter);
  return { float: scoreOf(float, y, network.classes), int8: scoreOf(eight, y, network.classes) };
}

/**
 * A multi-layer perceptron in int8 on the HPU, made after training: per-channel symmetric weights, asymmetric activations whose
 * ranges are measured on given rows, and the rounding rule of hpu/quantise.ts. What it costs in score is measured, not assumed
 * (ml/search/precision.ts).
 */
import { type Int8Scale, scaleOf } from '../../../hpu/quantise.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Meter } from '../../meter.ts';
import type { Int8Layer } from '../../mlp/model.ts';
import { largestOf, scaleLayer, withMultipliers } from '../../mlp/quantise.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Matrix } from '../trainer.ts';
import { countPrediction } from './cycles.ts';
import { loadRows } from './feed.ts';
import { HIDDEN, type Int8Network } from './int8-model.ts';
import { layersOf, type Network } from './model.ts';
import { blockRows, Passes } from './passes.ts';
import { clampedMatrix } from './prepared.ts';
import { type DenseBlock, layoutOf, padTensors } from './shape.ts';

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
  const input = scaleOf(...(extents[0] as Extent));
  const layers: Int8Layer[] = [];
  let from: Int8Scale = input;
  dense.forEach(({ weights, bias }, i) => {
    const scaled = scaleLayer(weights, bias, from);
    // Steps finer than the accumulator's would only ask for multipliers above one.
    const finest = from.scale * largestOf(scaled.scales);
    const next = extents[i + 1];
    const to = next ? Math.max(scaleOf(0, next[1]).scale, finest) : finest;
    layers.push(withMultipliers(scaled, from.scale, to));
    from = { scale: to, zero: HIDDEN.zero };
    meter.vector(weights.length, 'extent', 'quantise', 'columnSum');
  });
  const { shape, classes, mean, scale } = network;
  return ok({ shape, classes, mean, scale, input, layers, outputScale: from.scale });
}

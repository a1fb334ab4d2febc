/** Predictions of an int8 network: exact integer products and one rounding a layer, the same integers on every host. */
import type { Hpu } from '../../../hpu/hpu.ts';
import type { PackedWeights } from '../../../hpu/product/weights.ts';
import type { Meter } from '../../meter.ts';
import { softmax } from '../../numeric/softmax.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Matrix, Predictor } from '../trainer.ts';
import { HIDDEN, type Int8Network } from './int8-model.ts';
import { inUnit } from './predictor.ts';
import { clampedMatrix } from './prepared.ts';
import { layoutOf } from './shape.ts';

/** Gives what the float predictor gives: probabilities, or values. */
export function int8Predictor(network: Int8Network): Predictor {
  const { shape, classes, input: scale, layers } = network;
  const { dense } = layoutOf(shape);
  const cols = shape.input.channels;
  const packedFor = packing(network);
  const predict = ({ hpu }: TrainerKernels, input: Matrix, meter: Meter): Float64Array => {
    if (input.cols !== cols) throw new RangeError(`${input.cols} columns, the network has ${cols}`);
    const packed = packedFor(hpu);
    let activations = hpu.quantise(clampedMatrix(input).x, scale);
    meter.vector(activations.length, 'quantise');
    let outputs = new Float64Array(0);
    layers.forEach((layer, i) => {
      const { inputs: k, outputs: n } = dense[i] as (typeof dense)[number];
      const sums = hpu.gemm(activations, packed[i] as PackedWeights, input.rows);
      meter.product(input.rows, k, n);
      if (i + 1 < layers.length) {
        activations = hpu.requantise(sums, input.rows, n, layer, HIDDEN);
        meter.vector(sums.length, 'requantise');
      } else {
        outputs = Float64Array.from(hpu.rescale(sums, input.rows, n, layer), (step) => step * network.outputScale);
        meter.vector(sums.length, 'rescale');
      }
    });
    return finished(network, outputs, meter);
  };
  return { cols, outputs: classes || 1, predict };
}

/** Weights are packed once for each HPU that predicts: an isolate makes one for each job. */
function packing({ shape, layers }: Int8Network): (hpu: Hpu) => readonly PackedWeights[] {
  const { dense } = layoutOf(shape);
  const known = new WeakMap<Hpu, readonly PackedWeights[]>();
  return (hpu) => {
    const packed =
      known.get(hpu) ??
      dense.map(({ inputs, outputs }, i) => hpu.packWeights(layers[i]?.weights as Int8Array, inputs, outputs));
    known.set(hpu, packed);
    return packed;
  };
}

/** In place: probabilities, or values in the target's own unit. */
function finished(network: Int8Network, outputs: Float64Array, meter: Meter): Float64Array {
  const { classes } = network;
  if (classes === 0) {
    meter.vector(outputs.length, 'dequantise');
    return outputs.map((output) => inUnit(network, output));
  }
  for (let from = 0; from < outputs.length; from += classes) softmax(outputs, from, classes);
  meter.vector(outputs.length, 'softmax');
  return outputs;
}

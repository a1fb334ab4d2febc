/** Predictions of a decoded network. */
import type { Meter } from '../../meter.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Matrix, Predictor } from '../trainer.ts';
import { countPrediction } from './cycles.ts';
import { loadImages, loadRows } from './feed.ts';
import type { Network } from './model.ts';
import { blockRows, Passes } from './passes.ts';
import { clampedMatrix } from './prepared.ts';
import { layoutOf, padTensors } from './shape.ts';

/** An output in the target's own unit, finite also where that unit is near the largest number. */
export const inUnit = ({ mean, scale }: Pick<Network, 'mean' | 'scale'>, output: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, output * scale + mean));

export function predictorOf(network: Network): Predictor {
  const { shape, classes, tensors } = network;
  const layout = layoutOf(shape);
  const { height, width, channels } = shape.input;
  const cols = height * width * channels;
  const outputs = classes || 1;
  const parameters = padTensors(layout, tensors);
  const predict = ({ network: kernel }: TrainerKernels, input: Matrix, meter: Meter): Float64Array => {
    if (input.cols !== cols) throw new RangeError(`${input.cols} columns, the network has ${cols}`);
    kernel.arena.reset();
    const block = Math.min(blockRows(layout), input.rows);
    const passes = new Passes(kernel, layout, block, false);
    kernel.arena.float32(passes.places.parameters, parameters.length).set(parameters);
    const matrix = clampedMatrix(input);
    const result = new Float64Array(input.rows * outputs);
    for (let from = 0; from < input.rows; from += block) {
      const rows = Math.min(block, input.rows - from);
      if (shape.filters.length === 0) loadRows(kernel, passes, matrix, null, from, rows);
      else loadImages(passes, matrix, null, from, rows, 0, new Uint32Array(0));
      passes.forward(rows, null);
      finish(network, passes.outputs(rows, classes > 0), result, from * outputs);
      countPrediction(meter, layout, rows, classes);
    }
    return result;
  };
  return { cols, outputs, predict };
}

/** Probabilities, or values in the target's own unit. */
function finish(network: Network, raw: Float32Array, result: Float64Array, at: number): void {
  const { classes } = network;
  if (classes === 0) {
    raw.forEach((output, i) => {
      result[at + i] = inUnit(network, output);
    });
    return;
  }
  for (let row = 0; row < raw.length; row += classes) {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += raw[row + c] as number;
    for (let c = 0; c < classes; c++) result[at + row + c] = (raw[row + c] as number) / sum;
  }
}

/** The network's float layers in kernel memory: forward, backward and update, each operation counted as it runs. */
import { type MlpShape, mlpParameterCount } from '../../protocol/cycles.ts';
import type { MlKernel } from '../kernel.ts';
import type { Meter } from '../meter.ts';
import { type Scaling, standardise } from './standardise.ts';
import { WEIGHT_MAX } from './state.ts';

/** Addresses of the parameter blocks that start at `base`: w1 (features x hidden), b1, w2 (hidden x classes), b2. */
function blocks(base: number, { features, hidden, classes }: MlpShape) {
  const b1 = base + features * hidden * 4;
  const w2 = b1 + hidden * 4;
  return { w1: base, b1, w2, b2: w2 + hidden * classes * 4 };
}

export type UpdateRule = { readonly rate: number; readonly momentum: number; readonly decay: number };

export class Network {
  readonly #ml: MlKernel;
  readonly #shape: MlpShape;
  readonly #meter: Meter;
  readonly #parameters: number;
  readonly #input: number;
  readonly #hidden: number;
  readonly #output: number;
  readonly #backward: { gradient: number; hiddenGradient: number; transposed: number; labels: number };

  /** Lays out buffers for batches of up to `rowsMax` rows after the parameters, which stand at `parameters`. */
  constructor(ml: MlKernel, shape: MlpShape, parameters: number, rowsMax: number, meter: Meter) {
    const { features, hidden, classes } = shape;
    this.#ml = ml;
    this.#shape = shape;
    this.#meter = meter;
    this.#parameters = parameters;
    this.#input = ml.arena.take(rowsMax * features * 4);
    this.#hidden = ml.arena.take(rowsMax * hidden * 4);
    this.#output = ml.arena.take(rowsMax * classes * 4);
    this.#backward = {
      gradient: ml.arena.take(mlpParameterCount(shape) * 4),
      hiddenGradient: ml.arena.take(rowsMax * hidden * 4),
      transposed: ml.arena.take(hidden * classes * 4),
      labels: ml.arena.take(rowsMax),
    };
  }

  /** Standardises row-major rows into the input buffer. */
  load(x: Float32Array, scaling: Scaling): void {
    standardise(x, scaling, this.#ml.arena.float32(this.#input, x.length), this.#meter);
  }

  /** relu(x w1 + b1) */
  forwardHidden(rows: number): void {
    const { features, hidden } = this.#shape;
    const { w1, b1 } = blocks(this.#parameters, this.#shape);
    this.#ml.wasm.gemmF32(this.#input, features, 1, w1, this.#hidden, rows, features, hidden);
    this.#meter.floatProduct(rows, features, hidden);
    this.#ml.wasm.addBias(this.#hidden, b1, rows, hidden, true);
    this.#meter.vector(rows * hidden, 'addBiasRelu');
  }

  /** Logits, after forwardHidden. */
  forwardOutput(rows: number): void {
    const { hidden, classes } = this.#shape;
    const { w2, b2 } = blocks(this.#parameters, this.#shape);
    this.#ml.wasm.gemmF32(this.#hidden, hidden, 1, w2, this.#output, rows, hidden, classes);
    this.#meter.floatProduct(rows, hidden, classes);
    this.#ml.wasm.addBias(this.#output, b2, rows, classes, false);
    this.#meter.vector(rows * classes, 'addBias');
  }

  /** Gradients of the mean cross-entropy over the loaded rows; returns the rows' summed loss. */
  backward(labels: Uint8Array): number {
    const { wasm, arena } = this.#ml;
    const { features, hidden, classes } = this.#shape;
    const rows = labels.length;
    const { gradient, hiddenGradient, transposed, labels: labelsAt } = this.#backward;
    const slopes = blocks(gradient, this.#shape);
    arena.bytes(labelsAt, rows).set(labels);
    const loss = wasm.softmaxGradient(this.#output, labelsAt, rows, classes);
    this.#meter.vector(rows * classes, 'softmaxGradient');
    this.#meter.vector(rows, 'loss');
    wasm.gemmF32(this.#hidden, 1, hidden, this.#output, slopes.w2, hidden, rows, classes);
    this.#meter.floatProduct(hidden, rows, classes);
    wasm.columnSums(this.#output, rows, classes, slopes.b2);
    this.#meter.vector(rows * classes, 'columnSum');
    wasm.transpose(blocks(this.#parameters, this.#shape).w2, hidden, classes, transposed);
    this.#meter.vector(hidden * classes, 'transpose');
    wasm.gemmF32(this.#output, classes, 1, transposed, hiddenGradient, rows, classes, hidden);
    this.#meter.floatProduct(rows, classes, hidden);
    wasm.maskRelu(hiddenGradient, this.#hidden, rows * hidden);
    this.#meter.vector(rows * hidden, 'maskRelu');
    wasm.gemmF32(this.#input, 1, features, hiddenGradient, slopes.w1, features, rows, hidden);
    this.#meter.floatProduct(features, rows, hidden);
    wasm.columnSums(hiddenGradient, rows, hidden, slopes.b1);
    this.#meter.vector(rows * hidden, 'columnSum');
    return loss;
  }

  /** One momentum step of the parameters along the last gradients. */
  update(velocities: number, { rate, momentum, decay }: UpdateRule): void {
    const count = mlpParameterCount(this.#shape);
    const { gradient } = this.#backward;
    this.#ml.wasm.momentumStep(this.#parameters, velocities, gradient, count, rate, momentum, decay, WEIGHT_MAX);
    this.#meter.vector(count, 'momentumStep');
  }

  /** Smallest and largest (0 included) of the loaded inputs and of the hidden activations. */
  extents(rows: number): { input: [number, number]; hidden: [number, number] } {
    const { features, hidden } = this.#shape;
    return { input: this.#extent(this.#input, rows * features), hidden: this.#extent(this.#hidden, rows * hidden) };
  }

  #extent(at: number, count: number): [number, number] {
    const out = this.#backward.transposed; // free between steps, and at least two entries: there are two classes
    this.#ml.wasm.extent(at, count, out);
    this.#meter.vector(count, 'extent');
    const [low, high] = this.#ml.arena.float32(out, 2) as unknown as [number, number];
    return [low, high];
  }

  /** Index of the largest logit of each row, the first among equals. */
  labels(rows: number): Uint8Array {
    const { classes } = this.#shape;
    this.#ml.wasm.argmax(this.#output, rows, classes, this.#backward.labels);
    this.#meter.vector(rows * classes, 'argmax');
    return this.#ml.arena.bytes(this.#backward.labels, rows).slice();
  }
}

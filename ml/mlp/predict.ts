/** Predictions by the int8 half of a model on the HPU, and by its float half for the measured drop. */

import type { Hpu } from '../../hpu/hpu.ts';
import type { PackedWeights } from '../../hpu/product/weights.ts';
import { FLOAT_BLOCK_ROWS, type MlpShape, mlpParameterCount } from '../../protocol/cycles.ts';
import type { HpuCycles } from '../../protocol/units.ts';
import type { MlKernel } from '../kernel.ts';
import { Meter } from '../meter.ts';
import { hiddenRange, type MlpModel } from './model.ts';
import { Network } from './network.ts';
import type { Prediction, Trace } from './prediction.ts';
import { standardise } from './standardise.ts';

type PackedLayers = readonly [PackedWeights, PackedWeights];

/** A decoded model that serves many orders is packed once; which kernel its weights are packed for, the host decides. */
const packedLayers = new WeakMap<Hpu, WeakMap<MlpModel, PackedLayers>>();

export function packLayers(hpu: Hpu, model: MlpModel): PackedLayers {
  const ofHost = packedLayers.get(hpu) ?? new WeakMap<MlpModel, PackedLayers>();
  packedLayers.set(hpu, ofHost);
  const known = ofHost.get(model);
  if (known) return known;
  const { features, hidden, classes } = model.shape;
  const packed = [
    hpu.packWeights(model.int8.first.weights, features, hidden),
    hpu.packWeights(model.int8.second.weights, hidden, classes),
  ] as const;
  ofHost.set(model, packed);
  return packed;
}

/** x must hold rows * features cells: the caller decoded it (ml/dataset/rows.ts) and compared the shapes. */
function requireRows({ features }: MlpShape, x: Float32Array, rows: number): void {
  if (x.length !== rows * features) throw new RangeError(`${x.length} cells, ${rows} x ${features} expected`);
}

/** Standardised and mapped to int8. */
export function quantiseRows(hpu: Hpu, model: MlpModel, x: Float32Array, meter: Meter): Int8Array {
  const z = new Float32Array(x.length);
  standardise(x, model.scaling, z, meter);
  meter.vector(z.length, 'quantise');
  return hpu.quantise(z, model.int8.input);
}

/** First layer's accumulators to the second one's input. */
export function activate(hpu: Hpu, { shape, int8 }: MlpModel, c1: Int32Array, rows: number, meter: Meter): Int8Array {
  meter.vector(c1.length, 'requantise');
  return hpu.requantise(c1, rows, shape.hidden, int8.first, hiddenRange(int8));
}

/** Second layer's accumulators to logits on one scale, and each row's class: the largest, the first among equals. */
export function decide(hpu: Hpu, { shape, int8 }: MlpModel, c2: Int32Array, rows: number, meter: Meter): Prediction {
  const { classes } = shape;
  const logits = hpu.rescale(c2, rows, classes, int8.second);
  meter.vector(c2.length, 'rescale', 'argmax');
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((logits[row * classes + c] as number) > (logits[row * classes + best] as number)) best = c;
    }
    labels[row] = best;
  }
  return { labels, logits };
}

/** Predicts `rows` rows; the trace holds every intermediate that a checker needs. */
export function predictInt8(
  hpu: Hpu,
  model: MlpModel,
  x: Float32Array,
  rows: number,
): Prediction & { readonly trace: Trace; readonly cycles: HpuCycles } {
  requireRows(model.shape, x, rows);
  const { features, hidden, classes } = model.shape;
  const [first, second] = packLayers(hpu, model);
  const meter = new Meter();
  const a0 = quantiseRows(hpu, model, x, meter);
  const c1 = hpu.gemm(a0, first, rows);
  meter.product(rows, features, hidden);
  const a1 = activate(hpu, model, c1, rows, meter);
  const c2 = hpu.gemm(a1, second, rows);
  meter.product(rows, hidden, classes);
  return { ...decide(hpu, model, c2, rows, meter), trace: { a0, c1, a1, c2 }, cycles: meter.cycles };
}

/** The float half's labels, in blocks of FLOAT_BLOCK_ROWS. */
export function predictFloat(
  ml: MlKernel,
  model: MlpModel,
  x: Float32Array,
  rows: number,
): { readonly labels: Uint8Array; readonly cycles: HpuCycles } {
  requireRows(model.shape, x, rows);
  const { shape, float, scaling } = model;
  ml.arena.reset();
  const parameters = ml.arena.take(mlpParameterCount(shape) * 4);
  let at = parameters;
  for (const part of [float.w1, float.b1, float.w2, float.b2]) {
    ml.arena.float32(at, part.length).set(part);
    at += part.length * 4;
  }
  const meter = new Meter();
  const network = new Network(ml, shape, parameters, Math.min(rows, FLOAT_BLOCK_ROWS), meter);
  const labels = new Uint8Array(rows);
  for (let from = 0; from < rows; from += FLOAT_BLOCK_ROWS) {
    const count = Math.min(FLOAT_BLOCK_ROWS, rows - from);
    network.load(x.subarray(from * shape.features, (from + count) * shape.features), scaling);
    network.forwardHidden(count);
    network.forwardOutput(count);
    labels.set(network.labels(count), from);
  }
  return { labels, cycles: meter.cycles };
}

/**
 * Deterministic training of the one-hidden-layer classifier: mini-batch SGD with momentum on softmax cross-entropy, in chunks.
 * A chunk is a pure function of (specification, set, state), so anyone who holds these replays any chunk alone.
 */
import {
  chunkSteps,
  type MlpSpec,
  mlpParameterCount,
  stepRows,
  type TrainPlan,
  trainPlan,
} from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { validateMlpSpec } from '../../protocol/mlp.ts';
import type { HpuCycles } from '../../protocol/units.ts';
import type { TrainingSet } from '../dataset/rows.ts';
import type { MlKernel } from '../kernel.ts';
import { Meter } from '../meter.ts';
import { encodeModel, type FloatLayers } from './model.ts';
import { Network } from './network.ts';
import { quantiseModel } from './quantise.ts';
import type { Scaling } from './standardise.ts';
import { bodyBytes, decodeState, encodeState, type State } from './state.ts';

/** Part of the meaning of a training order; the step falls linearly from RATE to nothing. */
const RATE = 0.1;
const MOMENTUM = 0.9;
const DECAY = 1e-3;

/** Third counter word of the random streams; the second is the layer or the epoch. */
const PURPOSE_WEIGHTS = 1;
const PURPOSE_ORDER = 2;

/** Rows whose statistics are gathered at once: kernel memory holds at most this many cells of them. */
const BLOCK_CELLS = 1 << 18;

export type ChunkResult = {
  /** The next state; after the last chunk the model's bytes. */
  readonly state: Uint8Array;
  readonly cycles: HpuCycles;
  /** Mean cross-entropy over the chunk's steps, in nats: what a progress line shows. */
  readonly loss: number;
};

export const chunkCount = (spec: MlpSpec): number => trainPlan(spec).chunks;

/**
 * Runs chunk `chunk` on the state before it. Fails with work_invalid for a specification out of range, dataset_malformed for a
 * set of another shape, result_mismatch for bytes that are not the state before this chunk.
 */
export function trainChunk(
  ml: MlKernel,
  spec: MlpSpec,
  set: TrainingSet,
  chunk: number,
  state: Uint8Array,
): Result<ChunkResult> {
  const fault = validateMlpSpec(spec);
  if (fault !== undefined) return fail('work_invalid', fault);
  const plan = trainPlan(spec);
  if (!Number.isInteger(chunk) || chunk < 0 || chunk >= plan.chunks) return fail('work_invalid', `chunk ${chunk}`);
  if (set.x.length !== spec.rows * spec.features || set.y.length !== spec.rows) {
    return fail('dataset_malformed', `${set.x.length} cells and ${set.y.length} labels`);
  }
  if (set.y.some((label) => label >= spec.classes)) return fail('dataset_malformed', 'a label is beyond the classes');
  const before = decodeState(spec, chunk, state);
  if (!before.ok) return before;
  const meter = new Meter();
  ml.arena.reset();
  if (chunk === 0) return ok(prepare(ml, spec, set, meter));
  if (chunk === plan.chunks - 1) return ok(finish(ml, spec, plan, set, before.value, meter));
  return ok(descend(ml, spec, plan, set, before.value, meter));
}

/** Where the parts of a state's body lie, from its first byte. */
function bodyLayout(spec: MlpSpec) {
  const parameters = spec.features * 16;
  return { mean: 0, inverse: spec.features * 8, parameters, velocities: parameters + mlpParameterCount(spec) * 4 };
}

function scalingAt(ml: MlKernel, spec: MlpSpec, body: number): Scaling {
  const copy = (at: number): Float64Array => new Float64Array(ml.arena.bytes(at, spec.features * 8).slice().buffer);
  const { mean, inverse } = bodyLayout(spec);
  return { mean: copy(body + mean), inverse: copy(body + inverse) };
}

const seedWords = (seed: bigint): [number, number] => [Number(seed & 0xffffffffn), Number(seed >> 32n)];

function prepare(ml: MlKernel, spec: MlpSpec, set: TrainingSet, meter: Meter): ChunkResult {
  const { features, hidden, classes } = spec;
  const layout = bodyLayout(spec);
  const length = bodyBytes(spec);
  const body = ml.arena.take(length);
  ml.arena.bytes(body, length).fill(0);
  columnStatistics(ml, spec, set.x, body + layout.mean, body + layout.inverse, meter);
  const w1 = body + layout.parameters;
  drawWeights(ml, spec, 1, w1, features, hidden);
  drawWeights(ml, spec, 2, w1 + (features * hidden + hidden) * 4, hidden, classes);
  meter.vector(features * hidden + hidden * classes, 'randomWord', 'symmetric');
  const state = encodeState(spec, { chunk: 1, loss: 0, body: ml.arena.bytes(body, length) });
  return { state, cycles: meter.cycles, loss: 0 };
}

function columnStatistics(
  ml: MlKernel,
  { rows, features }: MlpSpec,
  x: Float32Array,
  mean: number,
  inverse: number,
  meter: Meter,
): void {
  const block = Math.max(1, Math.min(rows, Math.floor(BLOCK_CELLS / features)));
  const at = ml.arena.take(block * features * 4);
  const eachBlock = (visit: (count: number) => void): void => {
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from);
      ml.arena.float32(at, count * features).set(x.subarray(from * features, (from + count) * features));
      visit(count);
    }
  };
  eachBlock((count) => ml.wasm.addColumns(at, count, features, mean));
  ml.wasm.divideF64(mean, features, rows);
  eachBlock((count) => ml.wasm.addSquares(at, count, features, mean, inverse));
  ml.wasm.inverseDeviations(inverse, features, rows);
  meter.vector(rows * features, 'columnStatistics');
  meter.vector(features, 'columnFinish');
}

/** He's uniform initialisation: within sqrt(6 / inputs) (He et al., "Delving deep into rectifiers", 2015). */
function drawWeights(ml: MlKernel, spec: MlpSpec, layer: number, to: number, inputs: number, outputs: number): void {
  const count = inputs * outputs;
  const words = ml.arena.take((count + 3) * 4);
  ml.wasm.randomWords(words, count, layer, PURPOSE_WEIGHTS, ...seedWords(spec.seed));
  ml.wasm.symmetric(words, count, ml.wasm.rootF32(6 / inputs));
  ml.arena.bytes(to, count * 4).set(ml.arena.bytes(words, count * 4));
}

/** The epoch's order of rows. */
function drawOrder(ml: MlKernel, spec: MlpSpec, epoch: number, at: { words: number; order: number }, meter: Meter) {
  ml.wasm.randomWords(at.words, spec.rows, epoch, PURPOSE_ORDER, ...seedWords(spec.seed));
  ml.wasm.permute(at.order, at.words, spec.rows);
  meter.vector(spec.rows, 'randomWord', 'permute');
  return Uint32Array.from(ml.arena.int32(at.order, spec.rows));
}

function descend(
  ml: MlKernel,
  spec: MlpSpec,
  plan: TrainPlan,
  set: TrainingSet,
  before: State,
  meter: Meter,
): ChunkResult {
  const layout = bodyLayout(spec);
  const body = ml.arena.put(before.body);
  const scaling = scalingAt(ml, spec, body);
  const batch = Math.min(spec.batch, spec.rows);
  const network = new Network(ml, spec, body + layout.parameters, batch, meter);
  const at = { words: ml.arena.take((spec.rows + 3) * 4), order: ml.arena.take(spec.rows * 4) };
  const { from, to } = chunkSteps(plan, before.chunk);
  const x = new Float32Array(batch * spec.features);
  const y = new Uint8Array(batch);
  let order = new Uint32Array(0);
  let loss = 0;
  for (let step = from; step < to; step++) {
    const inEpoch = step % plan.stepsPerEpoch;
    if (step === from || inEpoch === 0) order = drawOrder(ml, spec, Math.floor(step / plan.stepsPerEpoch), at, meter);
    const rows = stepRows(spec, plan, step);
    gather(set, order.subarray(inEpoch * spec.batch, inEpoch * spec.batch + rows), spec.features, x, y);
    network.load(x.subarray(0, rows * spec.features), scaling);
    network.forwardHidden(rows);
    network.forwardOutput(rows);
    loss += network.backward(y.subarray(0, rows)) / rows;
    const rate = RATE * (1 - step / plan.steps);
    network.update(body + layout.velocities, { rate, momentum: MOMENTUM, decay: DECAY });
  }
  loss /= to - from;
  const after = { chunk: before.chunk + 1, loss, body: ml.arena.bytes(body, before.body.length) };
  return { state: encodeState(spec, after), cycles: meter.cycles, loss };
}

function gather(set: TrainingSet, order: Uint32Array, features: number, x: Float32Array, y: Uint8Array): void {
  order.forEach((row, i) => {
    x.set(set.x.subarray(row * features, (row + 1) * features), i * features);
    y[i] = set.y[row] as number;
  });
}

/** Ranges from evenly spaced training rows, then the int8 half of the model. */
function finish(
  ml: MlKernel,
  spec: MlpSpec,
  plan: TrainPlan,
  set: TrainingSet,
  before: State,
  meter: Meter,
): ChunkResult {
  const { features, hidden, classes } = spec;
  const rows = plan.calibrationRows;
  const layout = bodyLayout(spec);
  const body = ml.arena.put(before.body);
  const scaling = scalingAt(ml, spec, body);
  const network = new Network(ml, spec, body + layout.parameters, rows, meter);
  const sample = Uint32Array.from({ length: rows }, (_, i) => Math.floor((i * spec.rows) / rows));
  const x = new Float32Array(rows * features);
  gather(set, sample, features, x, new Uint8Array(rows));
  network.load(x, scaling);
  network.forwardHidden(rows);
  const extents = network.extents(rows);
  const parameters = ml.arena.float32(body + layout.parameters, mlpParameterCount(spec)).slice();
  const b1 = features * hidden;
  const w2 = b1 + hidden;
  const b2 = w2 + hidden * classes;
  const float: FloatLayers = {
    w1: parameters.slice(0, b1),
    b1: parameters.slice(b1, w2),
    w2: parameters.slice(w2, b2),
    b2: parameters.slice(b2),
  };
  const model = quantiseModel({ features, hidden, classes }, scaling, float, extents, meter);
  return { state: encodeModel(model), cycles: meter.cycles, loss: before.loss };
}

/**
 * The published price table: work in cycles of the modelled HPU, a 256 x 256 weight-stationary systolic array of 8-bit
 * multiply-accumulate units (array-cycles.ts) beside a vector unit of 256 lanes. Work is counted, never timed, so quote = bill
 * to the cycle. Any change of a number here or there is a new PRICE_TABLE_VERSION.
 */
import { doubleBufferedCycles, HPU_ARRAY } from './array-cycles.ts';
import { type HpuCycles, hpuCycles } from './units.ts';

export const PRICE_TABLE_VERSION = 1;

/** One lane operation a cycle on each lane. */
export const VECTOR_LANES = 256n;
/** A float MAC costs four int8 MACs: float products are priced by the same formula on four times the rows. */
export const FLOAT_MAC_FACTOR = 4n;

const EXP = 8; // exp, log, division, square root: what an iterative lane unit needs
const RANDOM_WORD = 20; // Philox4x32-10: ten rounds of two products, four xors and two additions for four words

/** Lane operations an element, by operation; the sums name their parts in the order of execution. */
export const LANE_OPS = {
  adamStep: 16 + 2 * EXP, // clamp (2), moments (3 and 4), root, correct, add, divide, decay, step (2), clamp (2)
  addBias: 1,
  addBiasRelu: 1 + 1,
  addInt8: 10, // subtract zero (2), multiply (2), add, add half, shift, add zero, clamp (2)
  argmax: 1,
  averageFinish: 4, // double, add, multiply by the reciprocal, floor
  clamp: 2,
  columnStatistics: 1 + 3, // add; subtract, square, add
  columnFinish: 4 * EXP, // divide; divide, root, reciprocal
  columnSum: 1,
  countCode: 2, // look up, add
  datePart: 12, // floors, quotients and remainders of the calendar, at most
  depthwiseTap: 1 + 1, // multiply, add
  dequantise: 2, // subtract zero, multiply
  dropout: 3, // compare, select, scale
  encodeCode: 2, // look up, store in its column
  encodeNumber: 7, // fill, clamp (2), subtract, multiply, clamp (2)
  extent: 2,
  floatElement: 1, // add, multiply, minimum, maximum or ReLU of f32
  histogramUpdate: 1 + 3, // gather a code; add gradient, hessian and count
  lookup: 1,
  leafAdd: 2, // look up the leaf's value, add
  loss: EXP + 2, // log, subtract, add; a row
  maskRelu: 1,
  momentumStep: 8, // decay (2), momentum (2), step (2), clamp (2)
  permute: 2,
  pairGradient: 2 + 2 * 3, // subtract the label, p (1 - p); scale, round and mask both
  poolTap: 1, // add or maximum
  quantise: 6, // multiply, add half, floor, add zero, clamp (2)
  randomWord: RANDOM_WORD,
  rankKey: 4 * (1 + 1), // four passes of a radix sort of 32-bit keys: count, move
  requantise: 7, // add bias, multiply, add half, shift, add zero, clamp (2)
  rescale: 6, // as requantise without the zero point
  slopeStep: 12, // clamp (2), decay (2), momentum (2), Nesterov's look ahead (2), step (2), clamp (2)
  softmax: 3 + 2 * EXP, // max, subtract, exp, sum, divide
  softmaxGradient: 5 + 2 * EXP, // max, subtract, exp, sum, divide, subtract, scale
  squaredGradient: 6, // subtract, clamp (2), scale, square, sum
  standardise: 4, // subtract, multiply, clamp (2)
  splitScan: 6 + 2 * (2 + EXP), // add both sums and the count, subtract them from the total; square and divide twice, add; compare
  symmetric: 3,
  treeCell: 2 * (1 + 2), // gather a code, minimum and maximum; gather it again, compare, add to its side
  treeMove: 3, // look up the side, compare, move a row
  treeStep: 4, // gather a cell, compare, choose the child, load it
  transpose: 1,
} as const;

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

function dimension(n: number): bigint {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a dimension: ${n}`);
  return BigInt(n);
}

/** int8 product of m x k by k x n. A product with an empty side costs nothing. */
export function gemmCycles(m: number, k: number, n: number): HpuCycles {
  return hpuCycles(doubleBufferedCycles(dimension(m), dimension(k), dimension(n), HPU_ARRAY));
}

/** f32 product of m x k by k x n. */
export function floatGemmCycles(m: number, k: number, n: number): HpuCycles {
  return hpuCycles(doubleBufferedCycles(FLOAT_MAC_FACTOR * dimension(m), dimension(k), dimension(n), HPU_ARRAY));
}

/** `laneOps` operations on each of `elements`, 256 at a time; a started group of lanes counts whole. */
export function vectorCycles(elements: number, laneOps = 1): HpuCycles {
  return hpuCycles(ceilDiv(dimension(elements), VECTOR_LANES) * dimension(laneOps));
}

/** Residues of 31 bits as int8 limbs, in two rounds: the rows that a Freivalds check streams past each resident matrix. */
const RESIDUE_ROWS = 2 * 4;
/** An int32 entry of the product, as int8 limbs. */
const ACCUMULATOR_LIMBS = 4;

/** Freivalds' check of a product (hpu/freivalds/freivalds.ts): B r, A (B r) and C r with the matrices as resident weights. */
export function freivaldsCycles(m: number, k: number, n: number): HpuCycles {
  return sumCycles([
    gemmCycles(RESIDUE_ROWS, n, k),
    gemmCycles(RESIDUE_ROWS, k, m),
    gemmCycles(RESIDUE_ROWS, n, ACCUMULATOR_LIMBS * m),
  ]);
}

export function sumCycles(parts: readonly HpuCycles[]): HpuCycles {
  return hpuCycles(parts.reduce<bigint>((sum, part) => sum + part, 0n));
}

/** Sizes of a one-hidden-layer classifier: columns in, hidden units, classes out. */
export type MlpShape = { readonly features: number; readonly hidden: number; readonly classes: number };

/** A training order's work, all public. `seed` is a u64 and keys every random word. */
export type MlpSpec = MlpShape & {
  readonly rows: number;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: bigint;
};

/**
 * A chunk ends at whichever bound comes first: cycles bound work that the array runs half empty, host operations the dense.
 * Both are counted; together they keep a chunk near 15 ms of one core.
 */
const CHUNK_CYCLES_MAX = 150_000n;
export const CHUNK_OPERATIONS_MAX = 1 << 26;
/** Gathering and standardising one input cell, in multiply-accumulates of the host. */
const CELL_OPERATIONS = 64;
/** Training rows whose activations set the int8 ranges, at most. */
const CALIBRATION_ROWS_MAX = 1024;

const weightCount = ({ features, hidden, classes }: MlpShape): number => features * hidden + hidden * classes;

/** Weights and biases. */
export function mlpParameterCount(shape: MlpShape): number {
  return weightCount(shape) + shape.hidden + shape.classes;
}

/** Host operations of one step: input cells, two products forward, three back. */
export function stepOperations(shape: MlpShape, batch: number): number {
  return batch * (CELL_OPERATIONS * shape.features + 2 * weightCount(shape) + shape.hidden * shape.classes);
}

/**
 * How the work is cut into chunks, the unit of checkpoint, work log and replay. Chunk 0 prepares (column statistics, first
 * weights), the last one quantises, those between run SGD steps. `steps` counts mini-batches over all epochs; an epoch's
 * last one may be short.
 */
export type TrainPlan = {
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly stepsPerChunk: number;
  readonly chunks: number;
  readonly calibrationRows: number;
};

export function trainPlan(spec: MlpSpec): TrainPlan {
  const stepsPerEpoch = Math.ceil(spec.rows / spec.batch);
  const steps = stepsPerEpoch * spec.epochs;
  const batch = Math.min(spec.batch, spec.rows);
  const byCycles = Number(CHUNK_CYCLES_MAX / stepCycles(spec, batch));
  const byOperations = Math.floor(CHUNK_OPERATIONS_MAX / stepOperations(spec, batch));
  const stepsPerChunk = Math.max(1, Math.min(byCycles, byOperations));
  const byCalibration = Math.max(1, Math.floor(CHUNK_OPERATIONS_MAX / stepOperations(spec, 1)));
  return {
    stepsPerEpoch,
    steps,
    stepsPerChunk,
    chunks: Math.ceil(steps / stepsPerChunk) + 2,
    calibrationRows: Math.min(spec.rows, CALIBRATION_ROWS_MAX, byCalibration),
  };
}

/** First and one past the last step of a chunk; equal for the first and the last chunk, which run none. */
export function chunkSteps(plan: TrainPlan, chunk: number): { from: number; to: number } {
  if (!Number.isInteger(chunk) || chunk < 0 || chunk >= plan.chunks)
    throw new RangeError(`chunk ${chunk} of ${plan.chunks}`);
  const from = Math.min(plan.steps, Math.max(0, chunk - 1) * plan.stepsPerChunk);
  return { from, to: chunk === 0 ? 0 : Math.min(plan.steps, from + plan.stepsPerChunk) };
}

/** Rows of a step's mini-batch. */
export function stepRows(spec: MlpSpec, plan: TrainPlan, step: number): number {
  const inEpoch = step % plan.stepsPerEpoch;
  return Math.min(spec.batch, spec.rows - inEpoch * spec.batch);
}

function prepareCycles(spec: MlpSpec): HpuCycles {
  const weights = weightCount(spec);
  return sumCycles([
    vectorCycles(spec.rows * spec.features, LANE_OPS.columnStatistics),
    vectorCycles(spec.features, LANE_OPS.columnFinish),
    vectorCycles(weights, LANE_OPS.randomWord + LANE_OPS.symmetric),
  ]);
}

/** Drawing an epoch's order; a chunk that begins inside an epoch draws it again. */
function shuffleCycles(rows: number): HpuCycles {
  return vectorCycles(rows, LANE_OPS.randomWord + LANE_OPS.permute);
}

function stepCycles(shape: MlpShape, batch: number): bigint {
  const { features, hidden, classes } = shape;
  return sumCycles([
    vectorCycles(batch * features, LANE_OPS.standardise),
    floatGemmCycles(batch, features, hidden),
    vectorCycles(batch * hidden, LANE_OPS.addBiasRelu),
    floatGemmCycles(batch, hidden, classes),
    vectorCycles(batch * classes, LANE_OPS.addBias),
    vectorCycles(batch * classes, LANE_OPS.softmaxGradient),
    vectorCycles(batch, LANE_OPS.loss),
    floatGemmCycles(hidden, batch, classes),
    vectorCycles(batch * classes, LANE_OPS.columnSum),
    vectorCycles(hidden * classes, LANE_OPS.transpose),
    floatGemmCycles(batch, classes, hidden),
    vectorCycles(batch * hidden, LANE_OPS.maskRelu),
    floatGemmCycles(features, batch, hidden),
    vectorCycles(batch * hidden, LANE_OPS.columnSum),
    vectorCycles(mlpParameterCount(shape), LANE_OPS.momentumStep),
  ]);
}

function quantiseCycles(spec: MlpSpec, rows: number): HpuCycles {
  const { features, hidden } = spec;
  return sumCycles([
    vectorCycles(rows * features, LANE_OPS.standardise),
    vectorCycles(rows * features, LANE_OPS.extent),
    floatGemmCycles(rows, features, hidden),
    vectorCycles(rows * hidden, LANE_OPS.addBiasRelu),
    vectorCycles(rows * hidden, LANE_OPS.extent),
    vectorCycles(weightCount(spec), LANE_OPS.extent + LANE_OPS.quantise + LANE_OPS.columnSum),
  ]);
}

/** `steps` of which `short` are the last, perhaps shorter, of an epoch, and `orders` drawings of an epoch's order. */
function stepsCycles(spec: MlpSpec, plan: TrainPlan, steps: number, short: number, orders: number): bigint {
  const full = BigInt(steps - short) * stepCycles(spec, stepRows(spec, plan, 0));
  const last = BigInt(short) * stepCycles(spec, stepRows(spec, plan, plan.stepsPerEpoch - 1));
  return BigInt(orders) * shuffleCycles(spec.rows) + full + last;
}

/** Counted cycles of one chunk. The specification is a valid one (protocol/mlp.ts). */
export function trainChunkCycles(spec: MlpSpec, chunk: number, plan = trainPlan(spec)): HpuCycles {
  const { from, to } = chunkSteps(plan, chunk);
  if (chunk === 0) return prepareCycles(spec);
  if (chunk === plan.chunks - 1) return quantiseCycles(spec, plan.calibrationRows);
  const epochOf = (step: number): number => Math.floor(step / plan.stepsPerEpoch);
  return hpuCycles(
    stepsCycles(spec, plan, to - from, epochOf(to) - epochOf(from), epochOf(to - 1) - epochOf(from) + 1),
  );
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Counted cycles of the whole training, the quote: to the cycle the sum of its chunks, in closed form. */
export function trainCycles(spec: MlpSpec): HpuCycles {
  const plan = trainPlan(spec);
  // An order is drawn at step 0, at each later start of a chunk or an epoch, and once where both coincide.
  const together = (plan.stepsPerEpoch / greatestDivisor(plan.stepsPerEpoch, plan.stepsPerChunk)) * plan.stepsPerChunk;
  const orders = plan.chunks - 2 + spec.epochs - Math.ceil(plan.steps / together);
  const steps = stepsCycles(spec, plan, plan.steps, spec.epochs, orders);
  return hpuCycles(prepareCycles(spec) + steps + quantiseCycles(spec, plan.calibrationRows));
}

/** Counted cycles of an int8 prediction of `rows` rows. */
export function predictCycles({ features, hidden, classes }: MlpShape, rows: number): HpuCycles {
  return sumCycles([
    vectorCycles(rows * features, LANE_OPS.standardise),
    vectorCycles(rows * features, LANE_OPS.quantise),
    gemmCycles(rows, features, hidden),
    vectorCycles(rows * hidden, LANE_OPS.requantise),
    gemmCycles(rows, hidden, classes),
    vectorCycles(rows * classes, LANE_OPS.rescale),
    vectorCycles(rows * classes, LANE_OPS.argmax),
  ]);
}

/** A float prediction streams its rows through the array in blocks of this many. */
export const FLOAT_BLOCK_ROWS = 256;

/** Counted cycles of a float prediction. */
export function predictFloatCycles({ features, hidden, classes }: MlpShape, rows: number): HpuCycles {
  const block = (count: number): bigint =>
    sumCycles([
      vectorCycles(count * features, LANE_OPS.standardise),
      floatGemmCycles(count, features, hidden),
      vectorCycles(count * hidden, LANE_OPS.addBiasRelu),
      floatGemmCycles(count, hidden, classes),
      vectorCycles(count * classes, LANE_OPS.addBias),
      vectorCycles(count * classes, LANE_OPS.argmax),
    ]);
  return hpuCycles(
    BigInt(Math.floor(rows / FLOAT_BLOCK_ROWS)) * block(FLOAT_BLOCK_ROWS) + block(rows % FLOAT_BLOCK_ROWS),
  );
}

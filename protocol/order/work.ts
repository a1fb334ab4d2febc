/**
 * What an order asks for, as the rules see it: shapes and counts, never rows. The price is a function of these alone, so a
 * quote needs no key; the data stay in the sealed envelope.
 */
import { bytes32, type Decoded, encode, struct, u16, u32, u64, union } from '../codec.ts';
import { predictCycles, trainCycles } from '../cycles.ts';
import { fail, ok, type Result } from '../errors.ts';
import { validateMlpSpec } from '../mlp.ts';
import { type HpuCycles, hpuCycles } from '../units.ts';

const trainWork = struct({
  rows: u32,
  features: u16,
  hidden: u16,
  classes: u16,
  epochs: u16,
  batch: u16,
  seed: u64,
});
const predictWork = struct({
  rows: u32,
  /** The id of the train order whose result is the model. */
  model: bytes32,
});

export const workCodec = union({ train: trainWork, predict: predictWork });
export type Work = Decoded<typeof workCodec>;
export type TrainWork = Extract<Work, { kind: 'train' }>;
export type PredictWork = Extract<Work, { kind: 'predict' }>;
export const encodeWork = (work: Work): Uint8Array => encode(workCodec, work);

/** rows x features of a training set: 16 MiB of f32 in a 128 MB isolate that also holds its ciphertext and its text. */
export const TRAIN_CELLS_MAX = 1 << 22;
/** Intermediate products of a prediction, which its checker reads: one value of a Durable Object, 2 MB, with room for a header. */
const TRACE_BYTES_MAX = 1_900_000;
/** Rows of one predict order: results stay under 2 MB, a value in D1. */
export const PREDICT_ROWS_MAX = 16_384;
export const HIDDEN_MAX = 1024;
/** Weights of one network: its training state (weights and momentum, f32) stays under 2 MB, a value in a Durable Object. */
export const PARAMETERS_MAX = 1 << 17;
/** Labels travel as one byte. */
export const CLASSES_MAX = 256;
export const EPOCHS_MAX = 1000;
export const BATCH_MAX = 1024;
/** About an hour of the software HPU at 20 M cycles a second: keeps one order from holding a queue for ever. */
export const WORK_CYCLES_MAX = 1n << 36n;

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;

function trainFault(work: TrainWork): string | undefined {
  if (!within(work.rows, 2, TRAIN_CELLS_MAX)) return 'rows';
  if (!within(work.features, 1, 4096)) return 'features';
  if (!within(work.hidden, 1, HIDDEN_MAX)) return 'hidden';
  if (!within(work.classes, 2, CLASSES_MAX)) return 'classes';
  if (!within(work.epochs, 1, EPOCHS_MAX)) return 'epochs';
  if (!within(work.batch, 1, BATCH_MAX)) return 'batch';
  return undefined;
}

/**
 * The quote and the bill of a work: one number from the published table. `model` is the train work behind a predict order.
 */
export function workCycles(work: Work, model?: TrainWork): Result<HpuCycles> {
  if (work.kind === 'train') {
    const fault = trainFault(work);
    if (fault) return fail('work_invalid', `${fault} out of range`, fault);
    if (work.rows * work.features > TRAIN_CELLS_MAX)
      return fail('work_too_large', `${work.rows * work.features} cells`);
    const parameters = work.hidden * (work.features + work.classes + 1) + work.classes;
    if (parameters > PARAMETERS_MAX) return fail('work_too_large', `${parameters} parameters`);
    const beyond = validateMlpSpec(work);
    if (beyond) return fail('work_too_large', beyond);
    return bounded(trainCycles(work));
  }
  if (!within(work.rows, 1, PREDICT_ROWS_MAX)) return fail('work_invalid', 'rows out of range', 'rows');
  if (!model) return fail('unknown_model');
  const traceBytes = work.rows * (model.features + 5 * model.hidden + 4 * model.classes);
  if (traceBytes > TRACE_BYTES_MAX) return fail('work_too_large', `a trace of ${traceBytes} bytes`, 'rows');
  return bounded(predictCycles(model, work.rows));
}

function bounded(cycles: bigint): Result<HpuCycles> {
  return cycles <= WORK_CYCLES_MAX ? ok(hpuCycles(cycles)) : fail('work_too_large', `${cycles} cycles`);
}

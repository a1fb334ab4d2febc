/**
 * What an order asks for, as the rules see it: shapes and counts, never rows. The price is a function of these alone, so a
 * quote needs no key; the data stay in the sealed envelope.
 */
import { bytes32, type Decoded, struct, u16, u32, u64, union } from '../codec.ts';
import { predictCycles, trainCycles } from '../cycles.ts';
import { fail, ok, type Result } from '../errors.ts';
import { MLP_LIMITS, validateMlpSpec } from '../mlp.ts';
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

/** Intermediate products of a prediction, which its checker reads: one value of a Durable Object, 2 MB, with room for a header. */
const TRACE_BYTES_MAX = 1_900_000;
/** Rows of one predict order: results stay under 2 MB, a value in D1. */
export const PREDICT_ROWS_MAX = 16_384;
/** About an hour of the software HPU at 20 M cycles a second: keeps one order from holding a queue for ever. */
export const WORK_CYCLES_MAX = 1n << 36n;

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;

/** A single count that is out of its range; what is too much in combination, `validateMlpSpec` says. */
function trainFault(work: TrainWork): string | undefined {
  if (work.rows < 2) return 'rows';
  if (!within(work.features, 1, MLP_LIMITS.featuresMax)) return 'features';
  if (!within(work.hidden, 1, MLP_LIMITS.hiddenMax)) return 'hidden';
  if (!within(work.classes, 2, MLP_LIMITS.classesMax)) return 'classes';
  if (!within(work.epochs, 1, MLP_LIMITS.epochsMax)) return 'epochs';
  if (!within(work.batch, 1, MLP_LIMITS.batchMax)) return 'batch';
  return undefined;
}

/**
 * The quote and the bill of a work: one number from the published table. `model` is the train work behind a predict order.
 */
export function workCycles(work: Work, model?: TrainWork): Result<HpuCycles> {
  if (work.kind === 'train') {
    const fault = trainFault(work);
    if (fault) return fail('work_invalid', `${fault} out of range`, fault);
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

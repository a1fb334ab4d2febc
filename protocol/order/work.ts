/**
 * What an order asks for, as the rules see it: shapes and counts, never rows. The price is a function of these alone, so a
 * quote needs no key; the data stay in the sealed envelope.
 */
import { bytes32, type Decoded, struct, u16, u32, u64, union } from '../codec.ts';
import { predictCycles, trainCycles } from '../cycles.ts';
import type { Result } from '../errors.ts';
import { countOutOfRange, MLP_RANGES, validateMlpSpec } from '../mlp.ts';
import { fail, ok } from '../result.ts';
import { type HpuCycles, hpuCycles } from '../units.ts';
import { TILES_MAX } from './sealed.ts';
import { TILE_ROWS_MAX, tilePlan } from './tiles.ts';

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

/** Rows of one predict order, whatever its shape; wide rows and wide models take fewer a tile. */
export const PREDICT_ROWS_MAX = TILES_MAX * TILE_ROWS_MAX;
/** About an hour of the software HPU at 20 M cycles a second: keeps one order from holding a queue for ever. */
export const WORK_CYCLES_MAX = 1n << 36n;

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;

/** A single count that is out of its range; too many rows, and what is too much in combination, `validateMlpSpec` says. */
function trainFault(work: TrainWork): string | undefined {
  if (work.rows < MLP_RANGES.rows[0]) return 'rows';
  return countOutOfRange(work, ['features', 'hidden', 'classes', 'epochs', 'batch']);
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
  const tiles = tilePlan(model, work.rows)?.tiles ?? 1;
  if (tiles > TILES_MAX) return fail('work_too_large', `${tiles} tiles`, 'rows');
  return bounded(predictCycles(model, work.rows));
}

function bounded(cycles: bigint): Result<HpuCycles> {
  return cycles <= WORK_CYCLES_MAX ? ok(hpuCycles(cycles)) : fail('work_too_large', `${cycles} cycles`);
}

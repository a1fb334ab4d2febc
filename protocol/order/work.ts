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
import {
  hasTooManyCells,
  predictTableCycles,
  predictTableRowsMax,
  predictTableWork,
  searchFault,
  searchWork,
} from './search-work.ts';
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

/** The number of a kind is its place, for ever: new ones go to the end. */
export const workCodec = union({
  train: trainWork,
  predict: predictWork,
  search: searchWork,
  predictTable: predictTableWork,
});
export type Work = Decoded<typeof workCodec>;
export type TrainWork = Extract<Work, { kind: 'train' }>;
export type SearchWork = Extract<Work, { kind: 'search' }>;
/** Work whose result is a model. */
export type ModelWork = TrainWork | SearchWork;
export type PredictingWork = Extract<Work, { kind: 'predict' | 'predictTable' }>;

export const isPredicting = (work: Work): work is PredictingWork =>
  work.kind === 'predict' || work.kind === 'predictTable';

/** The kind of work that makes models for this one. */
export const modelKindOf = ({ kind }: PredictingWork): ModelWork['kind'] => (kind === 'predict' ? 'train' : 'search');

/** Leaves under the result root: the rows of a prediction, or one model. */
export const resultsOf = (work: Work): number => (isPredicting(work) ? work.rows : 1);

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
 * The quote of a work: one number from the published table, or the bound of metered work. `model`: the work that made the model of
 * a prediction.
 */
export function workCycles(work: Work, model?: ModelWork): Result<HpuCycles> {
  if (work.kind === 'search') return searchCycles(work);
  if (work.kind === 'predictTable') return tableCycles(work, model);
  if (work.kind === 'train') {
    const fault = trainFault(work);
    if (fault) return fail('work_invalid', `${fault} out of range`, fault);
    const beyond = validateMlpSpec(work);
    if (beyond) return fail('work_too_large', beyond);
    return bounded(trainCycles(work));
  }
  if (!within(work.rows, 1, PREDICT_ROWS_MAX)) return fail('work_invalid', 'rows out of range', 'rows');
  if (model?.kind !== 'train') return fail('unknown_model');
  const tiles = tilePlan(model, work.rows)?.tiles ?? 1;
  if (tiles > TILES_MAX) return fail('work_too_large', `${tiles} tiles`, 'rows');
  return bounded(predictCycles(model, work.rows));
}

function searchCycles(work: SearchWork): Result<HpuCycles> {
  const fault = searchFault(work);
  if (fault) return fail('work_invalid', `${fault} out of range`, fault);
  if (hasTooManyCells(work)) return fail('work_too_large', `${work.rows} x ${work.columns} cells`);
  return bounded(work.budget);
}

function tableCycles(work: Extract<Work, { kind: 'predictTable' }>, model: ModelWork | undefined): Result<HpuCycles> {
  if (work.rows < 1) return fail('work_invalid', 'rows out of range', 'rows');
  if (model?.kind !== 'search') return fail('unknown_model');
  const most = predictTableRowsMax(model);
  if (work.rows > most) return fail('work_too_large', `more than ${most} rows`, 'rows');
  return bounded(predictTableCycles(work.rows, model));
}

function bounded(cycles: bigint): Result<HpuCycles> {
  return cycles <= WORK_CYCLES_MAX ? ok(hpuCycles(cycles)) : fail('work_too_large', `${cycles} cycles`);
}

/**
 * The shape of a search for a model over a typed table, and of a prediction by the bundle that it ends with. Both are metered: what
 * they will take shows only while they run, so the quote is a bound and the bill what was counted (order/bill.ts).
 */
import { bool, bytes32, type Decoded, struct, u8, u16, u32, u64, u64As } from '../codec.ts';
import { TABLE_LIMITS } from '../table-limits.ts';
import type { HpuCycles } from '../units.ts';

export const searchWork = struct({
  rows: u32,
  /** Of a row, without the target; samples of an image. */
  columns: u32,
  /** 0 where the target is a value, or nothing. */
  classes: u16,
  images: bool,
  /** At most. */
  trials: u16,
  /** Of cross-validation. */
  folds: u8,
  /** Cycles at most, over all jobs: the quote. */
  budget: u64As<HpuCycles>(),
  /** Cycles at most that the resulting model may take to predict a row. */
  rowCycles: u32,
  seed: u64,
});
export type SearchFields = Decoded<typeof searchWork>;

export const predictTableWork = struct({
  rows: u32,
  /** The id of the search whose result is the model. */
  model: bytes32,
});
export type PredictTableFields = Decoded<typeof predictTableWork>;

/** One row can't be both learned from and scored. */
export const LEARNED_ROWS_MIN = 2;
/** In cycles: with less the search's planner plans nothing at all, however small the table. */
export const SEARCH_BUDGET_MIN = 12_500n;

export const SEARCH_RANGES = {
  rows: [LEARNED_ROWS_MIN, TABLE_LIMITS.rowsMax],
  trials: [1, 256],
  folds: [2, 10],
  rowCycles: [1, 0xffff_ffff],
} as const;

/** Rows of one prediction: they travel in the sealed envelope, and the result is one stored value. */
const TABLE_ROWS_MAX = 16_384;
const RESULT_BYTES_MAX = 1_900_000;
/** Of a row: a label and a probability a class, or an f64 value (ml/bundle/prediction.ts). */
const resultRowBytes = ({ classes }: Pick<SearchFields, 'classes'>): number => (classes > 0 ? 4 + 4 * classes : 8);

const within = (value: number, [min, max]: readonly [number, number]): boolean => value >= min && value <= max;

/** A field that is out of its range. */
export function searchFault(work: SearchFields): string | undefined {
  for (const name of ['rows', 'trials', 'folds', 'rowCycles'] as const) {
    if (!within(work[name], SEARCH_RANGES[name])) return name;
  }
  const columns = work.images ? TABLE_LIMITS.samplesMax : TABLE_LIMITS.columnsMax;
  if (!within(work.columns, [1, columns])) return 'columns';
  if (work.classes !== 0 && !within(work.classes, [2, TABLE_LIMITS.classesMax])) return 'classes';
  return work.budget >= SEARCH_BUDGET_MIN ? undefined : 'budget';
}

/** Cells that the network does not take in one table. */
export const hasTooManyCells = ({ rows, columns, images }: SearchFields): boolean =>
  rows * columns > (images ? TABLE_LIMITS.samplesMax : TABLE_LIMITS.cellsMax);

/** As many rows as one order may predict by a model of this search. */
export const predictTableRowsMax = (model: Pick<SearchFields, 'classes'>): number =>
  Math.min(TABLE_ROWS_MAX, Math.floor(RESULT_BYTES_MAX / resultRowBytes(model)));

/** The quote: no bundle takes more a row than its search was told, and many rows at once never take more than one by one. */
export const predictTableCycles = (rows: number, { rowCycles }: Pick<SearchFields, 'rowCycles'>): bigint =>
  BigInt(rows) * BigInt(rowCycles);

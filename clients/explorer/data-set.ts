/** A CSV becomes a data set here, in the browser: parsed, and split before anything leaves. The held-out labels never do. */

import { parseCsv, type Table } from '../../ml/dataset/csv.ts';
import { splitByRowHash } from '../../ml/dataset/split.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { SEALED_BYTES_MAX } from '../../protocol/order/sealed.ts';
import { ONE_PIECE_ROWS_MAX } from '../../protocol/order/tiles.ts';

export const HELD_OUT_PERCENT = 20;
/** The text of the largest table that an order takes, generously. */
export const CSV_BYTES_MAX = 32 << 20;
/** Of an envelope's payload, beside the rows: keys, lengths, tag. */
const PAYLOAD_OVERHEAD_BYTES = 256;

export interface DataSet {
  readonly name: string;
  readonly isSample: boolean;
  readonly table: Table;
  readonly train: Table;
  /** At most what one predict order carries. */
  readonly heldOut: Table;
}

/** The first rows of a table. */
function firstRows(table: Table, rows: number): Table {
  if (rows >= table.rows) return table;
  return { ...table, rows, x: table.x.slice(0, rows * table.features), y: table.y.slice(0, rows) };
}

function rowsThatTravel(features: number): number {
  return Math.min(ONE_PIECE_ROWS_MAX, Math.floor((SEALED_BYTES_MAX - PAYLOAD_OVERHEAD_BYTES) / (features * 4)));
}

export function dataSetOf(name: string, text: string, isSample = false): Result<DataSet> {
  const parsed = parseCsv(text);
  if (!parsed.ok) return parsed;
  const table = parsed.value;
  // A training needs two rows, and something has to be left to predict.
  if (table.rows < 3) return fail('no_rows', `${table.rows} rows can't be split into a training and a held-out part`);
  const { train, heldOut } = splitByRowHash(table, HELD_OUT_PERCENT);
  return ok({ name, isSample, table, train, heldOut: firstRows(heldOut, rowsThatTravel(table.features)) });
}

export async function dataSetOfFile(file: File): Promise<Result<DataSet>> {
  if (file.size > CSV_BYTES_MAX) return fail('too_many_cells', `${file.size} bytes, at most ${CSV_BYTES_MAX}`);
  return dataSetOf(file.name, await file.text());
}

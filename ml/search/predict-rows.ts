/** Predictions by one fitted model, some thousand rows at a time: what is held in memory stays small. */
import type { Encoder } from '../features/encoder.ts';
import type { Meter } from '../meter.ts';
import type { Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import type { Predictor } from '../trainers/trainer.ts';

/** A price: blocks are metered one by one. */
export const PREDICT_BLOCK_ROWS = 2048;

/** Row-major, rows x outputs, in the order of `rows`. */
export function predictRows(
  kernels: TrainerKernels,
  { encoder, predictor }: { readonly encoder: Encoder; readonly predictor: Predictor },
  table: Table,
  rows: Int32Array,
  meter: Meter,
): Float64Array {
  const { outputs } = predictor;
  const predicted = new Float64Array(rows.length * outputs);
  for (let from = 0; from < rows.length; from += PREDICT_BLOCK_ROWS) {
    const block = encoder.transform(table, rows.subarray(from, from + PREDICT_BLOCK_ROWS), meter);
    predicted.set(predictor.predict(kernels, block, meter), from * outputs);
  }
  return predicted;
}

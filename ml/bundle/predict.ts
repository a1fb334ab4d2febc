/** Predicting by a bundle: the members' predictions, weighted. */
import { Meter } from '../meter.ts';
import { balancedProbabilities } from '../metrics/balance.ts';
import { labelsOf } from '../metrics/classes.ts';
import { PREDICT_BLOCK_ROWS } from '../search/predict-rows.ts';
import { WEIGHT_UNIT } from '../search/selection.ts';
import type { Schema, Table } from '../table/table.ts';
import type { TrainerKernels } from '../trainers/kernels.ts';
import type { Matrix } from '../trainers/trainer.ts';
import type { Bundle, BundleMember } from './bundle.ts';
import type { Prediction } from './prediction.ts';

/** What predicting reads of a bundle. */
export type Predicting = Pick<Bundle, 'members' | 'classes' | 'classWeights'>;

/** Weighted sum of the members over some rows, in f64: rows x outputs. Members that share an encoder share what it makes. */
function weighted(
  kernels: TrainerKernels,
  { members, classWeights }: Predicting,
  table: Table,
  rows: Int32Array,
  meter: Meter,
): Float64Array {
  const made = new Map<BundleMember['encoder'], Matrix>();
  let sum = new Float64Array(0);
  for (const { encoder, predictor, weight } of members) {
    const input = made.get(encoder) ?? encoder.transform(table, rows, meter);
    made.set(encoder, input);
    const predicted = predictor.predict(kernels, input, meter);
    if (sum.length === 0) sum = new Float64Array(predicted.length);
    for (let i = 0; i < sum.length; i++)
      sum[i] = (sum[i] as number) + (weight / WEIGHT_UNIT) * (predicted[i] as number);
    meter.vector(predicted.length, 'floatElement', 'floatElement');
  }
  if (classWeights.length === 0) return sum;
  meter.vector(sum.length, 'floatElement', 'floatElement', 'floatElement');
  return balancedProbabilities(sum, Float64Array.from(classWeights));
}

/**
 * Any model that decodes gives a prediction: who computes it did not choose the model. Finite weights can sum up beyond what a number
 * holds, and that is the nearest one; of no sense at all is only what nobody fitted, and that is 0.
 */
const bounded = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));

/**
 * Predicts all rows of a table that has the bundle's schema (its target is not looked at). Probabilities are rounded to f32 once;
 * values stay f64, as targets are. The label is the first of the most probable classes.
 */
export function predictBundle(
  kernels: TrainerKernels,
  bundle: Predicting,
  table: Table,
  meter = new Meter(),
): Prediction {
  const outputs = Math.max(1, bundle.classes.length);
  const stored = bundle.classes.length > 0 ? Math.fround : (value: number): number => value;
  const values = new Float64Array(table.rows * outputs);
  for (let from = 0; from < table.rows; from += PREDICT_BLOCK_ROWS) {
    const count = Math.min(PREDICT_BLOCK_ROWS, table.rows - from);
    const rows = Int32Array.from({ length: count }, (_, i) => from + i);
    // `+ 0` after the rounding, which turns small negatives into a zero: there is one.
    values.set(
      weighted(kernels, bundle, table, rows, meter).map((value) => stored(bounded(value)) + 0),
      from * outputs,
    );
  }
  const classes = bundle.classes.length;
  if (classes > 0) meter.vector(values.length, 'argmax');
  return { rows: table.rows, classes, labels: classes > 0 ? labelsOf(values, classes) : new Uint16Array(0), values };
}

/** A table of one row with nothing in it. */
function emptyRow(schema: Schema): Table {
  if (schema.kind === 'images') {
    const { height, width, channels } = schema;
    const pixels = new Uint8Array(height * width * channels);
    return { rows: 1, features: { kind: 'images', height, width, channels, pixels }, target: { kind: 'none' } };
  }
  const columns = schema.columns.map((column) => {
    if (column.kind === 'category') return { ...column, codes: Int32Array.of(-1) };
    if (column.kind === 'date') return { kind: column.kind, name: column.name, days: Float64Array.of(Number.NaN) };
    return { kind: column.kind, name: column.name, values: Float32Array.of(Number.NaN) };
  });
  return { rows: 1, features: { kind: 'columns', columns }, target: { kind: 'none' } };
}

/**
 * HPU cycles of predicting a single row. They do not depend on what is in it, and more rows at once never cost more than as many
 * single ones: rows times this is a bound of any prediction's bill.
 */
export function bundleRowCycles(kernels: TrainerKernels, bundle: Predicting & Pick<Bundle, 'schema'>): bigint {
  const meter = new Meter();
  predictBundle(kernels, bundle, emptyRow(bundle.schema), meter);
  return meter.cycles;
}

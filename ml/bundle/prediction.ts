/**
 * What predicting by a bundle gives, as canonical little-endian bytes: "HPB1", u32 rows, u32 classes (0 for values), then for each
 * row its u16 label and its f32 probabilities, or its f64 value.
 */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { labelsOf } from '../metrics/classes.ts';

/**
 * Labels are class indices, a row each; empty for values. `values`: row-major rows x classes probabilities, which are f32 numbers, or
 * a value a row.
 */
export interface Prediction {
  readonly rows: number;
  readonly classes: number;
  readonly labels: Uint16Array;
  readonly values: Float64Array;
}

const MAGIC = 'HPB1';
const HEADER_BYTES = 12;

const rowBytes = (classes: number): number => (classes > 0 ? 2 + 4 * classes : 8);

const labelBytes = (label: number | undefined): Uint8Array =>
  label === undefined ? new Uint8Array(0) : Uint8Array.of(label & 0xff, label >> 8);

/** One leaf a row of the result's commitment: the row's part of the bytes. */
export function predictionLeaves({ rows, classes, labels, values }: Prediction): Uint8Array[] {
  const outputs = Math.max(1, classes);
  return Array.from({ length: rows }, (_, row) =>
    new ByteWriter(rowBytes(classes))
      .bytes(labelBytes(classes > 0 ? labels[row] : undefined))
      .bytes(outputBytes(values.subarray(row * outputs, (row + 1) * outputs), classes))
      .finish(),
  );
}

function outputBytes(own: Float64Array, classes: number): Uint8Array {
  const writer = new ByteWriter(own.length * (classes > 0 ? 4 : 8));
  return (classes > 0 ? writer.f32s(Float32Array.from(own)) : writer.f64s(own)).finish();
}

export function encodePrediction(prediction: Prediction): Uint8Array {
  const { rows, classes } = prediction;
  const writer = new ByteWriter(HEADER_BYTES + rows * rowBytes(classes)).magic(MAGIC).u32(rows, classes);
  for (const leaf of predictionLeaves(prediction)) writer.bytes(leaf);
  return writer.finish();
}

/** The prediction of as many rows and classes as the order fixes. */
export function decodePrediction(bytes: Uint8Array, rows: number, classes: number): Result<Prediction> {
  const reader = new ByteReader(bytes);
  if (bytes.length !== HEADER_BYTES + rows * rowBytes(classes)) {
    return fail('result_mismatch', `a prediction of ${bytes.length} bytes`);
  }
  if (reader.magic() !== MAGIC || reader.u32() !== rows || reader.u32() !== classes) {
    return fail('result_mismatch', `not a prediction of ${rows} rows in ${classes} classes`);
  }
  const outputs = Math.max(1, classes);
  const labels = new Uint16Array(classes > 0 ? rows : 0);
  const values = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    if (classes > 0) {
      const [low = 0, high = 0] = reader.bytes(2);
      labels[row] = low | (high << 8);
    }
    values.set(classes > 0 ? reader.f32s(outputs) : reader.f64s(1), row * outputs);
  }
  if (!values.every((value) => Number.isFinite(value) && !Object.is(value, -0))) {
    return fail('result_mismatch', 'a value is not finite, or a negative zero');
  }
  if (classes > 0 && labelsOf(values, classes).some((label, row) => label !== labels[row])) {
    return fail('result_mismatch', 'a label is not the most probable class');
  }
  return ok({ rows, classes, labels, values });
}

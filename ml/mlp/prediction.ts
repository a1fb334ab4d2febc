/**
 * What a predict order leaves, as canonical little-endian bytes. The result goes to the demander, the trace to the checker:
 *
 *   "HPR1", u32 rows, classes, u8 labels[rows], i32 logits[rows * classes]
 *   "HPT1", u32 rows, features, hidden, classes, i8 a0[rows * features], i32 c1[rows * hidden], i8 a1[rows * hidden],
 *           i32 c2[rows * classes]
 */
import type { MlpShape } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';

/** Labels are class indices; logits are in the model's logitScale, row-major rows x classes. */
export type Prediction = { readonly labels: Uint8Array; readonly logits: Int32Array };

/** Quantised inputs, first accumulators, hidden activations, second accumulators. */
export type Trace = {
  readonly a0: Int8Array;
  readonly c1: Int32Array;
  readonly a1: Int8Array;
  readonly c2: Int32Array;
};

const RESULT_MAGIC = 'HPR1';
const TRACE_MAGIC = 'HPT1';
/** Of a result: magic, rows, classes. */
const HEADER_BYTES = 12;

function expectHeader(reader: ByteReader, magic: string, ...sizes: number[]): boolean {
  return (
    reader.left >= 4 + 4 * sizes.length && reader.magic() === magic && sizes.every((size) => reader.u32() === size)
  );
}

export function encodePrediction({ labels, logits }: Prediction, classes: number): Uint8Array {
  return new ByteWriter(HEADER_BYTES + labels.length + logits.length * 4)
    .magic(RESULT_MAGIC)
    .u32(labels.length, classes)
    .bytes(labels)
    .i32s(logits)
    .finish();
}

/** The result for rows and classes that the order fixes. */
export function decodePrediction(bytes: Uint8Array, rows: number, classes: number): Result<Prediction> {
  const reader = new ByteReader(bytes);
  if (!expectHeader(reader, RESULT_MAGIC, rows, classes)) return fail('result_mismatch', 'not a result of this shape');
  if (reader.left !== rows + rows * classes * 4) return fail('result_mismatch', `result of ${bytes.length} bytes`);
  const labels = reader.bytes(rows);
  if (labels.some((label) => label >= classes)) return fail('result_mismatch', 'a label is beyond the classes');
  return ok({ labels, logits: reader.i32s(rows * classes) });
}

/** The result of all rows from those of consecutive tiles, byte for byte as one piece would have given it. */
export function joinPredictions(tiles: readonly Uint8Array[], classes: number): Result<Uint8Array> {
  const parts: Prediction[] = [];
  for (const tile of tiles) {
    const rows = rowsIn(tile, classes);
    const part = rows === undefined ? undefined : decodePrediction(tile, rows, classes);
    if (!part?.ok) return part ?? fail('result_mismatch', 'not a result of these classes');
    parts.push(part.value);
  }
  const rows = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const joined = { labels: new Uint8Array(rows), logits: new Int32Array(rows * classes) };
  let row = 0;
  for (const { labels, logits } of parts) {
    joined.labels.set(labels, row);
    joined.logits.set(logits, row * classes);
    row += labels.length;
  }
  return ok(encodePrediction(joined, classes));
}

/** As many as the length holds; undefined when it is of none. `decodePrediction` holds the header against it. */
function rowsIn(bytes: Uint8Array, classes: number): number | undefined {
  const rows = (bytes.length - HEADER_BYTES) / (1 + classes * 4);
  return Number.isInteger(rows) && rows > 0 ? rows : undefined;
}

export function encodeTrace({ a0, c1, a1, c2 }: Trace, { features, hidden, classes }: MlpShape): Uint8Array {
  return new ByteWriter(20 + a0.length + c1.length * 4 + a1.length + c2.length * 4)
    .magic(TRACE_MAGIC)
    .u32(a0.length / features, features, hidden, classes)
    .bytes(a0)
    .i32s(c1)
    .bytes(a1)
    .i32s(c2)
    .finish();
}

/** The trace of `rows` rows through a model of this shape. */
export function decodeTrace(bytes: Uint8Array, rows: number, shape: MlpShape): Result<Trace> {
  const { features, hidden, classes } = shape;
  const reader = new ByteReader(bytes);
  if (!expectHeader(reader, TRACE_MAGIC, rows, features, hidden, classes)) {
    return fail('result_mismatch', 'not a trace of this shape');
  }
  const length = rows * (features + hidden * 5 + classes * 4);
  if (reader.left !== length) return fail('result_mismatch', `trace of ${bytes.length} bytes`);
  const a0 = reader.i8s(rows * features);
  const c1 = reader.i32s(rows * hidden);
  return ok({ a0, c1, a1: reader.i8s(rows * hidden), c2: reader.i32s(rows * classes) });
}

/** One leaf a row of the result's commitment: the label byte, then the row's logits, i32 little-endian. */
export function predictionLeaves({ labels, logits }: Prediction, classes: number): Uint8Array[] {
  return Array.from(labels, (label, row) =>
    new ByteWriter(1 + classes * 4)
      .bytes(new Uint8Array([label]))
      .i32s(logits.subarray(row * classes, (row + 1) * classes))
      .finish(),
  );
}

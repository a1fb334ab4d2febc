/**
 * Sizes of unlabelled rows as canonical bytes: "HRW1", u32 rows, u32 features, f32 x[rows * features], little-endian. What the
 * cells hold is for ml/dataset/rows.ts, which encodes and decodes them; where one row ends is known here.
 */

const MAGIC_BYTES = 4;
const HEADER_BYTES = MAGIC_BYTES + 4 + 4;
const CELL_BYTES = 4;

export const rowsBytes = (rows: number, features: number): number => HEADER_BYTES + rows * features * CELL_BYTES;

/** Canonical bytes of the rows from `from` up to `to`, which is not one of them. Throws RangeError where there are none. */
export function cutRows(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (bytes.length < HEADER_BYTES) throw new RangeError(`rows of ${bytes.length} bytes`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const rows = header.getUint32(MAGIC_BYTES, true);
  const features = header.getUint32(MAGIC_BYTES + 4, true);
  if (bytes.length !== rowsBytes(rows, features)) throw new RangeError(`${rows} rows in ${bytes.length} bytes`);
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from >= to || to > rows) {
    throw new RangeError(`rows ${from} to ${to} of ${rows}`);
  }
  const cut = new Uint8Array(rowsBytes(to - from, features));
  cut.set(bytes.subarray(0, HEADER_BYTES));
  new DataView(cut.buffer).setUint32(MAGIC_BYTES, to - from, true);
  cut.set(bytes.subarray(rowsBytes(from, features), rowsBytes(to, features)), HEADER_BYTES);
  return cut;
}

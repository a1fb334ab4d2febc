/**
 * Canonical bytes of rows, little-endian. A table: "HTB1", u32 rows, features, classes, f32 x[rows * features], u8 y[rows].
 * Unlabelled rows: "HRW1", u32 rows, features, f32 x. Every f32 is finite, every label below `classes`.
 */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { MLP_LIMITS } from '../../protocol/mlp.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';

/** Labelled rows: x row-major, y the class index of each row. */
export type TrainingSet = { readonly x: Float32Array; readonly y: Uint8Array };
export type EncodedTable = TrainingSet & { readonly rows: number; readonly features: number; readonly classes: number };
export type EncodedRows = { readonly rows: number; readonly features: number; readonly x: Float32Array };

const TABLE_MAGIC = 'HTB1';
const ROWS_MAGIC = 'HRW1';

function shapeFault(rows: number, features: number): string | undefined {
  if (!Number.isInteger(rows) || rows < 1 || rows > MLP_LIMITS.rowsMax) return `${rows} rows`;
  if (!Number.isInteger(features) || features < 1 || features > MLP_LIMITS.featuresMax) return `${features} features`;
  if (rows * features > MLP_LIMITS.cellsMax) return `${rows * features} cells`;
  return undefined;
}

function tableFault({ rows, features, classes, x, y }: EncodedTable): string | undefined {
  const shape = shapeFault(rows, features);
  if (shape !== undefined) return shape;
  if (!Number.isInteger(classes) || classes < 2 || classes > MLP_LIMITS.classesMax) return `${classes} classes`;
  if (x.length !== rows * features || y.length !== rows) return 'lengths do not fit the shape';
  if (!x.every(Number.isFinite)) return 'a cell is not finite';
  if (!y.every((label) => label < classes)) return 'a label is beyond the classes';
  return undefined;
}

/** Throws when the table breaks its own shape: it comes from parseCsv or decodeTable. */
export function encodeTable(table: EncodedTable): Uint8Array {
  const fault = tableFault(table);
  if (fault !== undefined) throw new RangeError(fault);
  return new ByteWriter(16 + table.x.length * 4 + table.y.length)
    .magic(TABLE_MAGIC)
    .u32(table.rows, table.features, table.classes)
    .f32s(table.x)
    .bytes(table.y)
    .finish();
}

export function decodeTable(bytes: Uint8Array): Result<EncodedTable> {
  const reader = new ByteReader(bytes);
  if (bytes.length < 16 || reader.magic() !== TABLE_MAGIC) return fail('dataset_malformed', 'not a table');
  const [rows, features, classes] = [reader.u32(), reader.u32(), reader.u32()];
  const fault = shapeFault(rows, features);
  if (fault !== undefined) return fail('dataset_malformed', fault);
  if (reader.left !== rows * features * 4 + rows) return fail('dataset_malformed', `${bytes.length} bytes`);
  const table = { rows, features, classes, x: reader.f32s(rows * features), y: reader.bytes(rows) };
  const content = tableFault(table);
  return content === undefined ? ok(table) : fail('dataset_malformed', content);
}

/** Throws when the rows break their own shape. */
export function encodeRows({ rows, features, x }: EncodedRows): Uint8Array {
  const fault = shapeFault(rows, features);
  if (fault !== undefined) throw new RangeError(fault);
  if (x.length !== rows * features) throw new RangeError('lengths do not fit the shape');
  if (!x.every(Number.isFinite)) throw new RangeError('a cell is not finite');
  return new ByteWriter(12 + x.length * 4).magic(ROWS_MAGIC).u32(rows, features).f32s(x).finish();
}

export function decodeRows(bytes: Uint8Array): Result<EncodedRows> {
  const reader = new ByteReader(bytes);
  if (bytes.length < 12 || reader.magic() !== ROWS_MAGIC) return fail('dataset_malformed', 'not rows');
  const [rows, features] = [reader.u32(), reader.u32()];
  const fault = shapeFault(rows, features);
  if (fault !== undefined) return fail('dataset_malformed', fault);
  if (reader.left !== rows * features * 4) return fail('dataset_malformed', `${bytes.length} bytes`);
  const x = reader.f32s(rows * features);
  return x.every(Number.isFinite) ? ok({ rows, features, x }) : fail('dataset_malformed', 'a cell is not finite');
}

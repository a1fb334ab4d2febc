/**
 * Canonical bytes of a typed table, little-endian: one encoding for one table, so its hash names it.
 *
 * text     u32 length, UTF-8
 * texts    u32 count, text each
 * schema   "HSC1", u32 kind. 0, columns: u32 count; of each u32 kind (0 number, 1 category, 2 date), text name, texts categories of a
 *          category. 1, images: u32 height, width, channels
 * table    "HTB2", u32 rows, schema, u32 target kind (0 none; 1 classes: text name, texts classes; 2 values: text name), then the
 *          features column by column: f32 of a number, u16 code of a category (0xffff missing), f64 days of a date; or all pixels;
 *          then u16 labels or f64 values
 *
 * A missing number is the quiet NaN 0x7fc00000, a missing date 0x7ff8000000000000; there is no other NaN and no -0.
 */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../protocol/table-limits.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { codesOf, datesOf, floatsOf, putCodes, putDates, putFloats } from './cells.ts';
import { schemaFault, shapeFault, tableFault, utf8 } from './fault.ts';
import { schemaOf } from './rows.ts';
import type { Column, Features, Schema, Table, Target } from './table.ts';

const TABLE_MAGIC = 'HTB2';
const SCHEMA_MAGIC = 'HSC1';
const COLUMN_KINDS = ['number', 'category', 'date'] as const;
const TARGET_KINDS = ['none', 'classes', 'values'] as const;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((sum, part) => sum + part.length, 0));
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}

const u32 = (...values: number[]): Uint8Array => new ByteWriter(4 * values.length).u32(...values).finish();
const magic = (text: string): Uint8Array => new ByteWriter(4).magic(text).finish();

function text(value: string): Uint8Array {
  const bytes = utf8.encode(value);
  return concat([u32(bytes.length), bytes]);
}

const texts = (values: readonly string[]): Uint8Array => concat([u32(values.length), ...values.map(text)]);

/** Throws for a value that is no schema. */
export function encodeSchema(schema: Schema): Uint8Array {
  const fault = schemaFault(schema);
  if (fault !== undefined) throw new RangeError(fault);
  if (schema.kind === 'images') {
    return concat([magic(SCHEMA_MAGIC), u32(1, schema.height, schema.width, schema.channels)]);
  }
  const columns = schema.columns.map((column) =>
    concat([
      u32(COLUMN_KINDS.indexOf(column.kind)),
      text(column.name),
      ...(column.kind === 'category' ? [texts(column.categories)] : []),
    ]),
  );
  return concat([magic(SCHEMA_MAGIC), u32(0, columns.length), ...columns]);
}

function encodeTargetHead(target: Target): Uint8Array {
  const kind = u32(TARGET_KINDS.indexOf(target.kind));
  if (target.kind === 'none') return kind;
  return concat([kind, text(target.name), ...(target.kind === 'classes' ? [texts(target.classes)] : [])]);
}

function encodeColumn(column: Column): Uint8Array {
  if (column.kind === 'number') return putFloats(column.values);
  return column.kind === 'date' ? putDates(column.days) : putCodes(column.codes);
}

function encodeTargetCells(target: Target): Uint8Array[] {
  if (target.kind === 'none') return [];
  return [target.kind === 'classes' ? putCodes(target.labels) : putDates(target.values)];
}

/** Throws for a value that is no table: it comes from a reader, or from decodeTypedTable. */
export function encodeTypedTable(table: Table): Uint8Array {
  const fault = tableFault(table);
  if (fault !== undefined) throw new RangeError(fault);
  const { rows, features, target } = table;
  const cells = features.kind === 'images' ? [features.pixels] : features.columns.map(encodeColumn);
  return concat([
    magic(TABLE_MAGIC),
    u32(rows),
    encodeSchema(schemaOf(table)),
    encodeTargetHead(target),
    ...cells,
    ...encodeTargetCells(target),
  ]);
}

/** Why bytes are refused: within this file only, and never for a fault of ours (those are RangeErrors). */
class Malformed extends Error {}

function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Malformed(reason);
}

/** As ByteReader, but the end of the bytes is an expected failure. */
class Input {
  readonly reader: ByteReader;
  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes);
  }

  bytes(count: number): Uint8Array {
    demand(count <= this.reader.left, 'the bytes end early');
    return this.reader.bytes(count);
  }

  magic(wanted: string, what: string): void {
    demand(this.reader.left >= 4 && this.reader.magic() === wanted, `not ${what}`);
  }

  u32(): number {
    demand(this.reader.left >= 4, 'the bytes end early');
    return this.reader.u32();
  }

  kind<T>(kinds: readonly T[]): T {
    const kind = kinds[this.u32()];
    demand(kind !== undefined, 'an unknown kind');
    return kind;
  }

  text(): string {
    const length = this.u32();
    demand(length <= TABLE_LIMITS.nameBytesMax, `a name of ${length} bytes`);
    try {
      return strictUtf8.decode(this.bytes(length));
    } catch (error) {
      if (error instanceof Malformed) throw error;
      throw new Malformed('a name that is not UTF-8');
    }
  }

  /** `least` bytes at least for each: a count beyond what is left is refused before anything is made. */
  list<T>(max: number, least: number, item: () => T): T[] {
    const count = this.u32();
    demand(count <= max && count * least <= this.reader.left, `${count} of at most ${max}`);
    return Array.from({ length: count }, item);
  }

  texts(max: number): string[] {
    return this.list(max, 4, () => this.text());
  }

  dates(count: number): Float64Array {
    const values = datesOf(this.bytes(8 * count));
    demand(values !== undefined, 'a number in another encoding');
    return values;
  }

  end(): void {
    demand(this.reader.left === 0, `${this.reader.left} bytes too many`);
  }
}

function readSchema(input: Input): Schema {
  input.magic(SCHEMA_MAGIC, 'a schema');
  if (input.kind(['columns', 'images'] as const) === 'images') {
    return { kind: 'images', height: input.u32(), width: input.u32(), channels: input.u32() };
  }
  const columns = input.list(TABLE_LIMITS.columnsMax, 8, () => {
    const kind = input.kind(COLUMN_KINDS);
    const name = input.text();
    if (kind !== 'category') return { kind, name };
    return { kind, name, categories: input.texts(TABLE_LIMITS.categoriesMax) };
  });
  return { kind: 'columns', columns };
}

function readTargetHead(input: Input): {
  readonly kind: (typeof TARGET_KINDS)[number];
  name: string;
  classes: string[];
} {
  const kind = input.kind(TARGET_KINDS);
  const name = kind === 'none' ? '' : input.text();
  return { kind, name, classes: kind === 'classes' ? input.texts(TABLE_LIMITS.classesMax) : [] };
}

function readFeatures(input: Input, rows: number, schema: Schema): Features {
  if (schema.kind === 'images') {
    return { ...schema, pixels: input.bytes(rows * schema.height * schema.width * schema.channels) };
  }
  const columns = schema.columns.map((column): Column => {
    const { kind, name } = column;
    if (kind === 'category') return { ...column, kind, codes: codesOf(input.bytes(2 * rows)) };
    if (kind === 'date') return { kind, name, days: input.dates(rows) };
    const values = floatsOf(input.bytes(4 * rows));
    demand(values !== undefined, `column ${name} has a number in another encoding`);
    return { kind, name, values };
  });
  return { kind: 'columns', columns };
}

function readTable(input: Input): Table {
  input.magic(TABLE_MAGIC, 'a typed table');
  const rows = input.u32();
  const schema = readSchema(input);
  const shape = schemaFault(schema) ?? shapeFault(rows, schema);
  demand(shape === undefined, shape ?? '');
  const { kind, name, classes } = readTargetHead(input);
  const features = readFeatures(input, rows, schema);
  if (kind === 'none') return { rows, features, target: { kind } };
  if (kind === 'values') {
    return { rows, features, target: { kind, name, values: input.dates(rows) } };
  }
  const labels = Uint16Array.from(codesOf(input.bytes(2 * rows)));
  return { rows, features, target: { kind, name, classes, labels } };
}

/** What `read` makes of all the bytes, if it is sound. Each step of `read` takes one encoding only, so no other bytes give it. */
function decode<T>(bytes: Uint8Array, read: (input: Input) => T, fault: (value: T) => string | undefined): Result<T> {
  try {
    const input = new Input(bytes);
    const value = read(input);
    input.end();
    const found = fault(value);
    return found === undefined ? ok(value) : fail('dataset_malformed', found);
  } catch (error) {
    if (error instanceof Malformed) return fail('dataset_malformed', error.message);
    throw error;
  }
}

/** dataset_malformed for anything that encodeSchema does not give. */
export function decodeSchema(bytes: Uint8Array): Result<Schema> {
  return decode(bytes, readSchema, schemaFault);
}

/** dataset_malformed for anything that encodeTypedTable does not give. */
export function decodeTypedTable(bytes: Uint8Array): Result<Table> {
  if (bytes.length > TABLE_LIMITS.bytesMax) return fail('dataset_malformed', `${bytes.length} bytes`);
  return decode(bytes, readTable, tableFault);
}

/**
 * Exact integers and bytes in SQLite, the same over D1 and node:sqlite. D1 binds a JavaScript number as REAL, refuses a bigint,
 * and reads an integer back as a double: so integers go in as `CAST(text AS INTEGER)`, or as an integer in JSON, and come out
 * as `CAST(x AS TEXT)`, here and nowhere else.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type Column, type SQL, sql } from 'drizzle-orm';
import { customType, type SQLiteTable } from 'drizzle-orm/sqlite-core';

/** SQLite's integers are int64; text beyond them would be clamped in silence. */
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

function exactText(value: bigint | number): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value.toString();
  const exact = BigInt(value);
  if (exact > INT64_MAX || exact < INT64_MIN) throw new RangeError(`not an int64: ${exact}`);
  return exact.toString();
}

/** An integer as an expression, for a place where no column gives its type. */
export const exactIn = (value: bigint | number): SQL => sql`CAST(${exactText(value)} AS INTEGER)`;

/** Select this, not the bare column. */
export const exactOut = (expression: Column | SQL): SQL<bigint> =>
  sql<bigint>`CAST(${expression} AS TEXT)`.mapWith((text: string) => BigInt(text));

/** For integers whose CHECK keeps them far below 2^53: positions, regions, types, counts. */
export const smallOut = (expression: Column | SQL): SQL<number> =>
  sql<number>`CAST(${expression} AS TEXT)`.mapWith((text: string) => Number(text));

function bareColumn(): never {
  throw new Error('an integer column was selected without exactOut');
}

/** The same, of a column that may be NULL. */
export const smallOrNullOut = (column: Column): SQL<number | null> => smallOut(column) as SQL<number | null>;

/** Money, heights, times: bigint. */
export const exactInteger = customType<{ data: bigint }>({
  dataType: () => 'integer',
  toDriver: exactIn,
  fromDriver: bareColumn,
});

/** Positions, regions, types: number. */
export const smallInteger = customType<{ data: number }>({
  dataType: () => 'integer',
  toDriver: exactIn,
  fromDriver: bareColumn,
});

/**
 * D1 takes a bound BLOB as JSON numbers, one a byte, each of them checked: the body of a large block costs it several times as much
 * so as in hex. Not above: D1 takes 2,000,000 characters in a parameter.
 */
const HEX_BYTES_MIN = 256;
export const HEX_BYTES_MAX = 900_000;
const isBetterAsHex = ({ length }: Uint8Array): boolean => length >= HEX_BYTES_MIN && length <= HEX_BYTES_MAX;

/** D1 answers a BLOB as an array of numbers, node:sqlite as a Uint8Array. */
export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array | ArrayBuffer | number[] }>({
  dataType: () => 'blob',
  toDriver: (value) => (isBetterAsHex(value) ? sql`unhex(${bytesToHex(value)})` : value),
  fromDriver: (value) => (value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(value)),
});

/** Bytes where many rows are read: as hex, D1 answers them as one text each. Up to 1 MB. */
export const bytesOut = (column: Column): SQL<Uint8Array> => sql<Uint8Array>`hex(${column})`.mapWith(hexToBytes);

/** A cell of a row that travels as JSON: bytes as text in hex, integers with all their digits, text as it is. */
export function jsonCell(column: Column, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof Uint8Array) return `"${bytesToHex(value)}"`;
  if (typeof value === 'bigint' || typeof value === 'number') return exactText(value);
  if (typeof value === 'string') return JSON.stringify(value);
  throw new Error(`no cell for ${column.name}`);
}

/** Cell `index` of a JSON row, as a value of the column's type. */
export function cellOut(column: Column, row: SQL, index: number): SQL {
  const cell = sql`${row} ->> ${sql.raw(String(index))}`;
  const type = column.getSQLType();
  if (type === 'blob') return sql`unhex(${cell})`;
  return type === 'integer' ? sql`CAST(${cell} AS INTEGER)` : cell;
}

/** `column IN` any number of keys, as one parameter. */
export function amongKeys(column: Column, keys: readonly Uint8Array[]): SQL {
  return sql`${column} IN (SELECT unhex(value) FROM json_each(${JSON.stringify(keys.map(bytesToHex))}))`;
}

export const keyFromHex = (hex: string): Uint8Array => hexToBytes(hex);
export const hexOfKey = (key: Uint8Array): string => bytesToHex(key);
export type Row<T extends SQLiteTable> = T['$inferInsert'];

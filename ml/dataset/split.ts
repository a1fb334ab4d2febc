/**
 * The held-out rows, chosen by the rows' own bytes before anything leaves the client: no clock, no generator, and the same
 * table splits the same way wherever its rows stand.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { compareBytes } from '../../protocol/hash.ts';
import { ByteWriter } from '../bytes.ts';
import type { Table } from './csv.ts';

/** SHA-256 of a row's canonical bytes: its f32 features, little-endian, then its label. */
function rowHash({ x, y, features }: Table, row: number): Uint8Array {
  const cells = x.subarray(row * features, (row + 1) * features);
  return sha256(
    new ByteWriter(features * 4 + 1)
      .f32s(cells)
      .bytes(y.subarray(row, row + 1))
      .finish(),
  );
}

/** The rows in the given order, with the table's columns and classes. */
function selectRows(table: Table, rows: readonly number[]): Table {
  const { features } = table;
  const x = new Float32Array(rows.length * features);
  rows.forEach((row, i) => {
    x.set(table.x.subarray(row * features, (row + 1) * features), i * features);
  });
  return { ...table, rows: rows.length, x, y: Uint8Array.from(rows, (row) => table.y[row] as number) };
}

/**
 * Holds out ceil(rows * heldOutPercent / 100) rows: those with the smallest hashes, equal rows in table order. Both parts keep
 * the table's order. `heldOutPercent` is 1 to 99; throws when a part would be empty.
 */
export function splitByRowHash(
  table: Table,
  heldOutPercent: number,
): { readonly train: Table; readonly heldOut: Table } {
  const count = Math.ceil((table.rows * heldOutPercent) / 100);
  if (!(heldOutPercent >= 1 && heldOutPercent <= 99) || count >= table.rows) {
    throw new RangeError(`${heldOutPercent}% of ${table.rows} rows leaves an empty part`);
  }
  const hashed = Array.from({ length: table.rows }, (_, row) => ({ row, hash: rowHash(table, row) }));
  hashed.sort((a, b) => compareBytes(a.hash, b.hash) || a.row - b.row);
  const held = new Set(hashed.slice(0, count).map(({ row }) => row));
  const all = Array.from({ length: table.rows }, (_, row) => row);
  return {
    train: selectRows(
      table,
      all.filter((row) => !held.has(row)),
    ),
    heldOut: selectRows(
      table,
      all.filter((row) => held.has(row)),
    ),
  };
}

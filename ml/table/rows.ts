/** Tables made of a table: some of its rows, its schema, its rows without their target. */
import type { Column, Features, Schema, Table, Target } from './table.ts';

/** A typed array of the chosen rows' elements, `stride` a row. */
function pick<T extends Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array>(
  from: T,
  rows: ArrayLike<number>,
  stride = 1,
): T {
  const to = new (from.constructor as new (length: number) => T)(rows.length * stride);
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * stride;
    if (stride === 1) to[i] = from[at] as number;
    else to.set(from.subarray(at, at + stride), i * stride);
  }
  return to;
}

function pickColumn(column: Column, rows: ArrayLike<number>): Column {
  if (column.kind === 'number') return { ...column, values: pick(column.values, rows) };
  if (column.kind === 'date') return { ...column, days: pick(column.days, rows) };
  return { ...column, codes: pick(column.codes, rows) };
}

function pickFeatures(features: Features, rows: ArrayLike<number>): Features {
  if (features.kind === 'columns') {
    return { kind: 'columns', columns: features.columns.map((column) => pickColumn(column, rows)) };
  }
  const { height, width, channels, pixels } = features;
  return { ...features, pixels: pick(pixels, rows, height * width * channels) };
}

function pickTarget(target: Target, rows: ArrayLike<number>): Target {
  if (target.kind === 'classes') return { ...target, labels: pick(target.labels, rows) };
  return target.kind === 'values' ? { ...target, values: pick(target.values, rows) } : target;
}

/** The rows with these indices, in that order, repeated where an index is; categories and classes stay. Throws for another index. */
export function selectRows(table: Table, rows: ArrayLike<number>): Table {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (!Number.isInteger(row) || row < 0 || row >= table.rows) throw new RangeError(`row ${row} of ${table.rows}`);
  }
  return {
    rows: rows.length,
    features: pickFeatures(table.features, rows),
    target: pickTarget(table.target, rows),
  };
}

/** The rows with these indices, and the others in table order. */
export function splitTable(table: Table, rows: ArrayLike<number>): { readonly chosen: Table; readonly rest: Table } {
  const chosen = selectRows(table, rows);
  const isChosen = new Uint8Array(table.rows);
  for (let i = 0; i < rows.length; i++) isChosen[rows[i] as number] = 1;
  const others: number[] = [];
  for (let row = 0; row < table.rows; row++) if (isChosen[row] === 0) others.push(row);
  return { chosen, rest: selectRows(table, others) };
}

/** What a model keeps of its table. */
export function schemaOf({ features }: Table): Schema {
  if (features.kind === 'images') {
    const { height, width, channels } = features;
    return { kind: 'images', height, width, channels };
  }
  return {
    kind: 'columns',
    columns: features.columns.map((column) =>
      column.kind === 'category'
        ? { kind: 'category', name: column.name, categories: column.categories }
        : { kind: column.kind, name: column.name },
    ),
  };
}

/** Rows to predict: the same rows, nothing of what is to be predicted. */
export const withoutTarget = (table: Table): Table => ({ ...table, target: { kind: 'none' } });

/** Small tables for the tests of features. */
import { type Column, MISSING, type Table } from '../../../../ml/table/table.ts';

export const number = (name: string, ...values: number[]): Column => ({
  kind: 'number',
  name,
  values: Float32Array.from(values),
});

/** Cells by name; undefined is missing. */
export function category(name: string, ...cells: (string | undefined)[]): Column {
  const categories = [...new Set(cells.filter((cell) => cell !== undefined))].sort();
  const codes = Int32Array.from(cells, (cell) => (cell === undefined ? MISSING : categories.indexOf(cell)));
  return { kind: 'category', name, categories, codes };
}

export const date = (name: string, ...days: number[]): Column => ({
  kind: 'date',
  name,
  days: Float64Array.from(days),
});

export function tableOf(...columns: Column[]): Table {
  const [first] = columns;
  const rows = first?.kind === 'number' ? first.values.length : first?.kind === 'date' ? first.days.length : undefined;
  return {
    rows: rows ?? (first?.kind === 'category' ? first.codes.length : 0),
    features: { kind: 'columns', columns },
    target: { kind: 'none' },
  };
}

export const upTo = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);

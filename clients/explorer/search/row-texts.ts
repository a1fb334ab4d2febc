/** One row between a form and a table. Pure. */
import { daysOfCivil } from '../../../ml/table/infer/dates.ts';
import { type Column, MISSING, type Schema, type Table } from '../../../ml/table/table.ts';
import { floatText } from '../../sdk/float-text.ts';

/** What the form holds, by column name; empty for a missing cell. */
export type RowTexts = Readonly<Record<string, string>>;

const MS_A_DAY = 86_400_000;

export function cellText(column: Column, row: number): string {
  if (column.kind === 'category') {
    const code = column.codes[row] as number;
    return code === MISSING ? '' : (column.categories[code] as string);
  }
  const value = (column.kind === 'number' ? column.values : column.days)[row] as number;
  if (Number.isNaN(value)) return '';
  if (column.kind === 'number') return floatText(value);
  return new Date(value * MS_A_DAY).toISOString().slice(0, Number.isInteger(value) ? 10 : 19);
}

export function textsOf({ features }: Table, row: number): RowTexts {
  if (features.kind === 'images') return {};
  return Object.fromEntries(features.columns.map((column) => [column.name, cellText(column, row)]));
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

function daysOf(text: string): number {
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = DATE.exec(text) ?? [];
  if (year === undefined) return Number.NaN;
  const days = daysOfCivil(Number(year), Number(month), Number(day));
  return days + (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) / 86_400;
}

/** Undefined for a text that is no value of this kind. */
function columnOf(schema: Extract<Schema, { kind: 'columns' }>['columns'][number], text: string): Column | undefined {
  const trimmed = text.trim();
  const { name } = schema;
  if (schema.kind === 'category') {
    const code = trimmed === '' ? MISSING : schema.categories.indexOf(trimmed);
    if (trimmed !== '' && code < 0) return undefined;
    return { kind: 'category', name, categories: schema.categories, codes: Int32Array.of(code) };
  }
  const value = trimmed === '' ? Number.NaN : schema.kind === 'number' ? Number(trimmed) : daysOf(trimmed);
  if (trimmed !== '' && !Number.isFinite(value)) return undefined;
  return schema.kind === 'number'
    ? { kind: 'number', name, values: Float32Array.of(value) }
    : { kind: 'date', name, days: Float64Array.of(value) };
}

/** The row as a table without a target, or the names of the columns whose texts can't be read. */
export function rowTable(
  { columns }: Extract<Schema, { kind: 'columns' }>,
  texts: RowTexts,
): { readonly table: Table } | { readonly faults: readonly string[] } {
  const read = columns.map((column) => columnOf(column, texts[column.name] ?? ''));
  const faults = columns.filter((_, i) => read[i] === undefined).map(({ name }) => name);
  if (faults.length > 0) return { faults };
  return { table: { rows: 1, features: { kind: 'columns', columns: read as Column[] }, target: { kind: 'none' } } };
}

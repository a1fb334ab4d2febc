/** One row between a form and a table, read and written as the model's table was. Pure. */

import { F32_MAX } from '../../../ml/table/fault.ts';
import { ownValue } from '../../../ml/table/infer/reading.ts';
import { CLOCK_UNIT, parseClock } from '../../../ml/table/infer/units.ts';
import { type ReadAs, rowsOptionsOf } from '../../../ml/table/read-as.ts';
import { rowsOfRaw } from '../../../ml/table/rows-of-raw.ts';
import { type Column, MISSING, type Schema, type Table } from '../../../ml/table/table.ts';
import { floatText } from '../../sdk/float-text.ts';

/** What the form holds, by column name; empty for a missing cell. */
export type RowTexts = Readonly<Record<string, string>>;

const MS_A_DAY = 86_400_000;
const MINUTES_A_DAY = 1440;

/** Of numbers: what their cells had beside them, or `hh:mm`. */
export const unitOf = (readAs: ReadAs | undefined, name: string): string | undefined => ownValue(readAs?.units, name);

export const isClock = (unit: string | undefined): boolean => unit === CLOCK_UNIT;

/** A time of day where it is one to the minute, and otherwise the fraction. */
function clockText(value: number): string | undefined {
  const minutes = Math.round(value * MINUTES_A_DAY);
  const text = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return Math.fround(parseClock(text)) === value ? text : undefined;
}

function numberText(value: number, unit: string | undefined, mark: '.' | ','): string {
  const time = isClock(unit) ? clockText(value) : undefined;
  if (time !== undefined) return time;
  const shortest = floatText(value);
  // Of the largest f32 the shortest decimal lies beyond it, where no reader takes it.
  const text = Math.abs(Number(shortest)) <= F32_MAX ? shortest : String(value);
  return text.replace('.', mark);
}

function cellText(column: Column, row: number, readAs: ReadAs | undefined): string {
  if (column.kind === 'category') {
    const code = column.codes[row] as number;
    return code === MISSING ? '' : (column.categories[code] as string);
  }
  const value = (column.kind === 'number' ? column.values : column.days)[row] as number;
  if (Number.isNaN(value)) return '';
  if (column.kind === 'number') return numberText(value, unitOf(readAs, column.name), readAs?.decimal ?? '.');
  return new Date(value * MS_A_DAY).toISOString().slice(0, Number.isInteger(value) ? 10 : 19);
}

export function textsOf({ features }: Table, row: number, readAs?: ReadAs): RowTexts {
  if (features.kind === 'images') return {};
  return Object.fromEntries(features.columns.map((column) => [column.name, cellText(column, row, readAs)]));
}

type Columns = Extract<Schema, { kind: 'columns' }>['columns'];
type CategorySchema = Extract<Columns[number], { kind: 'category' }>;

/** Of a list of the model's own categories. */
function categoryOf(schema: CategorySchema, text: string): Column | undefined {
  const { name, categories } = schema;
  const code = text === '' ? MISSING : categories.indexOf(text);
  return text !== '' && code < 0 ? undefined : { kind: 'category', name, categories, codes: Int32Array.of(code) };
}

/** Numbers and dates that were typed; a column whose text is none is absent. */
function typedColumns(typed: Columns, texts: RowTexts, readAs: ReadAs | undefined): Column[] {
  // In a file, a column that was made numbers by word takes a text for a missing cell; here somebody can be told.
  const { columns: _, ...options } = rowsOptionsOf(readAs);
  // Nothing parts cells here. Of a mark that is not known the point is the usual one, as in a file of commas.
  const separator = options.decimal === undefined ? ',' : ';';
  // All at once, since wide tables are read at each key. Every turn ends it, or leaves out the column at fault.
  for (let left = typed; left.length > 0; ) {
    const columns = left.map(({ name }) => ({ name, texts: [texts[name] ?? ''] }));
    const read = rowsOfRaw({ rows: 1, columns }, separator, { kind: 'columns', columns: left }, options);
    if (!read.ok) {
      const rest = left.filter(({ name }) => name !== read.param);
      if (rest.length === left.length) throw new Error(`a row can't be read: ${read.code}`);
      left = rest;
      continue;
    }
    const { table, notices } = read.value;
    // 05/01/2024, where the table never told which is the day.
    const isOpen = (column: Column) =>
      notices.some((one) => one.code === 'date_order_assumed' && one.name === column.name);
    return table.features.kind === 'columns' ? table.features.columns.filter((column) => !isOpen(column)) : [];
  }
  return [];
}

/** The row as a table without a target, or the names of the columns whose texts can't be read. */
export function rowTable(
  { columns }: Extract<Schema, { kind: 'columns' }>,
  texts: RowTexts,
  readAs?: ReadAs,
): { readonly table: Table } | { readonly faults: readonly string[] } {
  const typed = typedColumns(
    columns.filter(({ kind }) => kind !== 'category'),
    texts,
    readAs,
  );
  const read = new Map(typed.map((column) => [column.name, column]));
  const row = columns.map((column) =>
    column.kind === 'category' ? categoryOf(column, texts[column.name] ?? '') : read.get(column.name),
  );
  const faults = columns.filter((_, i) => row[i] === undefined).map(({ name }) => name);
  if (faults.length > 0) return { faults };
  return { table: { rows: 1, features: { kind: 'columns', columns: row as Column[] }, target: { kind: 'none' } } };
}

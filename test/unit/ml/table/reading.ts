/** Texts and files as a reader gets them. */
import { readFileSync } from 'node:fs';
import { type ReadTable, readTable } from '../../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import type { Column } from '../../../../ml/table/table.ts';
import type { Result } from '../../../../protocol/errors.ts';
import { unwrap } from '../digits.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../../fixtures/tables/${name}`, import.meta.url));

export const readText = (text: string, options: ReadOptions = {}, name = 'table.csv'): Promise<Result<ReadTable>> =>
  readTable(bytesOf(text), name, options);

export async function tableOf(text: string, options: ReadOptions = {}, name = 'table.csv'): Promise<ReadTable> {
  return unwrap(await readText(text, options, name));
}

export function columnsOf({ table }: Pick<ReadTable, 'table'>): readonly Column[] {
  if (table.features.kind !== 'columns') throw new Error('images');
  return table.features.columns;
}

/** Cells as people would say them: numbers, days, categories, null where missing. */
export function cellsOf(column: Column): (number | string | null)[] {
  const there = (value: number) => (Number.isNaN(value) ? null : value);
  if (column.kind === 'number') return Array.from(column.values, there);
  if (column.kind === 'date') return Array.from(column.days, there);
  return Array.from(column.codes, (code) => column.categories[code] ?? null);
}

/** By name. */
export function contents(read: Pick<ReadTable, 'table'>): Record<string, (number | string | null)[]> {
  return Object.fromEntries(columnsOf(read).map((column) => [column.name, cellsOf(column)]));
}

export const codes = ({ notices }: Pick<ReadTable, 'notices'>): string[] => notices.map(({ code }) => code);

/** The demo's table: 344 penguins under Chinese headers, with missing cells, categories, dates and remarks (data/README.md). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noticeText } from '../../ml/table/notice-text.ts';
import { type ReadTable, readTable } from '../../ml/table/read-table.ts';
import { splitTable } from '../../ml/table/rows.ts';
import type { Table } from '../../ml/table/table.ts';
import { ROOT } from '../bundle.ts';

export const FILE = 'data/penguins.csv.gz';
export const TARGET = '性别';
/** Every fifth row is kept back. */
const HELD_OUT_EVERY = 5;

export interface Penguins {
  readonly read: ReadTable;
  readonly notices: readonly string[];
  readonly train: Table;
  readonly heldOut: Table;
}

export async function loadPenguins(): Promise<Penguins> {
  const file = await readFile(join(ROOT, FILE));
  const read = await readTable(Uint8Array.from(file), FILE, { target: TARGET });
  if (!read.ok) throw new Error(`${FILE}: ${read.code} ${read.evidence ?? ''}`);
  const { table, notices } = read.value;
  const rows = Array.from({ length: Math.floor(table.rows / HELD_OUT_EVERY) }, (_, i) => i * HELD_OUT_EVERY);
  const { chosen, rest } = splitTable(table, rows);
  const told = notices.map((notice) => noticeText(notice, 'en'));
  return { read: read.value, notices: told, train: rest, heldOut: chosen };
}

/** Any data file for `bench -- automl --file`: read as a user's is, and written for the peers as it was read. */
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readTable } from '../../ml/table/read-table.ts';
import { type Column, MISSING, type Table } from '../../ml/table/table.ts';

export async function readFile(path: string, target: string | undefined): Promise<Table> {
  const read = await readTable(createReadStream(path), basename(path), target === undefined ? {} : { target });
  if (!read.ok) throw new Error(`${path}: ${read.code}: ${read.evidence}`);
  const { table, notices } = read.value;
  for (const notice of notices) console.log(`${path}: ${JSON.stringify(notice)}`);
  return table;
}

/** A number; a category's text; null for what is missing. */
function cellsOf(column: Column): (number | string | null)[] {
  if (column.kind === 'category') {
    return Array.from(column.codes, (code) => (code === MISSING ? null : (column.categories[code] as string)));
  }
  const values = column.kind === 'number' ? column.values : column.days;
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}

/** FILE.table.json: `automl_peers.py FILE` scores the defaults on these cells and folds, and writes FILE.peers.json. */
export function writeForPeers(path: string, { features, target }: Table, folds: readonly (readonly number[])[]): void {
  if (features.kind !== 'columns' || target.kind === 'none') throw new Error(`${path}: no columns with a target`);
  const columns = features.columns.map((column) => ({
    name: column.name,
    kind: column.kind === 'category' ? 'category' : 'number',
    cells: cellsOf(column),
  }));
  const task = target.kind;
  const truth = Array.from(target.kind === 'classes' ? target.labels : target.values);
  writeFileSync(`${path}.table.json`, `${JSON.stringify({ task, columns, target: truth, folds })}\n`);
}

/** Undefined until somebody ran the peers. */
export function peersOf<T>(path: string): T | undefined {
  const file = `${path}.peers.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

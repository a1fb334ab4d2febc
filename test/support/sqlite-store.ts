/** The ledger's statements on node:sqlite, with the migrations that D1 gets. */
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Statement } from '../../ledger/statement.ts';
import type { LedgerStore } from '../../ledger/store.ts';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);

export function migratedDatabase(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  return db;
}

export function migrate(db: DatabaseSync): void {
  for (const name of readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .sort()) {
    db.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  }
}

export function runBatch(db: DatabaseSync, statements: readonly Statement[]): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const { sql, params } of statements) db.prepare(sql).run(...params);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

export function sqliteStore(db: DatabaseSync): LedgerStore {
  return {
    async rows({ sql, params }) {
      const prepared = db.prepare(sql);
      prepared.setReturnArrays(true);
      return prepared.all(...params) as unknown as unknown[][];
    },
    batch: async (statements) => runBatch(db, statements),
  };
}

/** Every row of every table, to compare a database before and after. */
export function wholeDatabase(db: DatabaseSync): string {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as {
    name: string;
  }[];
  const quoted = (column: { name: string }) => `quote("${column.name}")`;
  return tables
    .map(({ name }) => {
      const columns = db.prepare(`SELECT name FROM pragma_table_info('${name}')`).all() as { name: string }[];
      const row = columns.map(quoted).join(` || ',' || `);
      const rows = db.prepare(`SELECT ${row} AS row FROM "${name}" ORDER BY 1`).all() as { row: string }[];
      return `${name}\n${rows.map((one) => one.row).join('\n')}`;
    })
    .join('\n');
}

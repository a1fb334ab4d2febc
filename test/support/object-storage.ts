/** A Durable Object's SQL storage on node:sqlite, as far as the tree's pages use it. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { StorageLike } from '../../durable-objects/region/sequencer/tree-store.ts';

export interface ObjectStorage extends StorageLike {
  readonly db: DatabaseSync;
  /** Rows that statements have changed since the storage was opened. */
  readonly rowsWritten: number;
  /** The object dies at the statement after so many more: it throws, and its transaction never was. */
  crashAfter(statements: number): void;
}

export class CrashError extends Error {
  override name = 'CrashError';
}

export function objectStorage(path = ':memory:'): ObjectStorage {
  const db = new DatabaseSync(path);
  const prepared = new Map<string, StatementSync>();
  let rowsWritten = 0;
  let left = Number.POSITIVE_INFINITY;
  const exec = (query: string, ...bindings: (string | number | Uint8Array)[]): Record<string, unknown>[] => {
    left -= 1;
    if (left < 0) throw new CrashError('the object died');
    if (query.includes(';\n')) {
      db.exec(query);
      return [];
    }
    const statement = prepared.get(query) ?? db.prepare(query);
    prepared.set(query, statement);
    if (query.startsWith('SELECT')) return statement.all(...bindings);
    rowsWritten += Number(statement.run(...bindings).changes);
    return [];
  };
  return {
    db,
    get rowsWritten() {
      return rowsWritten;
    },
    crashAfter(statements) {
      left = statements;
    },
    sql: { exec },
    transactionSync(closure) {
      db.exec('SAVEPOINT one');
      try {
        const result = closure();
        db.exec('RELEASE one');
        return result;
      } catch (error) {
        db.exec('ROLLBACK TO one; RELEASE one');
        throw error;
      }
    },
  };
}

/**
 * A child of state-growth.ts: the same load over node:sqlite, for what workerd does not tell. Prints the most that was alive on the
 * heap, buffers included, each time after a collection, less what was alive before.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StorageLike } from '../../durable-objects/region/sequencer/tree-store.ts';
import type { D1Like, D1PreparedLike } from '../../ledger/d1.ts';
import { objectStorage } from '../support/object-storage.ts';
import { migrate } from '../support/sqlite-store.ts';
import { STEPS, StateLoad } from './state-load.ts';

const [accounts = '', transfers = '', blocks = ''] = process.argv.slice(2);
const collect = globalThis.gc;
if (!collect) throw new Error('run with --expose-gc');

const alive = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** D1's interface over a file: nothing of the database is on the heap. */
function d1Over(db: DatabaseSync): D1Like {
  const prepared = (sql: string, params: unknown[]): D1PreparedLike & { run(): void } => ({
    bind: (...values) => prepared(sql, values),
    raw: async () => {
      const statement = db.prepare(sql);
      statement.setReturnArrays(true);
      return statement.all(...(params as string[])) as unknown as unknown[][];
    },
    run: () => {
      db.prepare(sql).run(...(params as string[]));
    },
  });
  return {
    prepare: (sql) => prepared(sql, []),
    async batch(statements) {
      db.exec('BEGIN');
      for (const statement of statements) (statement as ReturnType<typeof prepared>).run();
      db.exec('COMMIT');
    },
  };
}

/** Every so many statements of the store are looked at. */
const SAMPLE_STATEMENTS = 2_000;

const file = (name: string): string => join(tmpdir(), `hai-state-${process.pid}-${name}.sqlite`);
const files = [file('d1'), file('object')] as const;
try {
  const db = new DatabaseSync(files[0]);
  migrate(db);
  const storage = objectStorage(files[1]);
  let statements = 0;
  let peak = 0;
  const exec: StorageLike['sql']['exec'] = (query, ...bindings) => {
    statements += 1;
    if (statements % SAMPLE_STATEMENTS === 0) peak = Math.max(peak, alive());
    return storage.sql.exec(query, ...bindings);
  };
  const load = new StateLoad(d1Over(db), { sql: { exec }, transactionSync: storage.transactionSync });
  await load.seed(Number(accounts));
  const before = alive();
  await load.rebuild();
  const rebuildPeak = Math.max(peak, alive());
  peak = 0;
  for (let block = 0; block < Number(blocks); block++) {
    for (const step of STEPS) {
      await load.step(step, Number(transfers));
      peak = Math.max(peak, alive());
    }
  }
  console.log(JSON.stringify({ rebuildBytes: Math.max(0, rebuildPeak - before), blockBytes: peak - before }));
} finally {
  for (const path of files) rmSync(path, { force: true });
}

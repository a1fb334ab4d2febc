/** A Worker with one object that holds the state's tree, as the proposing region does. It tells no time: see state-isolate.ts. */
import type { StorageLike } from '../../durable-objects/region/sequencer/tree-store.ts';
import type { D1Like } from '../../ledger/d1.ts';
import { StateLoad, type Step } from './state-load.ts';

interface Cursor extends Iterable<Record<string, unknown>> {
  readonly rowsWritten: number;
}
interface ObjectStorage extends StorageLike {
  readonly sql: StorageLike['sql'] & { readonly databaseSize: number };
}
interface Env {
  readonly DB: D1Like;
  readonly STATE: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

const NOTHING = { rowsWritten: 0, pagesRead: 0, bytesRead: 0, pagesWritten: 0, bytesWritten: 0, statements: 0 };

export class StateObject {
  readonly #load: StateLoad;
  readonly #storage: ObjectStorage;
  #counts = { ...NOTHING };

  constructor(state: { readonly storage: ObjectStorage }, env: Env) {
    const { storage } = state;
    this.#storage = storage;
    this.#load = new StateLoad(this.#countedD1(env.DB), {
      sql: { exec: (query, ...bindings) => this.#exec(query, bindings) },
      transactionSync: (closure) => storage.transactionSync(closure),
    });
  }

  #exec(query: string, bindings: (string | number | Uint8Array)[]): Iterable<Record<string, unknown>> {
    const cursor = this.#storage.sql.exec(query, ...bindings) as Cursor;
    if (query.includes('INTO tree_page')) {
      this.#counts.pagesWritten += 1;
      this.#counts.bytesWritten += (bindings[1] as Uint8Array).length;
    }
    this.#counts.rowsWritten += cursor.rowsWritten;
    return query.startsWith('SELECT nodes') ? this.#countedPages(cursor) : cursor;
  }

  *#countedPages(cursor: Cursor): Generator<Record<string, unknown>> {
    for (const row of cursor) {
      this.#counts.pagesRead += 1;
      this.#counts.bytesRead += (row.nodes as ArrayBuffer).byteLength;
      yield row;
    }
  }

  #countedD1(db: D1Like): D1Like {
    return {
      prepare: (sql) => {
        this.#counts.statements += 1;
        return db.prepare(sql);
      },
      batch: (statements) => db.batch(statements),
    };
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    this.#counts = { ...NOTHING };
    const figures = await this.#act(pathname.slice(1), Number(searchParams.get('count')));
    return Response.json({ ...figures, ...this.#counts, databaseBytes: this.#storage.sql.databaseSize });
  }

  async #act(name: string, count: number): Promise<Record<string, number>> {
    switch (name) {
      case 'seed':
        await this.#load.seed(count);
        return {};
      case 'fill':
        return this.#load.fill();
      case 'lose':
        this.#load.lose();
        return {};
      case 'load':
      case 'reload':
        return this.#load.load();
      case 'size':
        return this.#load.size();
      case 'rest':
        return {};
      default:
        return this.#load.step(name as Step, count);
    }
  }
}

export default {
  fetch: (request: Request, env: Env): Promise<Response> => env.STATE.get(env.STATE.idFromName('one')).fetch(request),
};

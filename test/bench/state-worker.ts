/** A Worker with one object that holds the state's tree, as the proposing region does. It tells no time: see state-load.ts. */
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

export class StateObject {
  readonly #load: StateLoad;
  readonly #storage: ObjectStorage;
  #rowsWritten = 0;

  constructor(state: { readonly storage: ObjectStorage }, env: Env) {
    const { storage } = state;
    this.#storage = storage;
    const exec: StorageLike['sql']['exec'] = (query, ...bindings) => {
      const cursor = storage.sql.exec(query, ...bindings) as Cursor;
      this.#rowsWritten += cursor.rowsWritten;
      return cursor;
    };
    this.#load = new StateLoad(env.DB, {
      sql: { exec },
      transactionSync: (closure) => storage.transactionSync(closure),
    });
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const count = Number(searchParams.get('count'));
    const before = this.#rowsWritten;
    const figures = await this.#act(pathname.slice(1), count);
    const rowsWritten = this.#rowsWritten - before;
    return Response.json({ ...figures, rowsWritten, databaseBytes: this.#storage.sql.databaseSize });
  }

  async #act(name: string, count: number): Promise<Record<string, number>> {
    if (name === 'seed') await this.#load.seed(count);
    else if (name === 'rebuild') await this.#load.rebuild();
    else if (name === 'reload') await this.#load.reload();
    else if (name !== 'size') return this.#load.step(name as Step, count);
    return name === 'size' ? this.#load.size() : {};
  }
}

export default {
  fetch: (request: Request, env: Env): Promise<Response> => env.STATE.get(env.STATE.idFromName('one')).fetch(request),
};

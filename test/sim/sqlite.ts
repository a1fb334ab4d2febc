/**
 * A node:sqlite database that is set up once a process and taken back after each run: a run is inside a savepoint, its batches
 * inside further ones, and statements stay prepared.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type Row = Record<string, unknown>;
export type Binding = string | number | null | Uint8Array | ArrayBuffer;

const bindable = (value: Binding): SQLInputValue => (value instanceof ArrayBuffer ? new Uint8Array(value) : value);

export class Sqlite {
  readonly db: DatabaseSync = new DatabaseSync(':memory:');
  readonly #prepared = new Map<string, StatementSync>();
  readonly #arrays = new Map<string, StatementSync>();
  readonly #scripts = new Set<string>();
  #inRun = false;

  #statement(cache: Map<string, StatementSync>, sql: string): StatementSync {
    const known = cache.get(sql);
    if (known) return known;
    const made = this.db.prepare(sql);
    if (cache === this.#arrays) made.setReturnArrays(true);
    cache.set(sql, made);
    return made;
  }

  all(sql: string, bindings: readonly Binding[] = []): Row[] {
    return this.#statement(this.#prepared, sql).all(...bindings.map(bindable)) as Row[];
  }

  arrays(sql: string, bindings: readonly Binding[] = []): unknown[][] {
    return this.#statement(this.#arrays, sql).all(...bindings.map(bindable)) as unknown as unknown[][];
  }

  /** Rows changed. */
  run(sql: string, bindings: readonly Binding[] = []): number {
    return Number(this.#statement(this.#prepared, sql).run(...bindings.map(bindable)).changes);
  }

  script(sql: string): void {
    this.db.exec(sql);
  }

  /** Tables that are there from the set-up are not made again, however often an object asks for them. */
  tables(script: string): void {
    if (this.#scripts.has(script)) return;
    this.db.exec(script);
    if (!this.#inRun) this.#scripts.add(script);
  }

  /** The set-up ends. */
  beginRuns(): void {
    this.#inRun = true;
    this.save('run');
  }

  nextRun(): void {
    this.back('run');
  }

  /** A name may be used again: the newest of it counts. */
  save(name: string): void {
    this.db.exec(`SAVEPOINT ${name}`);
  }

  release(name: string): void {
    this.db.exec(`RELEASE ${name}`);
  }

  /** Back to where `name` was set; the savepoint stays. */
  back(name: string): void {
    this.db.exec(`ROLLBACK TO ${name}`);
  }

  /** All of it, or nothing. */
  atomically<T>(work: () => T): T {
    this.save('step');
    try {
      const result = work();
      this.release('step');
      return result;
    } catch (error) {
      this.back('step');
      this.release('step');
      throw error;
    }
  }
}

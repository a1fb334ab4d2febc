/** A Durable Object's storage on node:sqlite: what an object has written is there for the next one of its name. */
import type { ObjectInstance } from './instance.ts';
import type { Binding, Row, Sqlite } from './sqlite.ts';

/** The driver gives a BLOB as ArrayBuffer. */
function driverRow(row: Row): Row {
  for (const [column, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[column] = Uint8Array.from(value).buffer;
  }
  return row;
}

class Cursor {
  readonly rowsWritten: number;
  readonly #rows: readonly Row[];

  constructor(rows: readonly Row[], rowsWritten: number) {
    this.#rows = rows;
    this.rowsWritten = rowsWritten;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }

  toArray(): readonly Row[] {
    return this.#rows;
  }

  one(): Row {
    const [row] = this.#rows;
    if (!row || this.#rows.length > 1) throw new Error(`${this.#rows.length} rows, not one`);
    return row;
  }
}

export interface StorageHost {
  readonly sqlite: Sqlite;
  alarmMs: number | null;
  setAlarm(atMs: number): void;
}

export class ObjectStorage {
  readonly #host: StorageHost;
  readonly #instance: ObjectInstance;
  readonly sql = { exec: (query: string, ...bindings: Binding[]): Cursor => this.#exec(query, bindings) };

  constructor(host: StorageHost, instance: ObjectInstance) {
    this.#host = host;
    this.#instance = instance;
  }

  #exec(query: string, bindings: readonly Binding[]): Cursor {
    const { sqlite } = this.#host;
    if (/^\s*CREATE /.test(query)) {
      sqlite.tables(query);
      return new Cursor([], 0);
    }
    if (/^\s*SELECT /.test(query)) {
      this.#instance.mustBeAlive();
      return new Cursor(sqlite.all(query, bindings).map(driverRow), 0);
    }
    this.#instance.mustWrite();
    return new Cursor([], sqlite.run(query, bindings));
  }

  transactionSync<T>(closure: () => T): T {
    this.#instance.mustWrite();
    return this.#host.sqlite.atomically(closure);
  }

  getAlarm(): Promise<number | null> {
    return this.#instance.call('storage', (reply) => reply({ ok: true, value: this.#host.alarmMs }, 0));
  }

  setAlarm(at: number | Date): Promise<void> {
    return this.#instance.call('storage', (reply) => {
      this.#instance.mustWrite();
      this.#host.setAlarm(Number(at));
      reply({ ok: true, value: undefined }, 0);
    });
  }
}

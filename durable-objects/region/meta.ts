/** Small durable facts of the object, by name. */
import { blob, first } from './schema.ts';

export class Meta {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(key: string): Uint8Array | undefined {
    const row = first(this.#sql.exec('SELECT value FROM meta WHERE key = ?', key));
    return row ? blob(row.value) : undefined;
  }

  put(key: string, value: Uint8Array): void {
    this.#sql.exec(
      'INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }
}

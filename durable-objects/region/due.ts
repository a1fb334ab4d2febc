/**
 * One alarm an object, multiplexed: `due` holds what is to be done when. Nothing due, no alarm: an idle region costs
 * nothing. Alarms deliver at least once, so every handler looks at the state before it acts.
 */
export type DueKind =
  | 'lease'
  | 'check'
  | 'deadline'
  | 'settle'
  | 'nudge'
  | 'reconcile'
  | 'seal'
  | 'sweep'
  | 'tiles'
  | 'jobs'
  | 'undo'
  | 'prune'
  | 'log';

export interface Due {
  readonly kind: DueKind;
  readonly key: string;
  /** When it comes up again if it is not done. */
  readonly again: number;
}

/** Longer than any handler takes. */
const TAKEN_AGAIN_MS = 15_000;

export class DueTable {
  readonly #storage: DurableObjectStorage;
  /** When the alarm is known to be set for, and the earliest entry set since: most calls of `arm` need not look. */
  #armedAt = 0;
  #earliest = Number.POSITIVE_INFINITY;
  /** Times of the entries without a key, as stored: what is set with every step of every order is mostly set already. */
  readonly #known = new Map<DueKind, number>();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Sets or moves an entry. Call inside the transaction whose consequence it is; then `arm`. */
  set(kind: DueKind, key: string, at: number): void {
    this.#earliest = Math.min(this.#earliest, at);
    this.#known.delete(kind);
    this.#storage.sql.exec(
      'INSERT INTO due(kind, key, at) VALUES(?, ?, ?) ON CONFLICT(kind, key) DO UPDATE SET at = excluded.at',
      kind,
      key,
      at,
    );
  }

  /** Sets an entry, or moves one that is set for later forward. */
  setNoLater(kind: DueKind, key: string, at: number): void {
    if (key === '' && (this.#known.get(kind) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.#earliest = Math.min(this.#earliest, at);
    this.#storage.sql.exec(
      'INSERT INTO due(kind, key, at) VALUES(?, ?, ?) ON CONFLICT(kind, key) DO UPDATE SET at = min(at, excluded.at)',
      kind,
      key,
      at,
    );
    if (key === '') this.#known.set(kind, at);
  }

  /** After a transaction that was rolled back. */
  forget(): void {
    this.#known.clear();
  }

  clear(kind: DueKind, key: string): void {
    this.#known.delete(kind);
    this.#storage.sql.exec('DELETE FROM due WHERE kind = ? AND key = ?', kind, key);
  }

  /** Takes up to `limit` entries whose time has come. A taken entry comes again unless `done` is called: the object may die. */
  take(now: number, limit: number): Due[] {
    const rows = this.#storage.sql
      .exec('SELECT kind, key FROM due WHERE at <= ? ORDER BY at LIMIT ?', now, limit)
      .toArray();
    const again = now + TAKEN_AGAIN_MS;
    this.#known.clear();
    return rows.map(({ kind, key }) => {
      this.#storage.sql.exec('UPDATE due SET at = ? WHERE kind = ? AND key = ?', again, kind as string, key as string);
      return { kind: kind as DueKind, key: key as string, again };
    });
  }

  /** Removes a taken entry, unless something set it anew in the meantime. */
  done(due: Due): void {
    this.#storage.sql.exec('DELETE FROM due WHERE kind = ? AND key = ? AND at = ?', due.kind, due.key, due.again);
  }

  /** The alarm went off: it is no longer set. */
  disarmed(): void {
    this.#armedAt = 0;
  }

  async arm(): Promise<void> {
    if (this.#armedAt > 0 && this.#earliest >= this.#armedAt) return;
    const next = this.#storage.sql.exec('SELECT min(at) AS at FROM due').one().at as number | null;
    this.#earliest = Number.POSITIVE_INFINITY;
    if (next === null) return;
    const current = await this.#storage.getAlarm();
    if (current === null || next < current) await this.#storage.setAlarm(next);
    this.#armedAt = Math.min(next, current ?? next);
  }
}

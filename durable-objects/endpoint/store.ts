/**
 * The storage of one webhook: its configuration and cursor, the window of queued events, the delivery log.
 *
 * Heights are TEXT (a bigint can't be bound). Sequence numbers are INTEGER: at a thousand events a second they reach 2^53,
 * where JavaScript's integers end, after 285,000 years.
 */
import type { WebhookFilter } from '../../protocol/webhook/filter.ts';
import type { AttemptOutcome } from './attempt.ts';
import type { DeliveryView, EndpointReason } from './rpc.ts';
import type { EndpointState } from './states.ts';

/** Deliveries that the log keeps. */
export const DELIVERIES_KEPT = 200;

const SCHEMA = `
CREATE TABLE endpoint (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  url TEXT NOT NULL, account TEXT NOT NULL, filter TEXT NOT NULL,
  secret BLOB NOT NULL, seed BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')), reason TEXT,
  cursor_height TEXT NOT NULL, cursor_index INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  retry_divisor INTEGER NOT NULL CHECK (retry_divisor >= 1), created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE pending (
  seq INTEGER PRIMARY KEY, type TEXT NOT NULL, payload TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE delivery (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER, type TEXT NOT NULL, attempt INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL, status INTEGER, latency_ms INTEGER NOT NULL, response TEXT NOT NULL
) STRICT;`;

/** (height, index) of an event; index -1 stands before the first of its block. */
export interface Place {
  readonly height: bigint;
  readonly index: number;
}

export interface NewEndpoint {
  readonly url: string;
  readonly account: string;
  readonly filter: WebhookFilter;
  readonly secret: Uint8Array;
  readonly seed: Uint8Array;
  readonly cursor: Place;
  readonly retryDivisor: number;
  readonly createdMs: number;
}

export interface EndpointRecord extends NewEndpoint {
  readonly state: EndpointState;
  readonly reason: EndpointReason | null;
  readonly lastSeq: number;
}

export interface PendingEvent {
  readonly seq: number;
  readonly type: string;
  readonly payload: string;
  readonly failures: number;
  readonly dueMs: number;
}

export interface DeliveryRecord {
  readonly kind: DeliveryView['kind'];
  readonly id: string;
  readonly seq: number | null;
  readonly type: string;
  readonly attempt: number;
  readonly atMs: number;
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly latencyMs: number;
  readonly response: string;
}

export class EndpointStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  /** False until the webhook is created, and after it is removed: an id that was never used costs no storage. */
  #exists: boolean;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#exists = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'endpoint'").toArray().length > 0;
  }

  /** Several changes at once, or none. */
  atomically<T>(change: () => T): T {
    return this.#storage.transactionSync(change);
  }

  create(endpoint: NewEndpoint): void {
    if (this.#exists) throw new Error('a webhook object is created once');
    const { url, account, filter, secret, seed, cursor, retryDivisor, createdMs } = endpoint;
    this.atomically(() => {
      this.#sql.exec(SCHEMA);
      this.#sql.exec(
        "INSERT INTO endpoint VALUES (1, ?, ?, ?, ?, ?, 'active', NULL, ?, ?, 0, ?, ?)",
        ...[url, account, JSON.stringify(filter), bufferOf(secret), bufferOf(seed)],
        ...[cursor.height.toString(), cursor.index, retryDivisor, createdMs],
      );
    });
    this.#exists = true;
  }

  async remove(): Promise<void> {
    this.#exists = false;
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }

  endpoint(): EndpointRecord | undefined {
    if (!this.#exists) return undefined;
    const row = this.#sql.exec('SELECT * FROM endpoint').one();
    return {
      url: row.url as string,
      account: row.account as string,
      filter: JSON.parse(row.filter as string) as WebhookFilter,
      secret: new Uint8Array(row.secret as ArrayBuffer),
      seed: new Uint8Array(row.seed as ArrayBuffer),
      state: row.state as EndpointState,
      reason: row.reason as EndpointReason | null,
      cursor: { height: BigInt(row.cursor_height as string), index: row.cursor_index as number },
      lastSeq: row.last_seq as number,
      retryDivisor: row.retry_divisor as number,
      createdMs: row.created_ms as number,
    };
  }

  setState(state: EndpointState, reason: EndpointReason | null): void {
    this.#sql.exec('UPDATE endpoint SET state = ?, reason = ?', state, reason);
  }

  /** Queues events with their numbers and moves the cursor, in one step: neither a gap nor a double can come of a crash. */
  enqueue(
    cursor: Place,
    events: readonly { readonly seq: number; readonly type: string; readonly payload: string }[],
  ): void {
    this.atomically(() => {
      for (const { seq, type, payload } of events) {
        this.#sql.exec('INSERT INTO pending (seq, type, payload) VALUES (?, ?, ?)', seq, type, payload);
      }
      this.#sql.exec(
        'UPDATE endpoint SET cursor_height = ?, cursor_index = ?, last_seq = last_seq + ?',
        ...[cursor.height.toString(), cursor.index, events.length],
      );
    });
  }

  head(): PendingEvent | undefined {
    const [row] = this.#sql.exec('SELECT * FROM pending ORDER BY seq LIMIT 1').toArray();
    return (
      row && {
        seq: row.seq as number,
        type: row.type as string,
        payload: row.payload as string,
        failures: row.failures as number,
        dueMs: row.due_ms as number,
      }
    );
  }

  pendingCount(): number {
    return this.#sql.exec('SELECT count(*) AS n FROM pending').one().n as number;
  }

  dequeue(seq: number): void {
    this.#sql.exec('DELETE FROM pending WHERE seq = ?', seq);
  }

  reschedule(seq: number, failures: number, dueMs: number): void {
    this.#sql.exec('UPDATE pending SET failures = ?, due_ms = ? WHERE seq = ?', failures, dueMs, seq);
  }

  log(delivery: DeliveryRecord): void {
    const { kind, id, seq, type, attempt, atMs, outcome, status, latencyMs, response } = delivery;
    const values = [kind, id, seq, type, attempt, atMs, outcome, status, latencyMs, response];
    this.atomically(() => {
      this.#sql.exec(
        `INSERT INTO delivery (kind, id, seq, type, attempt, at_ms, outcome, status, latency_ms, response)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...values,
      );
      this.#sql.exec('DELETE FROM delivery WHERE n <= (SELECT max(n) FROM delivery) - ?', DELIVERIES_KEPT);
    });
  }

  /** Newest first. */
  deliveries(limit: number): DeliveryRecord[] {
    const rows = this.#sql.exec('SELECT * FROM delivery ORDER BY n DESC LIMIT ?', limit).toArray();
    return rows.map((row) => ({
      kind: row.kind as DeliveryView['kind'],
      id: row.id as string,
      seq: row.seq as number | null,
      type: row.type as string,
      attempt: row.attempt as number,
      atMs: row.at_ms as number,
      outcome: row.outcome as AttemptOutcome,
      status: row.status as number | null,
      latencyMs: row.latency_ms as number,
      response: row.response as string,
    }));
  }
}

/** A view of a larger buffer would bind the whole of it. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

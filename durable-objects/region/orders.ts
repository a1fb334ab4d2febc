/** Orders whose home is this region: the record as the rules will have it once all that is pending is sealed, and its story. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../../protocol/address.ts';
import { hasCheckedResult, isFinished, STEPS, type Step } from '../../protocol/order/lifecycle.ts';
import { decodeOrderRecord, encodeOrderRecord, type OrderRecord } from '../../protocol/order/record.ts';
import { wireWorkOf } from '../../protocol/order/wire-work.ts';
import { regionOf } from '../../protocol/regions.ts';
import type { WireAttempt, WireOrder } from '../../protocol/wire.ts';
import { blob, blobOrNull, first } from './schema.ts';

/** What the rules do not need and a person wants: times, attempts, the quote in seconds. */
export interface Story {
  quote: WireOrder['quote'];
  attempts: WireAttempt[];
  steps: WireOrder['steps'];
  block: WireOrder['block'];
  failure: WireOrder['failure'];
}

export interface OrderRow {
  readonly id: Uint8Array;
  readonly demander: Uint8Array;
  record: OrderRecord;
  readonly path: WireOrder['path'];
  story: Story;
  token: number;
  leasedUntil: number;
  chunksDone: number;
  chunks: number;
  lie: boolean;
  final: boolean;
  updates: number;
}

/** Tiles of a large prediction; null for all other work, training included, whose chunks are counted as it runs. */
export const tilesOf = ({ record, chunks }: Pick<OrderRow, 'record' | 'chunks'>): number | null =>
  record.work.kind === 'predict' && chunks > 1 ? chunks : null;

export const emptySteps = (): Record<Step, string | null> =>
  Object.fromEntries(STEPS.map((step) => [step, null])) as Record<Step, string | null>;

/** Columns that change, in the order of `changingValues`. */
const CHANGING = [
  'record',
  'story',
  'token',
  'leased_until',
  'chunks_done',
  'chunks',
  'lie',
  'final',
  'updates',
] as const;
const COLUMNS = `id, demander, path, ${CHANGING.join(', ')}`;

const changingValues = (row: OrderRow): (SqlStorageValue | Uint8Array)[] => [
  encodeOrderRecord(row.record),
  JSON.stringify(row.story),
  row.token,
  row.leasedUntil,
  row.chunksDone,
  row.chunks,
  Number(row.lie),
  Number(row.final),
  row.updates,
];

function rowOf(row: Record<string, SqlStorageValue>): OrderRow {
  return {
    id: blob(row.id),
    demander: blob(row.demander),
    record: decodeOrderRecord(blob(row.record)),
    path: row.path as WireOrder['path'],
    story: JSON.parse(row.story as string) as Story,
    token: row.token as number,
    leasedUntil: row.leased_until as number,
    chunksDone: row.chunks_done as number,
    chunks: row.chunks as number,
    lie: row.lie === 1,
    final: row.final === 1,
    updates: row.updates as number,
  };
}

/** Rows kept decoded: those that are being worked on, many times over. */
const CACHED_MAX = 2_048;

export class Orders {
  readonly #sql: SqlStorage;
  /** As last saved. Whoever changes a row saves it in the same transaction, or `forget`s. */
  readonly #cache = new Map<string, OrderRow>();
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(row: OrderRow, sealed: Uint8Array): void {
    this.#sql.exec(
      `INSERT INTO work_order(id, demander, path, sealed, ${CHANGING.join(', ')}) VALUES(?, ?, ?, ?${', ?'.repeat(CHANGING.length)})`,
      row.id,
      row.demander,
      row.path,
      sealed,
      ...changingValues(row),
    );
    this.addInputs(row.id, row.record.inputs);
  }

  /** Instead of the row of the same id, which is final: the place in the account's list is that of a new order. */
  replace(row: OrderRow, sealed: Uint8Array): void {
    this.#sql.exec('DELETE FROM work_order WHERE id = ?', row.id);
    this.#cache.delete(bytesToHex(row.id));
    this.insert(row, sealed);
  }

  /** Data that the order reads: those that it names, and those of its payload once somebody has opened it. */
  addInputs(id: Uint8Array, inputs: readonly Uint8Array[]): void {
    for (const input of inputs)
      this.#sql.exec('INSERT OR IGNORE INTO order_input(input, order_id) VALUES(?, ?)', input, id);
  }

  /** Whether an order that may still be computed or checked reads these data; one that is being cancelled may go on. */
  readsInput(input: Uint8Array): boolean {
    const rows = this.#sql.exec(
      'SELECT record FROM order_input JOIN work_order ON id = order_id WHERE input = ? AND final = 0',
      input,
    );
    for (const { record } of rows) if (!hasCheckedResult(decodeOrderRecord(blob(record)).state)) return true;
    return false;
  }

  /** Of an order that is final. */
  forgetInputs(id: Uint8Array): void {
    this.#sql.exec('DELETE FROM order_input WHERE order_id = ?', id);
  }

  find(id: Uint8Array): OrderRow | undefined {
    const key = bytesToHex(id);
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const row = first(this.#sql.exec(`SELECT ${COLUMNS} FROM work_order WHERE id = ?`, id));
    if (!row) return undefined;
    const found = rowOf(row);
    this.#cache.set(key, found);
    if (this.#cache.size > CACHED_MAX) this.#cache.delete(this.#cache.keys().next().value as string);
    return found;
  }

  /** After a transaction that was rolled back: what is in memory may not be what is stored. */
  forget(): void {
    this.#cache.clear();
  }

  /** Writes everything that changes; each save is one update of the order's event stream. */
  save(row: OrderRow): void {
    row.updates += 1;
    this.#sql.exec(
      `UPDATE work_order SET ${CHANGING.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
      ...changingValues(row),
      row.id,
    );
  }

  sealed(id: Uint8Array): Uint8Array {
    return blob(this.#sql.exec('SELECT sealed FROM work_order WHERE id = ?', id).one().sealed);
  }

  storeResult(id: Uint8Array, result: Uint8Array | null, trace: Uint8Array | null): void {
    this.#sql.exec('UPDATE work_order SET result = ?, trace = ? WHERE id = ?', result, trace, id);
  }

  result(id: Uint8Array): { result: Uint8Array | null; trace: Uint8Array | null } {
    const row = this.#sql.exec('SELECT result, trace FROM work_order WHERE id = ?', id).one();
    return { result: blobOrNull(row.result), trace: blobOrNull(row.trace) };
  }

  /** Newest first. The cursor is the sequence number before which to go on. */
  ofAccount(demander: Uint8Array, before: number, limit: number): { row: OrderRow; seq: number }[] {
    const rows = this.#sql.exec(
      `SELECT ${COLUMNS}, seq FROM work_order WHERE demander = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
      demander,
      before,
      limit,
    );
    return rows.toArray().map((row) => ({ row: rowOf(row), seq: row.seq as number }));
  }
}

export function wireOrder(row: OrderRow): WireOrder {
  const { record, story } = row;
  const settled = record.state === 'settled' && record.match;
  return {
    id: bytesToHex(row.id),
    state: record.state,
    region: regionOf(record.region),
    demander: addressOf(record.demander),
    nonce: record.nonce.toString(),
    work: wireWorkOf(record.work),
    priceLimitZhi: record.priceLimitZhi.toString(),
    confirm:
      record.confirm.kind === 'auto'
        ? { kind: 'auto' }
        : { kind: 'manual', windowMs: record.confirm.windowMs.toString() },
    deadlineMs: record.deadlineMs.toString(),
    quote: story.quote,
    path: row.path,
    attempts: story.attempts,
    progress: row.chunks > 1 && !isFinished(record.state) ? { chunk: row.chunksDone, chunks: row.chunks } : null,
    bill: settled
      ? {
          cycles: settled.billCycles.toString(),
          priceZhi: settled.billZhi.toString(),
          refundZhi: (record.priceLimitZhi - settled.billZhi).toString(),
        }
      : null,
    tiles: tilesOf(row),
    results: record.claim?.results ?? null,
    resultRoot: record.claim ? bytesToHex(record.claim.resultRoot) : null,
    steps: story.steps,
    block: story.block,
    failure: story.failure,
    final: row.final,
  };
}

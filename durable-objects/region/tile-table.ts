/** The tiles of large predictions, a row each, by (order, attempt, tile): the first one that is recorded stays. */
import { type TilePlan, tilePlan } from '../../protocol/order/tiles.ts';
import type { TrainWork } from '../../protocol/order/work.ts';
import type { CheckMethod } from '../../protocol/tx/result-proof.ts';
import type { RegionContext } from './context.ts';
import { type OrderRow, tilesOf } from './orders.ts';
import type { TileDone, TileVerdict } from './rpc.ts';
import { blob, blobOrNull, first } from './schema.ts';

export interface RecordedTile {
  readonly tile: number;
  readonly root: Uint8Array;
  readonly resultId: Uint8Array;
  readonly resultBytes: number;
  readonly traceId: Uint8Array;
  /** Of its trace. */
  readonly stateHash: Uint8Array | null;
  /** Null until the tile passed its check. */
  readonly method: CheckMethod | null;
  readonly checkedParts: number;
}

export interface Tiling {
  readonly plan: TilePlan;
  /** The train work behind the model. */
  readonly model: TrainWork;
}

/** Undefined for whatever is no large prediction. */
export function tilingOf(context: RegionContext, row: OrderRow): Tiling | undefined {
  const { work } = row.record;
  if (work.kind !== 'predict' || tilesOf(row) === null) return undefined;
  const model = context.orders.find(work.model)?.record.work;
  const plan = model?.kind === 'train' ? tilePlan(model, work.rows) : undefined;
  if (!plan || model?.kind !== 'train') throw new Error('an order of tiles whose model gives no plan');
  return { plan, model };
}

const COLUMNS =
  'tile.tile, tile.root, tile.result_id, tile.result_bytes, tile.trace_id, tile.method, tile.checked_parts, chunk.state_hash';
/** A tile's link of the work log is the chunk of the same number; of a final order it is gone. */
const TABLES =
  'tile LEFT JOIN chunk ON chunk.order_id = tile.order_id AND chunk.attempt = tile.attempt AND chunk.chunk = tile.tile';

const tileOf = (row: Record<string, SqlStorageValue>): RecordedTile => ({
  tile: row.tile as number,
  root: blob(row.root),
  resultId: blob(row.result_id),
  resultBytes: row.result_bytes as number,
  traceId: blob(row.trace_id),
  stateHash: blobOrNull(row.state_hash),
  method: row.method as CheckMethod | null,
  checkedParts: (row.checked_parts as number | null) ?? 0,
});

/** In row order. */
export function recordedTiles(context: RegionContext, order: Uint8Array, attempt: number): RecordedTile[] {
  const query = `SELECT ${COLUMNS} FROM ${TABLES} WHERE tile.order_id = ? AND tile.attempt = ? ORDER BY tile.tile`;
  return context.ctx.storage.sql.exec(query, order, attempt).toArray().map(tileOf);
}

export function recordedTile(
  context: RegionContext,
  order: Uint8Array,
  attempt: number,
  tile: number,
): RecordedTile | undefined {
  const query = `SELECT ${COLUMNS} FROM ${TABLES} WHERE tile.order_id = ? AND tile.attempt = ? AND tile.tile = ?`;
  const row = first(context.ctx.storage.sql.exec(query, order, attempt, tile));
  return row && tileOf(row);
}

/** How many are recorded, and how many of them passed their check. */
export function countTiles(
  context: RegionContext,
  order: Uint8Array,
  attempt: number,
): { recorded: number; passed: number } {
  const query = 'SELECT count(*) AS recorded, count(method) AS passed FROM tile WHERE order_id = ? AND attempt = ?';
  const row = context.ctx.storage.sql.exec(query, order, attempt).one();
  return { recorded: row.recorded as number, passed: row.passed as number };
}

/** Tiles of the plan that are not among those, ascending. */
export function missingFrom({ tiles }: TilePlan, found: readonly { readonly tile: number }[]): number[] {
  const there = new Set(found.map(({ tile }) => tile));
  return Array.from({ length: tiles }, (_, tile) => tile).filter((tile) => !there.has(tile));
}

/** False when the tile was there. */
export function insertTile(context: RegionContext, done: TileDone, attempt: number): boolean {
  const { sql } = context.ctx.storage;
  const { order, tile } = done;
  const taken = sql.exec(
    'INSERT OR IGNORE INTO tile(order_id, attempt, tile, root, result_id, result_bytes, trace_id) VALUES(?, ?, ?, ?, ?, ?, ?)',
    order,
    attempt,
    tile,
    done.root,
    done.resultId,
    done.resultBytes,
    done.traceId,
  );
  if (taken.rowsWritten === 0) return false;
  sql.exec(
    'INSERT INTO chunk(order_id, attempt, chunk, state_hash, cycles, state) VALUES(?, ?, ?, ?, ?, NULL)',
    order,
    attempt,
    tile,
    done.stateHash,
    done.cycles.toString(),
  );
  return true;
}

/** The first verdict on a tile stays. */
export function passTile(context: RegionContext, { order, tile, method, checkedParts }: TileVerdict, attempt: number) {
  context.ctx.storage.sql.exec(
    'UPDATE tile SET method = ?, checked_parts = ? WHERE order_id = ? AND attempt = ? AND tile = ? AND method IS NULL',
    method,
    checkedParts,
    order,
    attempt,
    tile,
  );
}

/** Of attempts before this one, or of all when there is none to keep. */
export function forgetTiles(context: RegionContext, order: Uint8Array, kept: number | undefined): void {
  context.ctx.storage.sql.exec('DELETE FROM tile WHERE order_id = ? AND attempt <> ?', order, kept ?? 0);
}

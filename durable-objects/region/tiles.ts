/**
 * Step 3 for a large prediction: its tiles are given out, recorded and claimed. The tiles that are recorded are the truth; a
 * message names one to look at. Tiles come in any order; one that comes twice, late or for another attempt changes nothing.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { tiledResultRoot } from '../../protocol/order/results.ts';
import { isTileOf, tileCycles, tileRows } from '../../protocol/order/tiles.ts';
import { wireWorkOf } from '../../protocol/order/wire-work.ts';
import type { Network, RegionContext } from './context.ts';
import { providerRegionOf } from './match.ts';
import type { OrderRow } from './orders.ts';
import { providerOf } from './provider.ts';
import type { StoredTile, TileDone, TileJob, TileTaken, UncheckedTiles } from './rpc.ts';
import { countTiles, insertTile, recordedTile, recordedTiles, type Tiling, tilingOf } from './tile-table.ts';
import { claimWork, leasedRow, modelFor } from './work.ts';

/** The order as it is leased under this token, and its tiling; it must have this tile. */
function leasedTile(
  context: RegionContext,
  order: Uint8Array,
  token: number,
  tile: number,
): Result<{ row: OrderRow; tiling: Tiling }> {
  const row = leasedRow(context, order, token);
  if (!row.ok) return row;
  const tiling = tilingOf(context, row.value);
  if (!tiling || !isTileOf(tiling.plan, tile)) return fail('work_invalid', `there is no tile ${tile}`);
  return ok({ row: row.value, tiling });
}

/** Opens the provider's grant, or gives what is kept of it: for consumers that share one lease. */
export async function providersKey(
  context: RegionContext,
  network: Network,
  row: OrderRow,
): Promise<Uint8Array | null> {
  const known = context.leaseKeys.look(row.id);
  const { match } = row.record;
  if (known || !match) return known ?? null;
  const provider = providerOf(context, providerRegionOf(network, match.provider));
  const opened = await provider.contentKey(context.orders.sealed(row.id), row.demander);
  if (opened) context.leaseKeys.keep(row.id, opened);
  return opened;
}

/** What a tile's computer and its checker both read. */
export function tileTask(row: OrderRow, { plan }: Tiling, tile: number) {
  const { from, to } = tileRows(plan, tile);
  const { attempt, work, inputs } = row.record;
  return {
    order: row.id,
    attempt,
    token: row.token,
    work: wireWorkOf(work),
    demander: row.demander,
    inputs,
    tile,
    from,
    to,
  };
}

export async function tileJobOf(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
  token: number,
  tile: number,
): Promise<Result<TileJob | null>> {
  const found = leasedTile(context, order, token, tile);
  if (!found.ok) return found.code === 'work_invalid' ? found : ok(null);
  const { row, tiling } = found.value;
  if (recordedTile(context, order, row.record.attempt, tile)) return ok(null);
  const model = await modelFor(context, row);
  if (!model.ok) return model;
  const contentKey = await providersKey(context, network, row);
  if (!contentKey) return fail('sealed_malformed');
  return ok({
    ...tileTask(row, tiling, tile),
    contentKey,
    sealed: context.orders.sealed(order),
    model: model.value,
    cycles: tileCycles(tiling.model, tiling.plan, tile),
    // One false tile among the true ones is the lie that is hardest to find.
    lie: row.lie && tile === tiling.plan.tiles - 1,
  });
}

/** The payload names the uploaded tiles, and only who holds the content key can say which. They stay until they are checked. */
export function keepTiles(
  context: RegionContext,
  order: Uint8Array,
  token: number,
  inputs: readonly Uint8Array[],
): Result<null> {
  const found = leasedTile(context, order, token, inputs.length - 1);
  if (!found.ok) return found;
  context.transaction(() => context.orders.addInputs(order, inputs));
  return ok(null);
}

/** A tile is recorded once, whichever of its consumers comes first, and lengthens the lease. */
export function recordTile(context: RegionContext, done: TileDone, now: number): Result<TileTaken> {
  const { order, token, tile } = done;
  const recorded = context.transaction((): Result<{ row: OrderRow; isNew: boolean } & TileTaken> => {
    const found = leasedTile(context, order, token, tile);
    if (!found.ok) return found;
    const { row, tiling } = found.value;
    if (done.cycles !== tileCycles(tiling.model, tiling.plan, tile)) return fail('bill_mismatch', `tile ${tile}`);
    const { attempt } = row.record;
    const isNew = insertTile(context, done, attempt);
    const left = tiling.plan.tiles - countTiles(context, order, attempt).recorded;
    if (!isNew) return ok({ row, isNew, taken: isRecorded(context, done, attempt), left });
    row.chunksDone = tiling.plan.tiles - left;
    row.leasedUntil = now + context.leaseMs;
    context.orders.save(row);
    context.due.set('lease', bytesToHex(order), row.leasedUntil);
    return ok({ row, isNew, taken: true, left });
  });
  if (!recorded.ok) return recorded;
  const { row, isNew, taken, left } = recorded.value;
  if (isNew) context.watchers.orderChanged(row);
  return ok({ taken, left });
}

/** The same record once more: its consumer did not hear the first answer, and its blobs are the ones to keep. */
function isRecorded(context: RegionContext, { order, tile, resultId, traceId }: TileDone, attempt: number): boolean {
  const kept = recordedTile(context, order, attempt, tile);
  return kept !== undefined && equalBytes(kept.resultId, resultId) && equalBytes(kept.traceId, traceId);
}

/** Merges: the work log is of the tiles in order, and the root of all rows follows from the tiles' roots. */
export async function claimTiles(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
  token: number,
  now: number,
): Promise<Result<UncheckedTiles>> {
  const row = leasedRow(context, order, token);
  if (!row.ok) return row;
  const tiling = tilingOf(context, row.value);
  if (!tiling) return fail('work_invalid', 'the order has no tiles');
  const tiles = recordedTiles(context, order, row.value.record.attempt);
  if (tiles.length < tiling.plan.tiles)
    return fail('result_not_ready', `${tiles.length} of ${tiling.plan.tiles} tiles`);
  const resultRoot = tiledResultRoot(tiles.map(({ root }) => root));
  const done = { order, token, results: tiling.plan.rows, resultRoot, result: null, trace: null };
  const claimed = await claimWork(context, network, done, now);
  if (!claimed.ok) return claimed;
  context.leaseKeys.take(order);
  return ok({ token, tiles: tiles.map(({ tile }) => tile) });
}

/** Of a checked order. */
export function resultTiles(context: RegionContext, order: Uint8Array): Result<StoredTile[]> {
  const row = context.orders.find(order);
  if (!row) return fail('unknown_order');
  if (row.story.steps.prove === null) return fail('result_not_ready', row.record.state);
  const tiles = recordedTiles(context, order, row.record.attempt);
  return tiles.length > 0
    ? ok(tiles.map(({ resultId: id, resultBytes: bytes }) => ({ id, bytes })))
    : fail('result_not_ready');
}

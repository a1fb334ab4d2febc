/** What is left of an order's tiles once it is final: the results of the attempt that was paid. Everything else goes. */

import { bytesToHex } from '@noble/hashes/utils.js';
import type { RegionContext } from './context.ts';
import { type OrderRow, tilesOf } from './orders.ts';
import { tileKey, tilesOfOrder } from './tile-key.ts';
import { forgetTiles, recordedTiles } from './tile-table.ts';

/** A consumer that computes a tile meanwhile has put its blobs by then, and heard that nobody wants them. */
const SWEEP_AFTER_MS = 60_000;
/** R2 lists, and deletes, at most a thousand at a time. Two blobs a tile and an attempt, and some that were computed twice. */
const PAGES_MAX = 8;

export function sweepTilesLater(context: RegionContext, row: OrderRow, now: number): void {
  if (tilesOf(row) !== null) context.due.set('tiles', bytesToHex(row.id), now + SWEEP_AFTER_MS);
}

export async function sweepTiles(context: RegionContext, order: Uint8Array): Promise<void> {
  const row = context.orders.find(order);
  if (!row?.final) return;
  const paid = row.record.state === 'settled' ? row.record.attempt : undefined;
  const results = paid === undefined ? [] : recordedTiles(context, order, paid);
  const kept = new Set(results.map(({ resultId }) => tileKey(order, resultId)));
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const listed = await context.env.BLOBS.list({
      prefix: tilesOfOrder(order),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const unwanted = listed.objects.map(({ key }) => key).filter((key) => !kept.has(key));
    if (unwanted.length > 0) await context.env.BLOBS.delete(unwanted);
    if (!listed.truncated) break;
    cursor = listed.cursor;
  }
  forgetTiles(context, order, paid);
}

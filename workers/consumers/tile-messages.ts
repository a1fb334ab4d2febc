/** One queue message a tile. Lost, repeated or late, a message is only a hint; the region's object knows which tiles are open. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { TileStep, WorkMessage } from '../../durable-objects/region/env.ts';
import { regionOf } from '../../protocol/regions.ts';
import { regionOfOrder } from '../../protocol/tx/order-open.ts';
import type { Env } from '../env.ts';

/** Of a queue. */
const BATCH_MAX = 100;

/** To the queue of long work: small predictions do not wait behind tiles, and an invocation there holds one message at a time. */
export async function sendTiles(
  env: Pick<Env, 'TRAIN_QUEUE'>,
  order: Uint8Array,
  { token, tiles }: { readonly token: number; readonly tiles: readonly number[] },
  step: TileStep,
): Promise<void> {
  const common = { region: regionOf(regionOfOrder(order)), order: bytesToHex(order) };
  const messages = tiles.map((index): { body: WorkMessage } => ({ body: { ...common, tile: { index, token, step } } }));
  for (let sent = 0; sent < messages.length; sent += BATCH_MAX) {
    await env.TRAIN_QUEUE.sendBatch(messages.slice(sent, sent + BATCH_MAX));
  }
}

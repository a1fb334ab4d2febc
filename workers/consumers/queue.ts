/**
 * Both queues' consumer. A message is a hint to look at an order; what there is to do, the region's lease says. So a lost,
 * late or repeated message changes nothing, and a failure is simply acknowledged: the lease runs out and is sent again.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { TILE_STEPS, type TileMessage, type WorkMessage } from '../../durable-objects/region/env.ts';
import { REGIONS, type Region } from '../../protocol/regions.ts';
import type { Env } from '../env.ts';
import { asSmallOrder } from '../give-way.ts';
import { runOrder, runOrderTile } from './run.ts';

/** Orders of one batch that are worked on at a time: they share one thread, and overlap only in waiting. */
const PARALLEL = 16;

export async function consume(batch: MessageBatch<WorkMessage>, env: Env): Promise<void> {
  const waiting = [...batch.messages];
  const worker = async (): Promise<void> => {
    for (let message = waiting.shift(); message; message = waiting.shift()) await handle(message, env, batch.queue);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, worker));
}

interface ReadMessage {
  readonly region: Region;
  readonly order: Uint8Array;
  readonly tile: TileMessage | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isTileMessage(tile: Partial<TileMessage> | null): boolean {
  const { index, token, step } = tile ?? {};
  return isCount(index) && isCount(token) && TILE_STEPS.includes(step as TileMessage['step']);
}

function readMessage({ region, order, tile }: Partial<WorkMessage>): ReadMessage | undefined {
  if (!REGIONS.includes(region as Region) || !/^[0-9a-f]{64}$/.test(order ?? '')) return undefined;
  if (tile !== undefined && !isTileMessage(tile)) return undefined;
  return { region: region as Region, order: hexToBytes(order as string), tile };
}

/** Training and tiles: the queue of long work. Names are in wrangler.toml; a deployment may prefix them. */
const isLongWork = (queue: string): boolean => queue.includes('train');

async function handle(message: Message<WorkMessage>, env: Env, queue: string): Promise<void> {
  const read = readMessage(message.body);
  if (!read) {
    console.error(JSON.stringify({ event: 'message_malformed', queue }));
    message.ack();
    return;
  }
  try {
    const { region, order, tile } = read;
    const run = () => (tile ? runOrderTile(env, region, order, tile) : runOrder(env, region, order, undefined));
    const ran = await (isLongWork(queue) ? run() : asSmallOrder(run));
    if (!ran.ok)
      console.warn(
        JSON.stringify({ event: 'work_failed', order: message.body.order, code: ran.code, evidence: ran.evidence }),
      );
    else if (ran.value.kind === 'yielded') {
      const { region: name, order: id } = message.body;
      await (isLongWork(queue) ? env.TRAIN_QUEUE : env.PREDICT_QUEUE).send({ region: name, order: id });
    }
  } catch (error) {
    console.error(
      JSON.stringify({ event: 'consumer_failed', order: message.body.order, reason: (error as Error).message }),
    );
  }
  message.ack();
}

/**
 * Both queues' consumer. A message is a hint to look at an order; what there is to do, the region's lease says. So a lost,
 * late or repeated message changes nothing, and a failure is simply acknowledged: the lease runs out and is sent again.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { type JobMessage, TILE_STEPS, type TileMessage, type WorkMessage } from '../../durable-objects/region/env.ts';
import { REGIONS, type Region } from '../../protocol/regions.ts';
import type { Env } from '../env.ts';
import { asSmallOrder } from '../give-way.ts';
import { runOrder, runOrderJob, runOrderTile } from './run.ts';

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
  readonly job: JobMessage | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Of a tile or a job. */
function isPartMessage(part: Partial<TileMessage> | null): boolean {
  const { index, token, step } = part ?? {};
  return isCount(index) && isCount(token) && TILE_STEPS.includes(step as TileMessage['step']);
}

function readMessage({ region, order, tile, job }: Partial<WorkMessage>): ReadMessage | undefined {
  if (!REGIONS.includes(region as Region) || !/^[0-9a-f]{64}$/.test(order ?? '')) return undefined;
  if ([tile, job].some((part) => part !== undefined && !isPartMessage(part))) return undefined;
  return { region: region as Region, order: hexToBytes(order as string), tile, job };
}

/** Training, searches and tiles: the queue of long work. Names are in wrangler.toml; a deployment may prefix them. */
const isLongWork = (queue: string): boolean => queue.includes('train');

async function handle(message: Message<WorkMessage>, env: Env, queue: string): Promise<void> {
  const read = readMessage(message.body);
  if (!read) {
    console.error(JSON.stringify({ event: 'message_malformed', queue }));
    message.ack();
    return;
  }
  try {
    const { region, order, tile, job } = read;
    const run = () => {
      if (tile) return runOrderTile(env, region, order, tile);
      return job ? runOrderJob(env, region, order, job) : runOrder(env, region, order, undefined);
    };
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

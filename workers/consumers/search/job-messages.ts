/** One queue message a slice of a job. As those of tiles, a message is only a hint. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { JobMessage, WorkMessage } from '../../../durable-objects/region/env.ts';
import { regionOf } from '../../../protocol/regions.ts';
import { regionOfOrder } from '../../../protocol/tx/order-open.ts';
import type { Env } from '../../env.ts';

type Queue = Pick<Env, 'TRAIN_QUEUE'>;

/** Of a queue. */
const BATCH_MAX = 100;

const named = (order: Uint8Array): WorkMessage => ({
  region: regionOf(regionOfOrder(order)),
  order: bytesToHex(order),
});

export async function sendJobs(
  env: Queue,
  order: Uint8Array,
  token: number,
  jobs: readonly number[],
  step: JobMessage['step'],
  delaySeconds = 0,
): Promise<void> {
  const messages = jobs.map((index) => ({ body: { ...named(order), job: { index, token, step } } }));
  for (let sent = 0; sent < messages.length; sent += BATCH_MAX) {
    await env.TRAIN_QUEUE.sendBatch(messages.slice(sent, sent + BATCH_MAX), { delaySeconds });
  }
}

/** The order as a whole is to be looked at. */
export const sendSearch = (env: Queue, order: Uint8Array): Promise<unknown> => env.TRAIN_QUEUE.send(named(order));

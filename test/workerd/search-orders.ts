/** Searches put straight into a region's object. The test is the consumer: what would be queued it gets to see. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { hexToBytes } from '@noble/hashes/utils.js';
import { vi } from 'vitest';
import type { RegionContext } from '../../durable-objects/region/context.ts';
import type { JobMessage, WorkMessage } from '../../durable-objects/region/env.ts';
import type { OrderRow } from '../../durable-objects/region/orders.ts';
import { Region } from '../../durable-objects/region/region.ts';
import type { Lease } from '../../durable-objects/region/rpc.ts';
import { jobsOfOrder } from '../../durable-objects/region/search/job-key.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { compute } from '../../workers/consumers/compute.ts';
import { runOrder, runOrderJob } from '../../workers/consumers/run.ts';
import type { Env } from '../../workers/env.ts';
import { searchRequest } from '../support/searches.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

export interface PlacedSearch {
  readonly id: Uint8Array;
  readonly hex: string;
  readonly contentKey: Uint8Array;
}

export interface SearchDemander extends RegionDemander {
  /** The environment of this test's consumers, whose messages go nowhere: they are in `sent`. */
  readonly env: Env;
  /** Taken in and matched; its own message is swallowed. */
  open(): Promise<PlacedSearch>;
  lease(id: Uint8Array): Promise<Lease>;
  /** Plans or hands out what is open, and gives the messages. */
  handedOut(id: Uint8Array): Promise<JobMessage[]>;
  /** Messages of jobs that were sent since. */
  messages(): JobMessage[];
  /** Every message to its end by the consumers of an environment, those that follow from it included. Answers how many there were. */
  deliver(id: Uint8Array, messages: readonly JobMessage[], by?: Env): Promise<number>;
  /** The due entry's time has come, and that of the lease before. */
  expire(id: Uint8Array, kind: 'lease' | 'check' | 'jobs'): Promise<void>;
  blobsOf(id: Uint8Array): Promise<string[]>;
  /** In the region's object. */
  inside<T>(ask: (context: RegionContext) => T): Promise<T>;
  change(id: Uint8Array, change: (row: OrderRow) => Partial<OrderRow>): Promise<void>;
}

const MESSAGES_MAX = 500;

export async function startSearchDemander(name: string): Promise<SearchDemander> {
  const demander = await startRegionDemander(name, 'enam');
  const { region, client } = demander;
  const sent: WorkMessage[] = [];
  const queue = {
    send: async (message: WorkMessage) => void sent.push(message),
    sendBatch: async (batch: Iterable<{ body: WorkMessage }>) => void sent.push(...[...batch].map(({ body }) => body)),
  };
  const env = { ...workerEnv, TRAIN_QUEUE: queue as unknown as Env['TRAIN_QUEUE'] };
  const messages = () => sent.splice(0).flatMap(({ job }) => (job ? [job] : []));
  const lease = async (id: Uint8Array): Promise<Lease> => {
    const task = await region.task(id);
    if (task.kind !== 'compute') throw new Error(`the task is ${task.kind}`);
    return task.lease;
  };
  const inside = <T>(ask: (context: RegionContext) => T): Promise<T> =>
    runInDurableObject(region as never, (instance) => ask((instance as unknown as { context: RegionContext }).context));
  return {
    ...demander,
    env,
    messages,
    lease,
    async open() {
      const {
        transaction,
        sealed,
        id: hex,
        contentKey,
      } = await client.prepareSearch(await demander.nextNonce(), searchRequest());
      const idempotency = { account: demander.key.key, key: hex, requestHash: taggedHash('HAI/test', transaction) };
      const swallowed = vi.spyOn(Region.prototype, 'task').mockResolvedValue({ kind: 'held' });
      unwrap(await region.intakeOrder({ transaction, sealed, idempotency, preferQueue: false }));
      await vi.waitFor(
        () => {
          if (swallowed.mock.calls.length === 0) throw new Error('the message has not come');
        },
        { timeout: 5_000, interval: 5 },
      );
      swallowed.mockRestore();
      return { id: hexToBytes(hex), hex, contentKey };
    },
    async handedOut(id) {
      unwrap(await compute(env, region, await lease(id)));
      return messages();
    },
    async deliver(id, jobs, by = env) {
      const waiting = [...jobs];
      let delivered = 0;
      for (let job = waiting.shift(); job && delivered < MESSAGES_MAX; job = waiting.shift()) {
        delivered += 1;
        unwrap(await runOrderJob(by, 'enam', id, job));
        // An order as a whole is to be looked at: it was claimed.
        if (sent.some((message) => !message.job)) unwrap(await runOrder(env, 'enam', id, undefined));
        waiting.push(...messages());
      }
      return delivered;
    },
    async expire(id, kind) {
      const key = demander.hexOf(id);
      await runInDurableObject(region as never, (instance, { storage }) => {
        const { orders } = (instance as unknown as { context: { orders: RowsOf } }).context;
        const row = orders.find(id);
        if (row) orders.save(Object.assign(row, { leasedUntil: 0 }));
        storage.sql.exec('UPDATE due SET at = 0 WHERE kind = ? AND key = ?', kind, key);
      });
      await runDurableObjectAlarm(region);
    },
    inside,
    change: (id, change) =>
      inside(({ orders }) => {
        const row = orders.find(id) as OrderRow;
        orders.save(Object.assign(row, change(row)));
      }),
    blobsOf: async (id) => (await env.BLOBS.list({ prefix: jobsOfOrder(id) })).objects.map(({ key }) => key),
  };
}

interface RowsOf {
  find(id: Uint8Array): { leasedUntil: number } | undefined;
  save(row: object): void;
}

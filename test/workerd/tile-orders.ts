/** Large predictions put straight into a region's object. The test is the consumer: what would be queued it gets to see. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { hexToBytes } from '@noble/hashes/utils.js';
import { expect, vi } from 'vitest';
import type { PreparedOrder } from '../../clients/sdk/open-order.ts';
import type { RowSource } from '../../clients/sdk/order-parts.ts';
import type { TileMessage, TileStep, WorkMessage } from '../../durable-objects/region/env.ts';
import { Region } from '../../durable-objects/region/region.ts';
import type { Lease } from '../../durable-objects/region/rpc.ts';
import { tilesOfOrder } from '../../durable-objects/region/tile-key.ts';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { decodeEnvelope, type SealedPayload, sealedHash } from '../../protocol/order/sealed.ts';
import { parseTransaction, transactionHash } from '../../protocol/tx/envelope.ts';
import { decodeOrderOpen, encodeOrderOpen, orderIdOf } from '../../protocol/tx/order-open.ts';
import { openPayload, sealEnvelope } from '../../sealing/envelope.ts';
import { compute } from '../../workers/consumers/compute.ts';
import { runOrderTile } from '../../workers/consumers/run.ts';
import type { Env, RegionStub } from '../../workers/env.ts';
import { LIMIT } from './api-demander.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

/** 2,048 rows of 64 cells are more than an envelope takes: four tiles, the last one short. */
export const FEATURES = 64;
const ROWS_PER_TILE = 2_048;
export const TILES = 4;
export const ROWS = (TILES - 1) * ROWS_PER_TILE + 50;
export const MODEL = { rows: 8, features: FEATURES, hidden: 2, classes: 2, epochs: 1, batch: 8, seed: 7n };

const cellsFrom = (seed: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i + seed) * 37) % 101) / 7 - 5);

export const cells = cellsFrom(0, ROWS * FEATURES);

const dataset = encodeTable({
  ...MODEL,
  x: cellsFrom(1, MODEL.rows * FEATURES),
  y: Uint8Array.from({ length: MODEL.rows }, (_, row) => row % MODEL.classes),
});

/** The canonical bytes of rows `from` to `to`. */
export const rowsBetween = (from: number, to: number): Uint8Array =>
  encodeRows({ rows: to - from, features: FEATURES, x: cells.slice(from * FEATURES, to * FEATURES) });

export interface TiledOrder {
  readonly id: Uint8Array;
  readonly hex: string;
  readonly contentKey: Uint8Array;
}

export type TilesPayload = Extract<SealedPayload, { kind: 'predictTiles' }>;
export type Prepared = Pick<PreparedOrder, 'id' | 'transaction' | 'sealed' | 'contentKey'>;

export async function payloadOf({ sealed, contentKey }: Prepared): Promise<TilesPayload> {
  const payload = await openPayload(sealed, contentKey);
  if (payload?.kind !== 'predictTiles') throw new Error('not the payload of an order of tiles');
  return payload;
}

export interface TileDemander extends RegionDemander {
  /** The environment of this test's consumers, whose messages go nowhere: they are in `sent`. */
  readonly env: Env;
  readonly sent: WorkMessage[];
  /** Takes them out of `sent`. */
  messages(step: TileStep): TileMessage[];
  /** Signed, sealed and uploaded by the SDK. */
  prepare(rows?: RowSource): Promise<Prepared>;
  /** The same order with another payload, as a client of its own might send it. */
  withPayload(prepared: Prepared, change: (payload: TilesPayload) => SealedPayload): Promise<Prepared>;
  /** Taken in and matched; its own message is swallowed. */
  place(prepared: Prepared): Promise<TiledOrder>;
  /** One more order for the same rows, which are uploaded once. */
  open(): Promise<TiledOrder>;
  /** The lease that a consumer gets now. */
  lease(id: Uint8Array): Promise<Lease>;
  /** Hands the missing tiles out and gives the messages. */
  handedOut(id: Uint8Array): Promise<{ lease: Lease; tiles: TileMessage[] }>;
  /** As the queue's consumer does it. */
  deliver(id: Uint8Array, messages: readonly TileMessage[]): Promise<void>;
  /** The due entry's time has come, and that of the lease before. */
  expire(id: Uint8Array, kind: 'lease' | 'check' | 'tiles'): Promise<void>;
  blobsOf(id: Uint8Array): Promise<string[]>;
}

export async function startTileDemander(name: string): Promise<TileDemander> {
  const demander = await startRegionDemander(name, 'enam');
  const { region, client } = demander;
  const trained = await client.train({ dataset, work: MODEL, priceLimitZhi: LIMIT }, { waitSeconds: 20 });
  const model = { order: trained.id, contentKey: trained.contentKey };
  const sent: WorkMessage[] = [];
  const queue = {
    sendBatch: async (batch: Iterable<{ body: WorkMessage }>) => {
      sent.push(...[...batch].map(({ body }) => body));
    },
  };
  const env = { ...workerEnv, TRAIN_QUEUE: queue as unknown as Env['TRAIN_QUEUE'] };
  const messages = (step: TileStep) => sent.splice(0).flatMap(({ tile }) => (tile?.step === step ? [tile] : []));
  const lease = async (id: Uint8Array): Promise<Lease> => {
    const task = await region.task(id);
    if (task.kind !== 'compute') throw new Error(`the task is ${task.kind}`);
    return task.lease;
  };
  const prepare: TileDemander['prepare'] = async (rows = rowsBetween) => {
    const request = { model, rows, rowCount: ROWS, priceLimitZhi: LIMIT };
    return client.preparePredict(await demander.nextNonce(), request);
  };
  const withPayload: TileDemander['withPayload'] = async ({ transaction, sealed, contentKey }, change) => {
    const { hash } = demander.network;
    const parsed = unwrap(parseTransaction(transaction, hash));
    const envelope = await sealEnvelope({
      contentKey,
      payload: change(await payloadOf({ id: '', transaction, sealed, contentKey })),
      recipients: decodeEnvelope(sealed).grants.map(({ to }) => to),
      genesisHash: hash,
      demander: demander.key.key,
    });
    const body = { ...decodeOrderOpen(parsed.body), sealedHash: sealedHash(envelope) };
    const nonce = await demander.nextNonce();
    const { expiryHeight } = parsed;
    const bytes = demander.signedBy(name, 'orderOpen', nonce, encodeOrderOpen(body), { expiryHeight });
    return {
      id: demander.hexOf(orderIdOf(body.region, transactionHash(bytes))),
      transaction: bytes,
      sealed: envelope,
      contentKey,
    };
  };
  const place: TileDemander['place'] = async ({ transaction, sealed, id: hex, contentKey }) => {
    const idempotency = { account: demander.key.key, key: hex, requestHash: taggedHash('HAI/test', transaction) };
    const swallowed = vi.spyOn(Region.prototype, 'task').mockResolvedValue({ kind: 'held' });
    const taken = unwrap(await region.intakeOrder({ transaction, sealed, idempotency, preferQueue: false }));
    expect(taken).toMatchObject({ lease: null, answer: { order: { path: 'queue', tiles: TILES } } });
    await vi.waitFor(() => expect(swallowed).toHaveBeenCalledTimes(1), { timeout: 5_000, interval: 5 });
    swallowed.mockRestore();
    return { id: hexToBytes(hex), hex, contentKey };
  };
  const uploaded = await prepare();
  return {
    ...demander,
    model,
    env,
    sent,
    messages,
    lease,
    prepare,
    withPayload,
    place,
    open: async () => place(await withPayload(uploaded, (payload) => payload)),
    async handedOut(id) {
      const taken = await lease(id);
      expect(await compute(env, region, taken)).toEqual({ ok: true, value: 'handedOut' });
      return { lease: taken, tiles: messages('compute') };
    },
    async deliver(id, tiles) {
      for (const tile of tiles) unwrap(await runOrderTile(env, 'enam', id, tile));
    },
    async expire(id, kind) {
      const key = demander.hexOf(id);
      await runInDurableObject(region as never, (instance, { storage }) => {
        const { orders } = (instance as unknown as { context: { orders: RowsOf } }).context;
        const row = orders.find(id);
        if (row) orders.save({ ...row, leasedUntil: 0 });
        Object.assign(row ?? {}, { leasedUntil: 0 });
        storage.sql.exec('UPDATE due SET at = 0 WHERE kind = ? AND key = ?', kind, key);
      });
      await runDurableObjectAlarm(region);
    },
    blobsOf: async (id) => (await env.BLOBS.list({ prefix: tilesOfOrder(id) })).objects.map(({ key }) => key),
  };
}

interface RowsOf {
  find(id: Uint8Array): { leasedUntil: number } | undefined;
  save(row: object): void;
}

/** Records of the region's tiles stay as they are: what a consumer asks of its stub is changed on the way. */
export function stubWith(region: RegionStub, change: Partial<RegionStub>): RegionStub {
  return new Proxy(region, {
    get: (target, key) => (change as Record<PropertyKey, unknown>)[key] ?? Reflect.get(target, key),
  });
}

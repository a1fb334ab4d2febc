/** Tiles that are not there, not of the order's shape or not of its rules: refused, and nobody pays. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { WorkMessage } from '../../durable-objects/region/env.ts';
import type { TileDone } from '../../durable-objects/region/rpc.ts';
import { encodeRows } from '../../ml/dataset/rows.ts';
import { TILES_MAX } from '../../protocol/order/sealed.ts';
import { newContentKey } from '../../sealing/content.ts';
import { blobKey } from '../../workers/blob-key.ts';
import { consume } from '../../workers/consumers/queue.ts';
import { runOrder } from '../../workers/consumers/run.ts';
import { unwrap } from './region-demander.ts';
import {
  FEATURES,
  type Prepared,
  payloadOf,
  ROWS,
  rowsBetween,
  startTileDemander,
  TILES,
  type TileDemander,
} from './tile-orders.ts';

const NAME = 'tile-refusals/alice';
let alice: TileDemander;
let shared: Prepared;
beforeAll(async () => {
  alice = await startTileDemander(NAME);
  shared = await alice.prepare();
}, 60_000);

const refusal = (code: string) => expect.objectContaining({ ok: false, code });

describe('a tile', () => {
  it('is recorded under its lease, its plan and its price only', async () => {
    const { id } = await alice.open();
    const { lease } = await alice.handedOut(id);
    const { region } = alice;
    const hash = new Uint8Array(32);
    const job = unwrap(await region.tileJob(id, lease.token, 0));
    const done: TileDone = {
      order: id,
      token: lease.token,
      tile: 0,
      stateHash: hash,
      cycles: job?.cycles ?? -1n,
      root: hash,
      resultId: hash,
      resultBytes: 1,
      traceId: hash,
    };
    for (const tile of [TILES, -1, 0.5, Number.NaN]) {
      expect(await region.recordTile({ ...done, tile })).toEqual(refusal('work_invalid'));
      expect(await region.tileJob(id, lease.token, tile)).toEqual(refusal('work_invalid'));
    }
    expect(await region.recordTile({ ...done, cycles: done.cycles + 1n })).toEqual(refusal('bill_mismatch'));
    expect(await region.recordTile({ ...done, token: done.token - 1 })).toEqual(refusal('lease_lost'));
    expect(await region.recordTile({ ...done, order: hash })).toEqual(refusal('unknown_order'));
    expect(await region.tileJob(id, lease.token - 1, 0)).toEqual({ ok: true, value: null });
    expect(await region.tileJob(hash, lease.token, 0)).toEqual({ ok: true, value: null });
    expect((await alice.order(id)).progress).toEqual({ chunk: 0, chunks: TILES });
    // The first one stays, whatever a second one says; the first once more is still the first.
    const taken = { ok: true, value: { taken: true, left: TILES - 1 } };
    expect([await region.recordTile(done), await region.recordTile(done)]).toEqual([taken, taken]);
    const other = new Uint8Array(32).fill(1);
    const twin = { ...done, root: other, resultId: other };
    expect(await region.recordTile(twin)).toEqual({ ok: true, value: { taken: false, left: TILES - 1 } });
    expect(await region.claimTiles(id, lease.token)).toEqual(refusal('result_not_ready'));
    expect(await region.tileCheckJob(id, lease.token, 0)).toEqual({ ok: true, value: null });
    expect(await region.resultTiles(id)).toEqual(refusal('result_not_ready'));
    await expect(alice.client.resultCiphertext(alice.hexOf(id))).rejects.toMatchObject({ code: 'result_not_ready' });
    await alice.client.cancel(alice.hexOf(id));
    expect(await region.recordTile({ ...done, tile: 1 })).toEqual(refusal('illegal_transition'));
  });

  it('has no place in an order of one piece, nor one piece in an order of tiles', async () => {
    const small = await alice.leased('predict');
    expect(small.lease.tiles).toBeNull();
    expect((await alice.order(small.id)).tiles).toBeNull();
    expect(await alice.region.tileJob(small.id, small.lease.token, 0)).toEqual(refusal('work_invalid'));
    expect(await alice.region.claimTiles(small.id, small.lease.token)).toEqual(refusal('work_invalid'));
    const { id } = await alice.open();
    const { token } = await alice.lease(id);
    const hash = new Uint8Array(32);
    const whole = { order: id, token, entry: null, results: ROWS, resultRoot: hash, result: hash, trace: hash };
    expect(await alice.region.submitWork(whole)).toEqual(refusal('work_invalid'));
    await alice.deliver(
      id,
      [0, 1, 2, 3].map((index) => ({ index, token, step: 'compute' })),
    );
    expect((await alice.order(id)).state).toBe('computed');
    expect(await alice.region.checkJob(id)).toEqual(refusal('illegal_transition'));
    expect(await alice.region.tileCheckJob(id, token, TILES)).toEqual(refusal('work_invalid'));
    await alice.deliver(id, alice.messages('check'));
    expect(await alice.final(id)).toMatchObject({ state: 'settled' });
  });
});

/** Rows of the right number of bytes, and of another shape. */
const otherShape = (from: number, to: number): Uint8Array => {
  const cells = (to - from) * FEATURES;
  return encodeRows({ rows: cells / 2, features: 2, x: new Float32Array(cells) });
};

it('an uploaded tile stays until it is checked, though no order names it in the open', async () => {
  const prepared = await alice.prepare();
  const [first, second] = (await payloadOf(prepared)).tiles.map((id) => alice.hexOf(id));
  const { id } = await alice.place(prepared);
  const { tiles } = await alice.handedOut(id);
  const remove = (tile: string | undefined) => alice.client.datasets.remove(tile as string);
  await expect(remove(first)).rejects.toMatchObject({ code: 'dataset_in_use' });
  await alice.deliver(id, tiles);
  await expect(remove(first)).rejects.toMatchObject({ code: 'dataset_in_use' });
  await alice.deliver(id, alice.messages('check'));
  await remove(first);
  await remove(second);
  expect(await alice.final(id)).toMatchObject({ state: 'settled' });
});

describe('an order ends with its escrow back', () => {
  const faults: [string, string, () => Promise<Prepared>][] = [
    [
      'whose tile was deleted before it was computed',
      'unknown_dataset',
      async () => {
        const prepared = await alice.prepare();
        const [, second] = (await payloadOf(prepared)).tiles;
        await alice.env.BLOBS.delete(blobKey(alice.hexOf(second as Uint8Array)));
        return prepared;
      },
    ],
    [
      'whose tile has a row too few',
      'dataset_malformed',
      () => alice.prepare((from, to) => rowsBetween(from, from === 0 ? to - 1 : to)),
    ],
    [
      'whose last tile is of another shape, though as long',
      'dataset_malformed',
      () => alice.prepare((from, to) => (to === ROWS ? otherShape(from, to) : rowsBetween(from, to))),
    ],
    [
      'with a tile too few',
      'dataset_malformed',
      async () => alice.withPayload(shared, (payload) => ({ ...payload, tiles: payload.tiles.slice(1) })),
    ],
    [
      'whose tiles are under another key',
      'sealed_malformed',
      async () => alice.withPayload(shared, (payload) => ({ ...payload, rowsKey: newContentKey() })),
    ],
    [
      'whose rows are in the envelope',
      'sealed_malformed',
      async () =>
        alice.withPayload(shared, () => ({
          kind: 'predict',
          modelKey: alice.model.contentKey,
          rows: rowsBetween(0, 100),
        })),
    ],
  ];

  it.each(faults)('%s', async (_, code, make) => {
    const prepared = await make();
    // A block may take the escrow as soon as the order is placed.
    const before = BigInt((await alice.client.account()).balanceZhi);
    const { id } = await alice.place(prepared);
    const ran = unwrap(await runOrder(alice.env, 'enam', id, undefined));
    // Some faults show before anything is computed; the others with the tile that has them.
    if (ran.kind === 'idle') await alice.deliver(id, alice.messages('compute'));
    const order = await alice.final(id);
    expect(order).toMatchObject({ state: 'unserved', bill: null, failure: { code } });
    // The order's fee is burned; its escrow is back.
    const after = BigInt((await alice.client.account()).balanceZhi);
    expect(before - after).toBe(6n * alice.network.genesis.baseFeeZhi);
    await expect(alice.client.resultCiphertext(alice.hexOf(id))).rejects.toMatchObject({ code: 'result_not_ready' });
  });

  it('unless nothing was uploaded yet: too many rows are refused before', async () => {
    let asked = 0;
    const rows = (from: number, to: number) => {
      asked++;
      return rowsBetween(from, to);
    };
    const request = { model: alice.model, rows, priceLimitZhi: 1n as never };
    const order = (rowCount: number) => alice.client.predict({ ...request, rowCount });
    await expect(order(TILES_MAX * 2_048 + 1)).rejects.toMatchObject({ code: 'work_invalid', param: 'rows' });
    expect(asked).toBe(0);
  });
});

it.each<[string, unknown]>([
  ['no tile', null],
  ['a tile before the first', { index: -1, token: 1, step: 'compute' }],
  ['half a tile', { index: 0.5, token: 1, step: 'compute' }],
  ['no token', { index: 0, step: 'compute' }],
  ['a step that there is none of', { index: 0, token: 1, step: 'prove' }],
])('a message of %s is dropped', async (_, tile) => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  const ack = vi.fn();
  const body = { region: 'enam', order: '01'.repeat(32), tile };
  const batch = { queue: 'hai-train', messages: [{ body, ack }] };
  await consume(batch as unknown as MessageBatch<WorkMessage>, alice.env);
  expect(ack).toHaveBeenCalledTimes(1);
  expect(told).toHaveBeenCalledWith(expect.stringContaining('message_malformed'));
  told.mockRestore();
});

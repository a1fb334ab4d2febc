/** A large prediction by tiles: any order, any repetition and any loss of their messages give what one piece would give. */
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../ml/mlp/model.ts';
import { predictInt8 } from '../../ml/mlp/predict.ts';
import { decodePrediction, encodePrediction, joinPredictions, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { predictCycles } from '../../protocol/cycles.ts';
import { hpu } from '../../workers/consumers/kernels.ts';
import { runOrderTile } from '../../workers/consumers/run.ts';
import { runTile } from '../../workers/consumers/tiles.ts';
import { unwrap } from './region-demander.ts';
import { cells, MODEL, ROWS, startTileDemander, stubWith, TILES, type TileDemander } from './tile-orders.ts';

let alice: TileDemander;
beforeAll(async () => {
  alice = await startTileDemander('tiles/alice');
}, 60_000);

const refusal = (code: string) => expect.objectContaining({ ok: false, code });
/** A permutation of the tiles, the same in every run. */
const shuffled = <T>(items: readonly T[]): T[] => items.map((_, i) => items[(i * 3 + 2) % items.length] as T);

/** The result as its demander opens it, held against the root. */
async function resultOf(hex: string, contentKey: Uint8Array): Promise<Uint8Array> {
  const { order } = await alice.client.order(hex);
  const split = (bytes: Uint8Array) =>
    predictionLeaves(unwrap(decodePrediction(bytes, ROWS, MODEL.classes)), MODEL.classes);
  const join = (tiles: readonly Uint8Array[]) => unwrap(joinPredictions(tiles, MODEL.classes));
  return alice.client.openResult(order, contentKey, await alice.client.resultCiphertext(hex), split, join);
}

async function onePiece() {
  const { order } = await alice.client.order(alice.model.order);
  const sealed = await alice.client.modelCiphertext(alice.model.order);
  const model = unwrap(decodeModel(await alice.client.openResult(order, alice.model.contentKey, sealed)));
  const predicted = predictInt8(hpu(), model, cells, ROWS);
  return { result: encodePrediction(predicted, MODEL.classes), cycles: predicted.cycles };
}

describe('tiles', () => {
  it('in any order, each twice, give the result and the bill of one piece', async () => {
    const { id, hex, contentKey } = await alice.open();
    const { lease, tiles } = await alice.handedOut(id);
    expect(lease).toMatchObject({ model: null, tiles: { missing: Array.from({ length: TILES }, (_, i) => i) } });
    expect(tiles.map(({ index }) => index)).toEqual(lease.tiles?.missing);
    await alice.deliver(id, shuffled(tiles).slice(0, 3));
    expect((await alice.order(id)).progress).toEqual({ chunk: 3, chunks: TILES });
    await alice.deliver(id, tiles);
    expect(await alice.order(id)).toMatchObject({ state: 'computed', results: ROWS });
    const checks = alice.messages('check');
    expect(checks).toHaveLength(TILES);
    // Late twins find nothing to do any more.
    await alice.deliver(id, shuffled(tiles));
    await alice.deliver(id, [...shuffled(checks).slice(0, 3), ...checks, ...checks]);
    const order = await alice.final(id);
    const expected = await onePiece();
    expect(order).toMatchObject({
      state: 'settled',
      tiles: TILES,
      attempts: [{ verdict: 'passed', checkedParts: 2 * TILES }],
      bill: { cycles: expected.cycles.toString() },
    });
    expect(expected.cycles).toBe(predictCycles(MODEL, ROWS));
    expect(await resultOf(hex, contentKey)).toEqual(expected.result);
  });

  it('of which one was lost: the due entry sends it again, and nothing else', async () => {
    const { id, hex, contentKey } = await alice.open();
    const { tiles } = await alice.handedOut(id);
    await alice.deliver(
      id,
      tiles.filter(({ index }) => index !== 2),
    );
    expect(await alice.region.task(id)).toEqual({ kind: 'held' });
    // From here on the real queue and its consumers go on by themselves.
    await alice.expire(id, 'lease');
    expect(await alice.final(id)).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
    expect(await resultOf(hex, contentKey)).toEqual((await onePiece()).result);
  });

  it('of which the checks were lost are checked all the same', async () => {
    const { id } = await alice.open();
    await alice.deliver(id, (await alice.handedOut(id)).tiles);
    await alice.deliver(id, alice.messages('check').slice(0, 2));
    expect(await alice.region.task(id)).toMatchObject({ kind: 'check', tiles: { tiles: [2, 3] } });
    await alice.expire(id, 'check');
    expect(await alice.final(id)).toMatchObject({ state: 'settled', attempts: [{ checkedParts: 2 * TILES }] });
  });
});

describe('a consumer that dies', () => {
  it('between tiles leaves the rest to the next lease, and nothing to its own', async () => {
    const { id } = await alice.open();
    const { lease, tiles } = await alice.handedOut(id);
    await alice.deliver(id, tiles.slice(0, 2));
    await alice.region.yieldLease(id, lease.token);
    const next = await alice.handedOut(id);
    expect(next.tiles.map(({ index }) => index)).toEqual([2, 3]);
    expect(next.lease.token).toBe(lease.token + 1);
    const before = await alice.blobsOf(id);
    await alice.deliver(id, tiles);
    expect(await alice.blobsOf(id)).toEqual(before);
    expect((await alice.order(id)).progress).toEqual({ chunk: 2, chunks: TILES });
    await alice.deliver(id, next.tiles);
    await alice.deliver(id, alice.messages('check'));
    expect(await alice.final(id)).toMatchObject({ state: 'settled', attempts: [{ attempt: 1 }] });
  });

  it('after it computed a tile, whose lease is gone, takes its blobs with it', async () => {
    const { id } = await alice.open();
    const { lease, tiles } = await alice.handedOut(id);
    const slow = stubWith(alice.region, {
      recordTile: async (done) => {
        await alice.region.yieldLease(id, lease.token);
        await alice.lease(id);
        return alice.region.recordTile(done);
      },
    });
    expect(await runTile(alice.env, slow, id, lease.token, tiles[0]?.index ?? -1)).toEqual(refusal('lease_lost'));
    expect(await alice.blobsOf(id)).toEqual([]);
    await alice.client.cancel(alice.hexOf(id));
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled', bill: null });
  });

  it('between the last tile and the claim: the next one claims', async () => {
    const { id } = await alice.open();
    const { lease, tiles } = await alice.handedOut(id);
    await alice.deliver(id, tiles.slice(1));
    const dying = stubWith(alice.region, { claimTiles: () => Promise.reject(new Error('dead')) });
    await expect(runTile(alice.env, dying, id, lease.token, 0)).rejects.toThrow('dead');
    expect((await alice.order(id)).state).toBe('matched');
    await alice.region.yieldLease(id, lease.token);
    const next = await alice.handedOut(id);
    expect(next.tiles).toEqual([]);
    expect((await alice.order(id)).state).toBe('computed');
    await alice.expire(id, 'check');
    expect(await alice.final(id)).toMatchObject({ state: 'settled' });
  });
});

describe('a provider that lies in one tile', () => {
  it('is caught, and another one finishes the order', async () => {
    await alice.region.setLies(1);
    const { id, hex, contentKey } = await alice.open();
    const first = await alice.handedOut(id);
    await alice.deliver(id, first.tiles);
    const checks = alice.messages('check');
    // All true tiles pass first; the last one is the false one.
    await alice.deliver(id, checks.slice(0, -1));
    expect((await alice.order(id)).state).toBe('computed');
    await alice.deliver(id, checks.slice(-1));
    expect((await alice.order(id)).attempts).toMatchObject([{ verdict: 'failed' }, { verdict: 'pending' }]);
    const tiles = alice.messages('compute');
    expect(tiles).toHaveLength(TILES);
    const progress = async () => (await alice.order(id)).progress;
    await alice.deliver(id, [...first.tiles, ...checks]);
    expect(await progress()).toEqual({ chunk: 0, chunks: TILES });
    await alice.deliver(id, tiles);
    await alice.deliver(id, alice.messages('check'));
    const order = await alice.final(id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'failed' }, { verdict: 'passed' }] });
    expect(order.attempts[0]?.provider).not.toBe(order.attempts[1]?.provider);
    expect(await resultOf(hex, contentKey)).toEqual((await onePiece()).result);
    // Of both attempts only the paid results stay.
    await alice.expire(id, 'tiles');
    expect(await alice.blobsOf(id)).toHaveLength(TILES);
    expect(await resultOf(hex, contentKey)).toEqual((await onePiece()).result);
  });

  it('by keeping a tile back after it was recorded is caught as well', async () => {
    const { id } = await alice.open();
    await alice.deliver(id, (await alice.handedOut(id)).tiles);
    for (const key of await alice.blobsOf(id)) await alice.env.BLOBS.delete(key);
    const [check] = alice.messages('check');
    if (!check) throw new Error('no check was sent');
    const ran = unwrap(await runOrderTile(alice.env, 'enam', id, check));
    expect(ran).toEqual({ kind: 'idle' });
    expect((await alice.order(id)).attempts).toMatchObject([{ verdict: 'failed' }, { verdict: 'pending' }]);
    // Verdict and match come before the cancellation in the block, wherever they were when it was taken.
    expect(await alice.client.cancel(alice.hexOf(id))).toMatchObject({ status: 'applied' });
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled' });
    await alice.expire(id, 'tiles');
    expect(await alice.blobsOf(id)).toEqual([]);
  });
});

/** Whatever dies between the tiles of a large prediction, the order is settled once, at its first provider. */
import { describe, expect, it } from 'vitest';
import { runUnderFaults } from '../support/faulty-run.ts';
import { predict } from '../support/jobs.ts';
import type { Fault } from '../workerd/faulty/faults.ts';

/** Longer than a tile takes on a busy machine. */
const LEASE_MS = 1_000;
/** One more than fit in one piece: nine tiles, the last of one row. */
const ROWS = 16_385;
const TILES = 9;

const run = runUnderFaults(LEASE_MS);

async function expectSettled(fault: Fault): Promise<void> {
  await run.network.arm(fault);
  const { id } = await predict(run.client, run.model, ROWS);
  const order = await run.finalOrder(id);
  expect(order).toMatchObject({ state: 'settled', tiles: TILES, attempts: [{ attempt: 1, verdict: 'passed' }] });
  expect(order.attempts).toHaveLength(1);
  expect(await run.network.happened()).toEqual({ [fault.at]: fault.times });
  expect((await run.network.audit()).orders.get(id)).toBe('settled');
}

describe('a batch', () => {
  it.each<[string, Fault]>([
    ['whose tiles are handed out in vain', { at: 'TRAIN_QUEUE.sendBatch', kind: 'lost', times: 1 }],
    ['whose tiles are handed out twice', { at: 'TRAIN_QUEUE.sendBatch', kind: 'twice', times: 1 }],
    ['whose checks are handed out in vain', { at: 'TRAIN_QUEUE.sendBatch', kind: 'lost', times: 1, skip: 1 }],
    ['two of whose consumers die before they compute', { at: 'Region.tileJob', kind: 'before', times: 2, skip: 3 }],
    ['two of whose consumers die with their tile', { at: 'Region.recordTile', kind: 'before', times: 2, skip: 3 }],
    ['whose consumer dies after its tile was recorded', { at: 'Region.recordTile', kind: 'after', times: 1, skip: 8 }],
    ['each of whose tiles is recorded twice', { at: 'Region.recordTile', kind: 'twice', times: TILES }],
    ['whose object is evicted with a tile', { at: 'Region.recordTile', kind: 'evict', times: 1, skip: 4 }],
    ['whose consumer dies before the claim', { at: 'Region.claimTiles', kind: 'before', times: 1 }],
    ['whose consumer dies after the claim', { at: 'Region.claimTiles', kind: 'after', times: 1 }],
    ['whose object is evicted with the claim', { at: 'Region.claimTiles', kind: 'evict', times: 1 }],
    ['two of whose checkers die', { at: 'Checker.checkTile', kind: 'before', times: 2, skip: 3 }],
    ['whose checker dies after the last verdict', { at: 'Region.recordTileVerdict', kind: 'after', times: 1, skip: 8 }],
  ])('%s', (_, fault) => expectSettled(fault));
});

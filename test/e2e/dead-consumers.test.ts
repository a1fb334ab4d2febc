/**
 * Whatever dies in the middle of an order, the order is settled once. Faults are around the shipped Worker in a real workerd;
 * the lease is short, so that a consumer is soon missed.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../clients/sdk/client.ts';
import { type FaultyNetwork, startFaultyNetwork } from '../support/faulty-network.ts';
import { fundedClient, LONG_TRAIN, predict, type TestModel, train, trainedModel } from '../support/jobs.ts';
import type { Fault } from '../workerd/faulty/faults.ts';

const LEASE_MS = 300;
const FINAL_MS = 30_000;

let network: FaultyNetwork;
let client: Client;
let model: TestModel;

beforeAll(async () => {
  network = await startFaultyNetwork({ leaseMs: LEASE_MS });
  client = await fundedClient(network, 'enam');
  model = await trainedModel(client);
});
afterAll(() => network?.close());

afterEach(async () => {
  await network.arm();
  expect((await network.audit()).faults).toEqual([]);
});

const kinds = ['predict by direct call', 'predict by queue', 'train'] as const;
type Kind = (typeof kinds)[number];

function open(kind: Kind) {
  if (kind === 'train') return train(client, LONG_TRAIN);
  return predict(client, model, 3, {}, kind === 'predict by queue' ? { preferQueue: true } : { waitSeconds: 1 });
}

/** The order is settled at its first provider, and every armed fault happened. */
async function expectSettled(kind: Kind, ...faults: Fault[]): Promise<void> {
  await network.arm(...faults);
  const { id } = await open(kind);
  const { order } = await client.waitOrder(id, 'final', FINAL_MS);
  expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
  expect(order.attempts).toHaveLength(1);
  for (const { at, times } of faults) expect(await network.happened()).toMatchObject({ [at]: times });
  expect((await network.audit()).orders.get(id)).toBe('settled');
}

describe.each(kinds)('%s', (kind) => {
  const fault = (at: string, how: Fault['kind'], more: Partial<Fault> = {}): Fault => ({
    at,
    kind: how,
    times: 1,
    ...more,
  });

  it('whose consumer throws before it hands in its work', () =>
    expectSettled(kind, fault('Region.submitWork', 'before')));
  it('whose consumer dies right after it handed in its work', () =>
    expectSettled(kind, fault('Region.submitWork', 'after')));
  it('whose object is evicted when the work came in', () => expectSettled(kind, fault('Region.submitWork', 'evict')));
  it('whose checker throws, twice', () => expectSettled(kind, fault('Checker.check', 'before', { times: 2 })));
  it('whose checker dies after the verdict', () => expectSettled(kind, fault('Checker.check', 'after')));
  it('whose object is evicted with the verdict', () => expectSettled(kind, fault('Region.recordVerdict', 'evict')));
  it('whose provider cannot sign its claim at first', () =>
    expectSettled(kind, fault('ed25519.sign', 'before', { skip: 1 })));
  it('whose provider does not answer the match at first', () => expectSettled(kind, fault('ed25519.sign', 'before')));
});

describe('queues', () => {
  it.each([
    ['predict by queue', 'PREDICT_QUEUE.send', 'lost'],
    ['predict by queue', 'PREDICT_QUEUE.send', 'twice'],
    ['train', 'TRAIN_QUEUE.send', 'lost'],
    ['train', 'TRAIN_QUEUE.send', 'twice'],
  ] as const)('%s: %s %s', (kind, at, how) => expectSettled(kind, { at, kind: how, times: 1 }));

  it('a training whose every message comes twice', () =>
    expectSettled('train', { at: 'TRAIN_QUEUE.send', kind: 'twice', times: 3 }));
});

describe('a training', () => {
  it.each(['before', 'after', 'evict'] as const)(
    'goes on from the last recorded chunk when its consumer dies (%s)',
    async (how) => {
      await network.arm({ at: 'Region.recordChunk', kind: how, times: 1, skip: 20 });
      const { id } = await train(client, LONG_TRAIN);
      const { order } = await client.waitOrder(id, 'final', FINAL_MS);
      expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed', method: 'replay' }] });
      expect(await network.happened()).toEqual({ 'Region.recordChunk': 1 });
    },
  );

  it('survives four consumers that die after seven chunks each', async () => {
    const fault = (skip: number): Fault => ({ at: 'Region.recordChunk', kind: 'after', times: 1, skip });
    await network.arm(fault(6), fault(7), fault(7), fault(7));
    const { id } = await train(client, LONG_TRAIN);
    const { order } = await client.waitOrder(id, 'final', FINAL_MS);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
    expect(await network.happened()).toEqual({ 'Region.recordChunk': 4 });
  });
});

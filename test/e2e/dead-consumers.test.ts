/**
 * Whatever dies in the middle of an order, the order is settled once. Faults are around the shipped Worker in a real workerd;
 * the lease is short, so that a consumer is soon missed.
 */
import { describe, expect, it } from 'vitest';
import { runUnderFaults } from '../support/faulty-run.ts';
import { LONG_TRAIN, predict, train } from '../support/jobs.ts';
import type { Fault } from '../workerd/faulty/faults.ts';

const LEASE_MS = 300;

const run = runUnderFaults(LEASE_MS);

const kinds = ['predict by direct call', 'predict by queue', 'train'] as const;
type Kind = (typeof kinds)[number];

function open(kind: Kind) {
  if (kind === 'train') return train(run.client, LONG_TRAIN);
  return predict(
    run.client,
    run.model,
    3,
    {},
    kind === 'predict by queue' ? { preferQueue: true } : { waitSeconds: 1 },
  );
}

/** The order is settled at its first provider, and every armed fault happened. */
async function expectSettled(kind: Kind, ...faults: Fault[]): Promise<void> {
  await run.network.arm(...faults);
  const { id } = await open(kind);
  const order = await run.finalOrder(id);
  expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
  expect(order.attempts).toHaveLength(1);
  for (const { at, times } of faults) expect(await run.network.happened()).toMatchObject({ [at]: times });
  expect((await run.network.audit()).orders.get(id)).toBe('settled');
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
      await run.network.arm({ at: 'Region.recordChunk', kind: how, times: 1, skip: 20 });
      const { id } = await train(run.client, LONG_TRAIN);
      const order = await run.finalOrder(id);
      expect(order).toMatchObject({ state: 'settled', attempts: [{ verdict: 'passed', method: 'replay' }] });
      expect(await run.network.happened()).toEqual({ 'Region.recordChunk': 1 });
    },
  );

  it('survives four consumers that die after seven chunks each', async () => {
    const fault = (skip: number): Fault => ({ at: 'Region.recordChunk', kind: 'after', times: 1, skip });
    await run.network.arm(fault(6), fault(7), fault(7), fault(7));
    const { id } = await train(run.client, LONG_TRAIN);
    const order = await run.finalOrder(id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
    expect(await run.network.happened()).toEqual({ 'Region.recordChunk': 4 });
  });
});

/** Blocks under faults: seats that do not vote, replies of the database that get lost, notices that never come, objects evicted. */
import { describe, expect, it } from 'vitest';
import { feeOf } from '../../protocol/tx/fee.ts';
import { ALWAYS, runUnderFaults } from '../support/faulty-run.ts';
import { fundedClient, predict, QUICK_TRAIN, train } from '../support/jobs.ts';
import type { Fault, FaultKind } from '../workerd/faulty/faults.ts';

const LEASE_MS = 500;

const run = runUnderFaults(LEASE_MS);

const place = (terms: Parameters<typeof predict>[3] = {}) =>
  predict(run.client, run.model, 2, terms, { waitSeconds: 5 });

async function expectSettled(...ids: string[]): Promise<void> {
  for (const id of ids) {
    const order = await run.finalOrder(id);
    expect(order).toMatchObject({ id, state: 'settled', final: true });
  }
  const { orders, faults } = await run.network.audit();
  expect(faults).toEqual([]);
  expect(ids.map((id) => orders.get(id))).toEqual(ids.map(() => 'settled'));
}

const height = async (): Promise<bigint> => BigInt((await run.client.chain()).tip.height);

async function settledUnder(...faults: Fault[]): Promise<void> {
  await run.network.arm(...faults);
  const { id } = await place();
  await expectSettled(id);
  for (const { at } of faults) expect(await run.network.happened()).toHaveProperty([at]);
}

const deaf = (regions: readonly string[]): Fault[] =>
  regions.map((region) => ({ at: 'Region.vote', kind: 'before', times: ALWAYS, region }));

describe('seats', () => {
  it('below a quorum stall the chain, and results still come; with the quorum back the same orders are sealed', async () => {
    const before = await height();
    // 5 of 13 seats are left out.
    await run.network.arm(...deaf(['wnam', 'apac', 'oc']));
    const { id, order } = await place();
    expect(order.state).toBe('confirmed');
    await expect(run.client.waitOrder(id, 'final', 1500)).rejects.toMatchObject({ code: 'result_not_ready' });
    expect(await height()).toBe(before);
    expect((await run.network.happened())['Region.vote']).toBeGreaterThanOrEqual(3);
    await run.network.arm();
    await expectSettled(id);
  });

  it('that missed blocks vote again when they are shown what is final', async () => {
    await run.network.arm(...deaf(['oc', 'me']));
    await expectSettled((await place()).id, (await place()).id);
    // Now nine seats are left only if both vote.
    await run.network.arm(...deaf(['wnam', 'enam']));
    await expectSettled((await place()).id);
  });

  it('that vote and lose the answer vote for the same block again', () =>
    settledUnder({ at: 'Region.vote', kind: 'after', times: 4, region: 'weur' }));

  it('that hang hold up no block for long', () =>
    settledUnder({ at: 'Region.vote', kind: 'hang', times: ALWAYS, region: 'oc' }));
});

describe('the database', () => {
  it.each<[string, FaultKind, number]>([
    ['fails twice before the block is in', 'before', 2],
    ['loses the reply after the block is in', 'after', 1],
    ['is given the block twice', 'twice', 1],
  ])('%s', (_, kind, times) => settledUnder({ at: 'DB.batch', kind, times }));
});

describe('the proposing object', () => {
  it.each(['vote', 'takeFinal', 'alarm', 'wake'])('is evicted in %s', (method) =>
    settledUnder({ at: `Region.${method}`, kind: 'evict', times: 1, region: 'weur' }),
  );
  it('has every alarm twice', () => settledUnder({ at: 'Region.alarm', kind: 'twice', times: ALWAYS }));
  it('has an alarm that throws', () => settledUnder({ at: 'Region.alarm', kind: 'before', times: 1 }));
});

describe('a region', () => {
  it.each<[string, Fault]>([
    ['whose wake is lost', { at: 'Region.wake', kind: 'lost', times: 1 }],
    ['whose wake fails', { at: 'Region.wake', kind: 'before', times: 1 }],
    ['that is not there when it is pulled', { at: 'Region.pull', kind: 'before', times: 1, region: 'enam' }],
    ['that is evicted when it is pulled', { at: 'Region.pull', kind: 'evict', times: 1, region: 'enam' }],
    ['that hangs when it is pulled', { at: 'Region.pull', kind: 'hang', times: 1, region: 'enam' }],
    ['that hangs with the notice', { at: 'Region.takeFinal', kind: 'hang', times: 1, region: 'enam' }],
    ['that misses the notice of a block', { at: 'Region.takeFinal', kind: 'lost', times: 1, region: 'enam' }],
    ['that dies with the notice', { at: 'Region.takeFinal', kind: 'evict', times: 1, region: 'enam' }],
  ])('%s', (_, fault) => settledUnder(fault));

  it('that misses every notice finds the outcomes in D1, and its account goes on meanwhile', async () => {
    await run.network.arm({ at: 'Region.takeFinal', kind: 'lost', times: ALWAYS, region: 'enam' });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await place()).id);
    await expectSettled(...ids);
    await run.network.arm();
    await expectSettled((await place()).id);
  });

  it('that misses one notice and hears the next gives no nonce out that the chain does not expect', async () => {
    await run.network.arm({ at: 'Region.takeFinal', kind: 'lost', times: 1, region: 'enam' });
    const first = await place();
    await expect.poll(async () => (await run.network.happened())['Region.takeFinal']).toBe(1);
    // Some other demander of the region has a block sealed: its notice brings the searcher's account, ahead of what is pending.
    const other = await fundedClient(run.network, 'enam');
    const trained = await train(other, QUICK_TRAIN);
    await run.finalOrder(trained.id, other);
    await expectSettled(first.id, (await place()).id);
  });
});

describe('what builds on a result that is not sealed yet', () => {
  /** The region answers its callers, and nothing of it is sealed. */
  const unsealed: Fault = { at: 'Region.pull', kind: 'before', times: ALWAYS, region: 'enam' };

  it('a prediction with a model that was just checked', async () => {
    await run.network.arm(unsealed);
    const trained = await train(run.client, QUICK_TRAIN, {}, { waitSeconds: 10 });
    expect(trained.order.state).toBe('confirmed');
    const fresh = { order: trained.id, contentKey: trained.contentKey, work: QUICK_TRAIN };
    const predicted = await predict(run.client, fresh, 2, {}, { waitSeconds: 5 });
    expect(predicted.order).toMatchObject({ state: 'confirmed', block: null });
    await run.network.arm();
    await expectSettled(trained.id, predicted.id);
  });

  it('a confirmation that comes at once', async () => {
    await run.network.arm(unsealed);
    const { id, order } = await place({ confirm: { kind: 'manual', windowMs: 3_600_000n as never } });
    expect(order.state).toBe('checked');
    const confirmed = run.client.confirm(id);
    await expect.poll(async () => (await run.client.order(id)).order.state).toBe('confirmed');
    await run.network.arm();
    expect(await confirmed).toMatchObject({ status: 'applied', entries: [0] });
    await expectSettled(id);
  });
});

describe('an order that the chain refuses to open', () => {
  it('ends with the refusal, pays nobody and holds nothing back', async () => {
    const before = await run.client.account();
    await run.network.arm({ at: 'Region.pull', kind: 'before', times: ALWAYS, region: 'enam' });
    const late = await place({ deadlineMs: BigInt(Date.now() + 1_000) });
    expect(late.order.state).toBe('confirmed');
    await expect.poll(() => Date.now() - Number(late.order.deadlineMs), { timeout: 5_000 }).toBeGreaterThan(0);
    await run.network.arm();
    const order = await run.finalOrder(late.id);
    expect(order).toMatchObject({ state: 'unserved', final: true, bill: null, failure: { code: 'deadline_passed' } });
    expect((await run.network.audit()).orders.has(late.id)).toBe(false);
    const after = await run.client.account();
    expect(after.reservedZhi).toBe('0');
    // The fee alone.
    const { genesis } = await run.client.network();
    expect(BigInt(before.balanceZhi) - BigInt(after.balanceZhi)).toBe(feeOf('orderOpen', genesis.baseFeeZhi));
    await expectSettled((await place()).id);
  });
});

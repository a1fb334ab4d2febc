/** Leases, claims and verdicts at the region's object: whatever comes late, twice or out of order changes nothing. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../workers/consumers/check-work.ts';
import { compute } from '../../workers/consumers/compute.ts';
import { type RegionDemander, startRegionDemander, unwrap, workerEnv } from './region-demander.ts';

let alice: RegionDemander;
beforeAll(async () => {
  alice = await startRegionDemander('leases/alice', 'enam');
}, 60_000);

const refusal = (code: string) => expect.objectContaining({ ok: false, code });

async function checked(id: Uint8Array) {
  return unwrap(await judge(workerEnv, alice.region, unwrap(await alice.region.checkJob(id))));
}

async function finish(id: Uint8Array): Promise<void> {
  expect(unwrap(await alice.region.recordVerdict(await checked(id))).order.state).toBe('confirmed');
  expect(await alice.final(id)).toMatchObject({ state: 'settled', final: true });
}

describe('a lease', () => {
  it('is held by one consumer', async () => {
    const { id, lease } = await alice.leased('predict');
    expect(await alice.region.task(id)).toEqual({ kind: 'held' });
    expect(await compute(workerEnv, alice.region, lease)).toEqual({ ok: true, value: 'done' });
    expect(await alice.region.task(id)).toEqual({ kind: 'check' });
    await finish(id);
    expect(await alice.region.task(id)).toEqual({ kind: 'none' });
  });

  it('that was given on leaves its first holder nothing to hand in', async () => {
    const { id, lease } = await alice.leased('predict');
    await alice.region.yieldLease(id, lease.token);
    const task = await alice.region.task(id);
    if (task.kind !== 'compute') throw new Error(`the task is ${task.kind}`);
    expect(task.lease.token).toBe(lease.token + 1);
    expect(task.lease.contentKey).toEqual(lease.contentKey);
    expect(await compute(workerEnv, alice.region, lease)).toEqual(refusal('lease_lost'));
    // Nor can the first holder give away what is no longer its own.
    await alice.region.yieldLease(id, lease.token);
    expect(await alice.region.task(id)).toEqual({ kind: 'held' });
    expect(await compute(workerEnv, alice.region, task.lease)).toEqual({ ok: true, value: 'done' });
    await finish(id);
  });

  it('survives the eviction of the object', async () => {
    const { id, lease } = await alice.leased('predict');
    await evictDurableObject(alice.region);
    expect(await alice.region.task(id)).toEqual({ kind: 'held' });
    expect(await compute(workerEnv, alice.region, lease)).toEqual({ ok: true, value: 'done' });
    await evictDurableObject(alice.region);
    await finish(id);
  });

  it('of an order that nobody knows is none', async () => {
    const unknown = new Uint8Array(32).fill(1);
    expect(await alice.region.task(unknown)).toEqual({ kind: 'none' });
    expect(await alice.region.checkJob(unknown)).toEqual(refusal('unknown_order'));
    expect(await alice.region.waitOrder(unknown, 'final', 1)).toEqual(refusal('unknown_order'));
  });
});

describe('work', () => {
  it('is claimed once', async () => {
    const { id, lease } = await alice.leased('predict');
    expect(await compute(workerEnv, alice.region, lease)).toEqual({ ok: true, value: 'done' });
    const before = await alice.order(id);
    expect(await compute(workerEnv, alice.region, lease)).toEqual(refusal('illegal_transition'));
    expect(await alice.order(id)).toEqual(before);
    await finish(id);
  });

  it('of another length than was ordered is refused, and the order goes on', async () => {
    const { id, lease } = await alice.leased('predict');
    const entry = { stateHash: new Uint8Array(32), cycles: 1n };
    const blank = new Uint8Array(32);
    const short = { order: id, token: lease.token, entry, results: 3, resultRoot: blank, result: blank, trace: null };
    expect(await alice.region.submitWork(short)).toEqual(refusal('bill_mismatch'));
    expect((await alice.order(id)).state).toBe('matched');
    expect(await compute(workerEnv, alice.region, lease)).toEqual({ ok: true, value: 'done' });
    await finish(id);
  });
});

describe('a verdict', () => {
  it('counts once, for its attempt and its result', async () => {
    const { id, lease } = await alice.leased('predict');
    expect(await alice.region.checkJob(id)).toEqual(refusal('illegal_transition'));
    await compute(workerEnv, alice.region, lease);
    const verdict = await checked(id);
    expect(verdict).toMatchObject({ passed: true, attempt: 1 });
    const { region } = alice;
    expect(await region.recordVerdict({ ...verdict, attempt: 2 })).toEqual(refusal('attempt_mismatch'));
    const otherRoot = verdict.resultRoot.map((byte) => byte ^ 1);
    expect(await region.recordVerdict({ ...verdict, resultRoot: otherRoot })).toEqual(refusal('result_mismatch'));
    expect((await alice.order(id)).state).toBe('computed');
    unwrap(await region.recordVerdict(verdict));
    expect(await region.recordVerdict(verdict)).toEqual(refusal('illegal_transition'));
    expect(await region.recordVerdict({ ...verdict, passed: false })).toEqual(refusal('illegal_transition'));
    const order = await alice.final(id);
    expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
  });

  it('of a failed check opens the order again, for another provider', async () => {
    const { id, lease } = await alice.leased('predict');
    await compute(workerEnv, alice.region, { ...lease, lie: true });
    const verdict = await checked(id);
    expect(verdict).toMatchObject({ passed: false });
    const { order } = unwrap(await alice.region.recordVerdict(verdict));
    expect(order).toMatchObject({ state: 'open', attempts: [{ verdict: 'failed' }] });
    expect(await compute(workerEnv, alice.region, lease)).toEqual(refusal('illegal_transition'));
    const task = await alice.region.task(id);
    if (task.kind !== 'compute') throw new Error(`the task is ${task.kind}`);
    expect(task.lease).toMatchObject({ attempt: 2, chunksDone: 0, state: null, lie: false });
    await compute(workerEnv, alice.region, task.lease);
    await finish(id);
    const [liar, honest] = (await alice.order(id)).attempts;
    expect(honest?.provider).not.toBe(liar?.provider);
  });
});

describe('the chunks of a training', () => {
  const chunkOf = (order: Uint8Array, token: number, chunk: number) => ({
    order,
    token,
    chunk,
    chunks: 3,
    stateHash: new Uint8Array(32).fill(chunk),
    state: new Uint8Array([chunk]),
    cycles: 1n,
  });

  it('are recorded in order, each once', async () => {
    const { id, lease } = await alice.leased('train');
    const { region } = alice;
    expect(await region.recordChunk(chunkOf(id, lease.token, 1))).toEqual(refusal('result_mismatch'));
    expect(await region.recordChunk(chunkOf(id, lease.token + 1, 0))).toEqual(refusal('lease_lost'));
    unwrap(await region.recordChunk(chunkOf(id, lease.token, 0)));
    expect((await alice.order(id)).progress).toEqual({ chunk: 1, chunks: 3 });
    unwrap(await region.recordChunk(chunkOf(id, lease.token, 0)));
    expect((await alice.order(id)).progress).toEqual({ chunk: 1, chunks: 3 });
    expect(await region.chunkState(id, 0)).toEqual(new Uint8Array([0]));
    expect(await region.chunkState(id, 1)).toBeNull();
    await alice.client.cancel(alice.hexOf(id));
    expect(await region.recordChunk(chunkOf(id, lease.token, 1))).toEqual(refusal('illegal_transition'));
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled' });
  });

  it('with a checkpoint that does not open are not gone on from', async () => {
    const { id, lease } = await alice.leased('train');
    const { region } = alice;
    for (const chunk of [0, 1, 2]) unwrap(await region.recordChunk(chunkOf(id, lease.token, chunk)));
    await region.yieldLease(id, lease.token);
    const task = await region.task(id);
    expect(task).toMatchObject({ kind: 'compute', lease: { chunksDone: 3, state: new Uint8Array([2]) } });
    if (task.kind !== 'compute') return;
    expect(await compute(workerEnv, region, task.lease)).toEqual(refusal('sealed_malformed'));
    await alice.client.cancel(alice.hexOf(id));
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled', bill: null });
  });
});

it('an alarm more than is due changes nothing', async () => {
  const { id, lease } = await alice.leased('predict');
  await compute(workerEnv, alice.region, lease);
  await finish(id);
  const before = [await alice.order(id), await alice.client.account(), (await alice.client.chain()).tip];
  for (let i = 0; i < 3; i++) await runDurableObjectAlarm(alice.region);
  expect([await alice.order(id), await alice.client.account(), (await alice.client.chain()).tip]).toEqual(before);
});

/** A search by jobs: any order, repetition and loss of their messages give the same model, bill and leaderboard. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Region } from '../../durable-objects/region/region.ts';
import { recordJobVerdict } from '../../durable-objects/region/search/job-checks.ts';
import { sweepJobs } from '../../durable-objects/region/search/job-sweep.ts';
import { forgetJobs } from '../../durable-objects/region/search/job-table.ts';
import { insertStop, stopOf } from '../../durable-objects/region/search/stop-table.ts';
import type { JobDone } from '../../durable-objects/region/search-rpc.ts';
import { chunkLog } from '../../durable-objects/region/work.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { encodeOrderRefund } from '../../protocol/tx/order-refund.ts';
import { runOrder, runOrderJob } from '../../workers/consumers/run.ts';
import { LIMIT_ZHI } from '../support/jobs.ts';
import { smallTable } from '../support/searches.ts';
import { unwrap } from './region-demander.ts';
import { type PlacedSearch, type SearchDemander, startSearchDemander } from './search-orders.ts';

let alice: SearchDemander;
beforeAll(async () => {
  alice = await startSearchDemander('search/alice');
}, 60_000);

const refusal = (code: string) => expect.objectContaining({ ok: false, code });
const statesOf = async (id: Uint8Array) => unwrap(await alice.region.jobs(id)).jobs.map(({ state }) => state);

/** Root and bill: equal where result, log and cycles are. */
async function outcome(id: Uint8Array) {
  const { state, bill, attempts } = await alice.final(id);
  const { jobs, cycles } = unwrap(await alice.region.jobs(id));
  expect({ state, attempts }).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
  expect(bill?.cycles).toBe(cycles);
  return { cycles, jobs: jobs.map((job) => job.cycles) };
}

let undisturbed: Awaited<ReturnType<typeof outcome>>;
/** Settled, and swept. */
let settled: PlacedSearch;

describe('jobs', () => {
  it('one after the other end in a claim, a check and a bill of their cycles', async () => {
    settled = await alice.open();
    const { id } = settled;
    const round = await alice.handedOut(id);
    expect(round.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(await statesOf(id)).toEqual(['waiting', 'waiting', 'waiting']);
    await alice.deliver(id, round);
    undisturbed = await outcome(id);
    expect(undisturbed.jobs.reduce((sum, cycles) => sum + BigInt(cycles), 0n).toString()).toBe(undisturbed.cycles);
    // Of a final search its model is left, and nothing of its other jobs.
    expect((await alice.blobsOf(id)).length).toBeGreaterThan(1);
    await alice.expire(id, 'jobs');
    expect(await alice.blobsOf(id)).toHaveLength(1);
    expect((await statesOf(id)).every((state) => state === 'done')).toBe(true);
    expect(unwrap(await alice.region.orderResult(id)).length).toBeGreaterThan(100);
  });

  it('in another order, each twice, and late, change nothing', async () => {
    const { id } = await alice.open();
    const round = await alice.handedOut(id);
    await alice.deliver(id, [...round, ...round].reverse());
    await alice.deliver(id, round);
    expect(await outcome(id)).toEqual(undisturbed);
  });

  it('in many slices, some of them delivered twice, change nothing', async () => {
    const { id } = await alice.open();
    const round = await alice.handedOut(id);
    const cut = { ...alice.env, STEP_OPERATIONS: '4000' };
    const delivered = await alice.deliver(id, [...round, ...round], cut);
    expect(delivered).toBeGreaterThan(2 * round.length + 8);
    expect(await outcome(id)).toEqual(undisturbed);
  });

  it('of which one was lost are sent again when the lease runs out, and no others', async () => {
    const { id } = await alice.open();
    const round = await alice.handedOut(id);
    await alice.deliver(id, round.slice(0, 2));
    expect(await statesOf(id)).toEqual(['done', 'done', 'waiting']);
    expect(await alice.region.task(id)).toEqual({ kind: 'held' });
    // From here on the real queue and its consumers go on by themselves.
    await alice.expire(id, 'lease');
    expect(await outcome(id)).toEqual(undisturbed);
  });
});

describe('an assembly', () => {
  it('fetches no result of a trial', async () => {
    const { id } = await alice.open();
    const waiting = await alice.handedOut(id);
    let fetched: string[] = [];
    const get = (key: string) => {
      fetched.push(key);
      return alice.env.BLOBS.get(key);
    };
    const BLOBS = new Proxy(alice.env.BLOBS, {
      get: (bucket, name) => {
        const value = Reflect.get(bucket, name) as unknown;
        return name === 'get' ? get : typeof value === 'function' ? value.bind(bucket) : value;
      },
    });
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      fetched = [];
      unwrap(await runOrderJob({ ...alice.env, BLOBS }, 'enam', id, job));
      waiting.push(...alice.messages());
    }
    const { jobs } = unwrap(await alice.region.jobs(id));
    const trials = jobs.filter(({ round }) => round === 0).length;
    // Those of the ensemble and the refits.
    expect(fetched).toHaveLength(jobs.length - trials - 1);
    unwrap(await runOrder(alice.env, 'enam', id, undefined));
    await alice.deliver(id, alice.messages());
    expect(await outcome(id)).toEqual(undisturbed);
  });
});

describe('a lease', () => {
  it('of a job is held by one consumer; of an order that was given on, the old one has no jobs', async () => {
    const { id } = await alice.open();
    const [first] = await alice.handedOut(id);
    const { token, index } = first as { token: number; index: number };
    expect(unwrap(await alice.region.takeJob(id, token, index))).toMatchObject({ index: 0, checkpoint: null });
    expect(unwrap(await alice.region.takeJob(id, token, index))).toBeNull();
    expect(await statesOf(id)).toEqual(['running', 'waiting', 'waiting']);
    await alice.region.yieldLease(id, token);
    const next = await alice.handedOut(id);
    expect(next.map((job) => [job.index, job.token])).toEqual([0, 1, 2].map((job) => [job, token + 1]));
    expect(unwrap(await alice.region.takeJob(id, token, index))).toBeNull();
    const done = jobDone(id, token, index);
    expect(await alice.region.recordJob(done)).toEqual(refusal('lease_lost'));
    const slice = { ...done, lease: 1, checkpoint: done.root };
    expect(unwrap(await alice.region.recordSlice(slice))).toEqual({ goesOn: false, unwanted: done.root });
    await alice.deliver(id, next);
    expect(await outcome(id)).toEqual(undisturbed);
  });

  const jobDone = (order: Uint8Array, token: number, index: number, cycles = 1n): JobDone => {
    const hash = new Uint8Array(32).fill(index + 1);
    return { order, token, index, stateHash: hash, cycles, root: hash, resultId: hash, summary: hash };
  };

  it('takes one result a job, none beyond the budget, and none of a job that is not planned', async () => {
    const { id } = await alice.open();
    const [{ token } = { token: -1 }] = await alice.handedOut(id);
    const done = jobDone(id, token, 0);
    const budget = BigInt(unwrap(await alice.region.jobs(id)).budget);
    expect(await alice.region.recordJob({ ...done, cycles: budget + 1n })).toEqual(refusal('bill_mismatch'));
    expect(unwrap(await alice.region.recordJob(done))).toEqual({ taken: true, left: 2 });
    expect(unwrap(await alice.region.recordJob(done))).toEqual({ taken: true, left: 2 });
    const other = { ...done, resultId: new Uint8Array(32), cycles: 7n };
    expect(unwrap(await alice.region.recordJob(other))).toEqual({ taken: false, left: 2 });
    expect(await alice.region.recordJob(jobDone(id, token, 1, budget))).toEqual(refusal('bill_mismatch'));
    expect(await alice.region.recordJob(jobDone(id, token, 9))).toEqual(refusal('work_invalid'));
    const claim = { order: id, token, bundle: null, emptyRoot: done.root, empty: done.root };
    expect(await alice.region.claimSearch(claim)).toEqual(refusal('result_not_ready'));
    expect(await alice.region.claimSearch({ ...claim, bundle: 1 })).toEqual(refusal('result_not_ready'));
    expect(unwrap(await alice.region.jobs(id))).toMatchObject({ cycles: '1' });
  });
});

describe('a stop', () => {
  it('is for its demander, for a search, and before its claim', async () => {
    const { id } = await alice.open();
    expect(await alice.region.stopSearch(id, new Uint8Array(32))).toEqual(refusal('not_authorised'));
    expect(await alice.region.stopSearch(new Uint8Array(32), alice.key.key)).toEqual(refusal('unknown_order'));
    const round = await alice.handedOut(id);
    await alice.deliver(id, round);
    await alice.final(id);
    expect(await alice.region.stopSearch(id, alice.key.key)).toEqual(refusal('illegal_transition'));
    expect(await alice.region.jobs(new Uint8Array(32))).toEqual(refusal('unknown_order'));
  });

  it('drops the trials that are not done; whoever computes one of them hears of it', async () => {
    const { id } = await alice.open();
    const round = await alice.handedOut(id);
    const [first, second] = round;
    await alice.deliver(id, first ? [first] : []);
    const { token, index } = second as { token: number; index: number };
    const task = unwrap(await alice.region.takeJob(id, token, index));
    unwrap(await alice.region.stopSearch(id, alice.key.key));
    expect(unwrap(await alice.region.jobs(id))).toMatchObject({ stopped: true });
    expect((await statesOf(id)).slice(0, 3)).toEqual(['done', 'dropped', 'dropped']);
    const checkpoint = task?.spec.slice(0, 32) as Uint8Array;
    const slice = { order: id, token, index, lease: 1, checkpoint, cycles: 5n };
    expect(unwrap(await alice.region.recordSlice(slice))).toMatchObject({ goesOn: false });
    expect(await runOrderJob(alice.env, 'enam', id, second as NonNullable<typeof second>)).toMatchObject({ ok: true });
    const { cycles, jobs } = await outcome(id);
    expect(jobs.slice(1, 3)).toEqual(['0', '0']);
    expect(BigInt(cycles)).toBeLessThan(BigInt(undisturbed.cycles));
  });

  it('is forgotten with a search that nobody was paid for', async () => {
    const { id } = await alice.open();
    await alice.deliver(id, (await alice.handedOut(id)).slice(0, 1));
    unwrap(await alice.region.stopSearch(id, alice.key.key));
    await alice.change(id, ({ record }) => ({ record: { ...record, state: 'expired' }, final: true }));
    await alice.inside((context) => sweepJobs(context, id));
    expect(unwrap(await alice.region.jobs(id))).toMatchObject({ stopped: false, jobs: [] });
  });

  it('before the first trial is no model, which predicts nothing; a paid search goes on saying so', async () => {
    const { id, hex, contentKey } = await alice.open();
    unwrap(await alice.region.stopSearch(id, alice.key.key));
    expect(await alice.final(id)).toMatchObject({ state: 'settled', bill: { cycles: '0' } });
    await alice.expire(id, 'jobs');
    expect(unwrap(await alice.region.jobs(id))).toMatchObject({ stopped: true });
    const rows = encodeTypedTable(smallTable(2, 2, false));
    const request = { model: { order: hex, contentKey }, rowCount: 2, rows, priceLimitZhi: LIMIT_ZHI };
    await expect(alice.client.predictTable(request)).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('of an attempt that was false drops only trials of the next one', async () => {
    const { id } = await alice.open();
    const { token } = await alice.lease(id);
    await alice.inside((context) => insertStop(context, id, { fromRound: 1, dropped: [1, 2, 3] }));
    const job = (index: number, droppable: boolean) => {
      const spec = new Uint8Array(1);
      return { index, round: 0, needs: [], droppable, spec };
    };
    const jobs = [job(0, true), job(1, true), job(2, false)];
    const planned = await alice.region.planJobs({ order: id, token, round: 0, jobs, stopped: false });
    expect(unwrap(planned)).toEqual([0, 2]);
    expect(await statesOf(id)).toEqual(['waiting', 'dropped', 'waiting']);
    const links = await alice.inside((context) => chunkLog(context, id, 1));
    expect(links.map(({ chunk }) => chunk)).toEqual([1]);
  });

  it('between two attempts is one after the trials of the first', async () => {
    const { id } = await alice.open();
    const { token } = await alice.lease(id);
    const spec = new Uint8Array(1);
    for (const round of [0, 1, 2]) {
      const jobs = [{ index: round, round, needs: [], droppable: round < 2, spec }];
      unwrap(await alice.region.planJobs({ order: id, token, round, jobs, stopped: false }));
    }
    await alice.change(id, ({ record }) => ({ record: { ...record, state: 'open', attempt: 2 } }));
    unwrap(await alice.region.stopSearch(id, alice.key.key));
    expect(await alice.inside((context) => stopOf(context, id))).toEqual({ fromRound: 2, dropped: [] });
  });
});

describe('a cancel', () => {
  it('is for a search that nobody computes: after that it is stopped', async () => {
    const { id, hex } = await alice.open();
    await expect(alice.client.cancel(hex)).rejects.toMatchObject({ code: 'not_cancellable' });
    await alice.deliver(id, await alice.handedOut(id));
    expect(await outcome(id)).toEqual(undisturbed);
  });

  it('between two attempts comes behind the verdict in the block, or is not taken: what was acknowledged is done', async () => {
    const before = BigInt((await alice.client.account()).balanceZhi);
    const { id } = await alice.open();
    const jobs = await alice.handedOut(id);
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      unwrap(await runOrderJob(alice.env, 'enam', id, job));
      jobs.push(...alice.messages());
    }
    expect(await alice.order(id)).toMatchObject({ state: 'computed' });
    const { genesis, hash } = alice.network;
    const composeFrom = (sql: SqlStorage, at: number) =>
      sql.exec('UPDATE role_entry SET not_before = ? WHERE order_id = ? AND tx IS NULL', at, id);
    // A verdict that nothing is composed of yet: at once, or a pull comes in between.
    await alice.inside((context) => {
      const token = context.orders.find(id)?.token ?? -1;
      const verdict = { order: id, token, index: 0, passed: false, reason: null };
      unwrap(recordJobVerdict(context, { genesis, hash } as never, verdict, Date.now()));
      composeFrom(context.ctx.storage.sql, Date.now() + 600_000);
    });
    expect(await alice.order(id)).toMatchObject({ state: 'open', attempts: [{ verdict: 'failed' }] });
    const cancel = encodeOrderRefund({ order: id, reason: 'cancel' });
    const bytes = alice.signedBy('search/alice', 'orderRefund', await alice.nextNonce(), cancel);
    const claim = { account: alice.key.key, key: 'cancel', requestHash: taggedHash('HAI/test', bytes) };
    expect(await alice.region.submitTransaction(bytes, claim)).toEqual(refusal('overloaded'));
    expect(await alice.order(id)).toMatchObject({ state: 'open' });
    await alice.inside(({ ctx }) => composeFrom(ctx.storage.sql, 0));
    const { hash: sent } = unwrap(await alice.region.submitTransaction(bytes, claim));
    expect(await alice.final(id)).toMatchObject({ state: 'cancelled', bill: null });
    expect(await alice.client.transaction(sent)).toMatchObject({ status: 'applied' });
    const fees = before - BigInt((await alice.client.account()).balanceZhi);
    expect(fees).toBe(feeOf('orderOpen', genesis.baseFeeZhi));
  });
});

describe('a prediction', () => {
  it('whose model is not there any more is declined, and not looked at again and again', async () => {
    const task = vi.spyOn(Region.prototype, 'task').mockResolvedValue({ kind: 'held' });
    const rows = encodeTypedTable(smallTable(2, 2, false));
    const model = { order: settled.hex, contentKey: settled.contentKey };
    const order = await alice.client.predictTable({ model, rowCount: 2, rows, priceLimitZhi: LIMIT_ZHI });
    await vi.waitFor(() => expect(task).toHaveBeenCalled(), { timeout: 5_000, interval: 5 });
    task.mockRestore();
    const id = hexToBytes(order.id);
    await alice.change(id, () => ({ leasedUntil: 0 }));
    await alice.inside((context) => forgetJobs(context, settled.id, undefined));
    expect(await alice.region.task(id)).toEqual({ kind: 'none' });
    expect(await alice.order(id)).toMatchObject({ state: 'unserved', failure: { code: 'unknown_model' } });
  });
});

/** Jobs at processes of the provider's: whatever they repeat, say too late or can't do, the search ends with the same model. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { jobKey } from '../../durable-objects/region/search/job-key.ts';
import type { JobTask } from '../../durable-objects/region/search-rpc.ts';
import { OFFERS_MAX } from '../../protocol/provider-jobs.ts';
import { sealContent } from '../../sealing/content.ts';
import { runOrder } from '../../workers/consumers/run.ts';
import { recordOf } from '../../workers/consumers/search/job-parts.ts';
import {
  finishProcessJob,
  putProcessResult,
  saveProcessSlice,
  takeOffered,
  withhold,
} from '../../workers/consumers/search/process-jobs.ts';
import { runSlice } from '../../workers/consumers/search/slice.ts';
import { unwrap } from './region-demander.ts';
import { type SearchDemander, startSearchDemander } from './search-orders.ts';

let alice: SearchDemander;
beforeAll(async () => {
  alice = await startSearchDemander('offers/alice');
}, 60_000);

/** Jobs are offered of whichever order: those of the test before are over. */
let placed: Uint8Array | undefined;
async function open(): Promise<Uint8Array> {
  if (placed) await alice.change(placed, ({ record }) => ({ record: { ...record, state: 'expired' }, final: true }));
  const { id } = await alice.open();
  placed = id;
  return id;
}

const offer = async () => unwrap(await takeOffered(alice.env, [alice.region]))?.job;

async function taken(): Promise<JobTask> {
  const job = await offer();
  if (!job) throw new Error('no job was offered');
  return job;
}

const leaseOf = ({ task: { order, token }, index, lease }: JobTask) => ({ order, token, index, lease });

/** A job at a process to its end, in requests that can be sent again. */
async function computed(job: JobTask) {
  const slice = unwrap(await runSlice(alice.env, job));
  if (slice.kind !== 'over') throw new Error('a small job in more than a slice');
  const { contentKey } = job.task;
  const sealed = await sealContent(contentKey, 'result', slice.result);
  const record = await recordOf(contentKey, slice.result, slice.summary);
  const put = () => putProcessResult(alice.env, alice.region, leaseOf(job), sealed);
  const done = (resultId: Uint8Array) =>
    finishProcessJob(alice.env, alice.region, { ...leaseOf(job), ...record, resultId });
  return { put, done };
}

describe('a record', () => {
  it('that comes again changes nothing: not in a round, not with its last job, not once the order went on', async () => {
    const id = await open();
    await alice.handedOut(id);
    let last: (() => Promise<unknown>) | undefined;
    for (let job = await offer(); job; job = await offer()) {
      const { put, done } = await computed(job);
      const resultId = unwrap(await put());
      const again = async () => expect(unwrap(await done(resultId))).toBe(true);
      await again();
      await again();
      last = again;
    }
    expect(await alice.order(id)).toMatchObject({ state: 'computed' });
    unwrap(await runOrder(alice.env, 'enam', id, undefined));
    await alice.deliver(id, alice.messages());
    expect(await alice.final(id)).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed' }] });
    await last?.();
    await alice.expire(id, 'jobs');
    expect(await alice.blobsOf(id)).toHaveLength(1);
    expect(unwrap(await alice.region.orderResult(id)).length).toBeGreaterThan(100);
  });

  it('is of a job that is open: nothing is stored for another', async () => {
    const id = await open();
    await alice.handedOut(id);
    const job = await taken();
    const { put, done } = await computed(job);
    const resultId = unwrap(await put());
    expect(unwrap(await done(resultId))).toBe(true);
    const stored = await alice.blobsOf(id);
    expect(await put()).toMatchObject({ ok: false, code: 'lease_lost' });
    const stranger = { order: new Uint8Array(32), token: 1, index: 0 };
    expect(await putProcessResult(alice.env, alice.region, stranger, resultId)).toMatchObject({ ok: false });
    // Somebody else's name for what is recorded already: it stays, and so does the record.
    expect(unwrap(await done(new Uint8Array(32)))).toBe(false);
    expect(await alice.blobsOf(id)).toEqual(stored);
  });
});

describe('a checkpoint', () => {
  const checkpoints = async (id: Uint8Array) => new Set((await alice.blobsOf(id)).map((key) => key.slice(-64)));
  const save = (job: JobTask, bytes: Uint8Array, cycles: bigint, goesOn: boolean) =>
    saveProcessSlice(alice.env, alice.region, { ...leaseOf(job), cycles, goesOn }, bytes);
  const bytes = (n: number) => new Uint8Array(40).fill(n);

  it('of a job that is given back stays when the request is repeated, and after the next one has it', async () => {
    const id = await open();
    await alice.handedOut(id);
    const job = await taken();
    expect(unwrap(await save(job, bytes(1), 5n, true))).toEqual({ goesOn: true, unwanted: null });
    for (let sent = 0; sent < 2; sent++) expect(unwrap(await save(job, bytes(2), 9n, false)).goesOn).toBe(true);
    const next = await taken();
    expect(next).toMatchObject({ index: job.index, lease: job.lease + 1 });
    const kept = next.checkpoint as Uint8Array;
    // Once more, when somebody else has the job: it is late, and the checkpoint is in force all the same.
    expect(unwrap(await save(job, bytes(2), 9n, false))).toEqual({ goesOn: false, unwanted: null });
    expect(await checkpoints(id)).toEqual(new Set([bytesToHex(kept)]));
    expect(unwrap(await save(job, bytes(3), 12n, false)).goesOn).toBe(false);
    // The late ones took neither lease nor checkpoint from the holder.
    expect(unwrap(await alice.region.takeJob(id, next.task.token, next.index))).toBeNull();
    expect(await alice.env.BLOBS.head(jobKey(id, kept))).not.toBeNull();
    expect(unwrap(await save(next, bytes(4), 14n, true))).toEqual({ goesOn: true, unwanted: kept });
    expect(await checkpoints(id)).toHaveLength(1);
  });
});

describe('a job that a process can’t do', () => {
  it('is the consumers’ from then on, who are told at once', async () => {
    const id = await open();
    const round = await alice.handedOut(id);
    const job = await taken();
    const lease = leaseOf(job);
    expect(await withhold(alice.env, alice.region, { ...lease, lease: job.lease + 1 })).toBe(false);
    expect(await withhold(alice.env, alice.region, lease)).toBe(true);
    expect(alice.messages().map(({ index, step }) => [index, step])).toEqual([[job.index, 'compute']]);
    expect(await alice.region.isOffered(id, lease.token, job.index)).toBe(false);
    const others = round.filter(({ index }) => index !== job.index);
    for (const { index } of others) expect(await alice.region.isOffered(id, lease.token, index)).toBe(true);
    expect((await taken()).index).not.toBe(job.index);
    expect(unwrap(await alice.region.takeJob(id, lease.token, job.index))?.index).toBe(job.index);
  });

  it('is so, too, where each of them dies over it; one that gets on keeps it', async () => {
    const id = await open();
    const round = await alice.handedOut(id);
    const expired = (index: number) =>
      alice.inside(({ ctx }) => ctx.storage.sql.exec('UPDATE job SET leased_until = 0 WHERE idx = ?', index));
    const first = await taken();
    for (let offers = 1; offers < OFFERS_MAX; offers++) {
      await expired(first.index);
      expect((await taken()).index).toBe(first.index);
    }
    await expired(first.index);
    const other = await taken();
    expect(other.index).not.toBe(first.index);
    const slice = { ...leaseOf(other), cycles: 3n, goesOn: true };
    for (let offers = 0; offers <= OFFERS_MAX; offers++) {
      unwrap(
        await saveProcessSlice(alice.env, alice.region, { ...slice, lease: other.lease + offers }, new Uint8Array(40)),
      );
      await expired(other.index);
      expect((await taken()).index).toBe(other.index);
    }
    expect(
      await alice.deliver(
        id,
        round.filter(({ index }) => index === first.index),
      ),
    ).toBe(1);
    expect(unwrap(await alice.region.jobs(id)).jobs[first.index]?.state).toBe('done');
  });
});

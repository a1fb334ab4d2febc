/** A process over one job: what it takes for the job's inputs, when it gives word, and what it does with a job that it can't do. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { workUntilStopped } from '../../../clients/cli/provider-loop.ts';
import { newTables, type ProcessRun, workOn } from '../../../clients/cli/provider-work.ts';
import { HaiError, UntrustedError } from '../../../clients/sdk/errors.ts';
import type { JobRecord } from '../../../clients/sdk/provider-jobs.ts';
import { nextJobs } from '../../../ml/search/plan.ts';
import { encodeJobOfSearch } from '../../../ml/search/task-bytes.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import { shapeOf } from '../../../ml/table/shape.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import type { Hash } from '../../../protocol/hash.ts';
import type { WireProviderJob } from '../../../protocol/provider-jobs.ts';
import { newContentKey, sealContent } from '../../../sealing/content.ts';
import { newSealKeyPair } from '../../../sealing/envelope.ts';
import { sealJobSecret } from '../../../sealing/job-secret.ts';
import { smallTable } from '../../support/searches.ts';

const table = smallTable(24);
const shape = shapeOf(table);
const spec = { task: 'classes', metric: 'accuracy', families: ['logistic'], trials: 1, folds: 2 } as const;
const whole = { ...spec, budget: 1_000_000_000n, seed: 5n, rowCycles: 100_000 };
const genesisHash = new Uint8Array(32).fill(1) as Hash;
const order = new Uint8Array(32).fill(2);
const pair = newSealKeyPair();
const [contentKey, datasetKey] = [newContentKey(), newContentKey()];
const kernels = nodeKernels();
let ciphertext: Uint8Array;

beforeAll(async () => {
  ciphertext = await sealContent(datasetKey, 'dataset', encodeTypedTable(table));
});

async function jobWith(key: Uint8Array, change: Partial<WireProviderJob> = {}): Promise<WireProviderJob> {
  const next = nextJobs(whole, shape, [], false);
  const job = next.kind === 'jobs' ? next.jobs[0] : undefined;
  if (!job) throw new Error('no job is planned');
  const secret = { contentKey, datasetKey: key, job: encodeJobOfSearch({ spec: whole, job }) };
  const sealed = await sealJobSecret(pair.publicKey, secret, genesisHash, order);
  return {
    order: bytesToHex(order),
    token: '1',
    index: 0,
    lease: 1,
    dataset: '03'.repeat(32),
    shape,
    needs: [],
    checkpoint: null,
    encapsulated: base64.encode(sealed.encapsulated),
    secret: base64.encode(sealed.ciphertext),
    ...change,
  };
}

/** A process, and what it says to its network. Its clock goes on by `tickMs` with each look. */
function process(tickMs = 0, signal = new AbortController().signal) {
  const jobs = {
    take: vi.fn<() => Promise<WireProviderJob | null>>(),
    checkpoint: vi.fn(() => Promise.resolve(true)),
    result: vi.fn(() => Promise.resolve('04'.repeat(32))),
    done: vi.fn((_: WireProviderJob, _record: JobRecord) => Promise.resolve(true)),
    failed: vi.fn(() => Promise.resolve(true)),
  };
  let nowMs = 0;
  const run: ProcessRun = {
    jobs: jobs as unknown as ProcessRun['jobs'],
    download: () => Promise.resolve(ciphertext),
    genesisHash,
    pair,
    kernels,
    tables: newTables(),
    signal,
    operations: 1 << 10,
    clock: () => {
      nowMs += tickMs;
      return nowMs;
    },
  };
  return { run, jobs };
}

describe('a process gives word', () => {
  it('by the clock, however long its steps are, and hands in the same', async () => {
    const [slow, fast] = [process(600), process(0)];
    const job = await jobWith(datasetKey);
    for (const { run } of [slow, fast]) expect(await workOn(run, job)).toBe('done');
    expect(slow.jobs.checkpoint.mock.calls.length).toBeGreaterThan(1);
    expect(fast.jobs.checkpoint).not.toHaveBeenCalled();
    const [one, other] = [slow, fast].map(({ jobs }) => jobs.done.mock.lastCall?.[1].stateHash);
    expect(one).toEqual(other);
  });

  it('of a result that comes too late, which is no fault', async () => {
    const { run, jobs } = process();
    const job = await jobWith(datasetKey);
    jobs.result.mockRejectedValueOnce(new HaiError('lease_lost'));
    expect(await workOn(run, job)).toBe('late');
    jobs.done.mockRejectedValueOnce(new HaiError('illegal_transition'));
    expect(await workOn(run, job)).toBe('late');
    jobs.done.mockRejectedValueOnce(new HaiError('bill_mismatch'));
    await expect(workOn(run, job)).rejects.toThrow(HaiError);
  });
});

describe('a table', () => {
  it('that is known under another key is not given to who names its id alone', async () => {
    const { run } = process();
    expect(await workOn(run, await jobWith(datasetKey))).toBe('done');
    await expect(workOn(run, await jobWith(newContentKey()))).rejects.toThrow('is no table');
    expect(await workOn(run, await jobWith(datasetKey))).toBe('done');
  });

  it('has the shape of its order', async () => {
    const { run, jobs } = process();
    const job = await jobWith(datasetKey, { shape: { ...shape, columns: shape.columns + 1 } });
    await expect(workOn(run, job)).rejects.toThrow(UntrustedError);
    expect(jobs.result).not.toHaveBeenCalled();
  });
});

it('a job that can’t be done is given up, so that it does not come again', async () => {
  const stop = new AbortController();
  const { run, jobs } = process(0, stop.signal);
  const job = await jobWith(datasetKey);
  const gone = { ...run, download: () => Promise.reject(new HaiError('unknown_dataset')) };
  const faults: string[] = [];
  jobs.take.mockResolvedValue(job);
  jobs.failed.mockRejectedValue(new HaiError('lease_lost'));
  await workUntilStopped(gone, ['enam'], {
    took: () => expect.unreachable(),
    fault(message) {
      faults.push(message);
      stop.abort();
    },
  });
  expect(faults).toEqual([new HaiError('unknown_dataset').message]);
  expect(jobs.failed.mock.calls).toEqual([[job]]);
});

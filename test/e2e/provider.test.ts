/** Processes of a provider: whoever computes a search's jobs, and whoever of them dies, its model is that of one process alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeProcessKey } from '../../clients/cli/provider-key.ts';
import { workUntilStopped } from '../../clients/cli/provider-loop.ts';
import { newTables, type ProcessRun, type WorkOutcome } from '../../clients/cli/provider-work.ts';
import { type Account, accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { OpenedOrder } from '../../clients/sdk/orders.ts';
import { providerJobCalls } from '../../clients/sdk/provider-jobs.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { localSearch } from '../../ml/search/local.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import { nodeKernels } from '../../ml/trainers/node.ts';
import type { WireProviderJob } from '../../protocol/provider-jobs.ts';
import type { Region } from '../../protocol/regions.ts';
import { hpuCycles, type Zhi } from '../../protocol/units.ts';
import { newSealKeyPair } from '../../sealing/envelope.ts';
import { openJobSecret } from '../../sealing/job-secret.ts';
import { fundedClient } from '../support/jobs.ts';
import { searchRequest, smallTable } from '../support/searches.ts';
import { temporaryFolder } from '../unit/cli/captured-io.ts';
import { unwrap } from '../unit/ml/digits.ts';

const LEASE_MS = 2_000;
const FINAL_MS = 60_000;
const ROWS = 240;
const EVERYWHERE: readonly Region[] = ['weur', 'enam'];
const HAI = join(import.meta.dirname, '../../clients/cli/hai.mjs');

const kernels = nodeKernels();
const folder = temporaryFolder();
const keyFile = join(folder, 'process.json');
const listed = makeProcessKey(keyFile);
const table = smallTable(ROWS);
const request = {
  ...searchRequest({ rows: ROWS, trials: 4, budget: hpuCycles(2_000_000_000n) }),
  dataset: encodeTypedTable(table),
  families: ['mlp', 'extraTrees'] as const,
  priceLimitZhi: 300_000_000n as Zhi,
};
let network: LocalNetwork;
let demander: Client;
let alone: Uint8Array;

beforeAll(async () => {
  const { work, task, metric, families } = request;
  alone = unwrap(localSearch(kernels, table, { ...work, task, metric, families } as never)).bundle;
  network = await startNetwork({ leaseMs: LEASE_MS, deadlineMarginMs: 0, providerProcesses: listed.address });
  demander = await fundedClient(network, 'enam');
}, 60_000);
afterAll(() => network?.close());

const jobsAs = (account: Account) =>
  createClient({ url: network.url, genesis: network.genesis, account }).with(providerJobCalls);

async function runOf(signal: AbortSignal, change: Partial<ProcessRun> = {}): Promise<ProcessRun> {
  const client = createClient({ url: network.url, genesis: network.genesis, account: listed });
  return {
    jobs: client.with(providerJobCalls),
    download: (id) => client.datasets.download(id),
    genesisHash: (await client.network()).hash,
    pair: newSealKeyPair(),
    kernels,
    tables: newTables(),
    signal,
    clock: () => performance.now(),
    ...change,
  };
}

const spawned = (): ChildProcess =>
  spawn(
    process.execPath,
    [HAI, 'provider', '--url', network.url, '--genesis', network.genesis, '--key', keyFile, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

async function untilRunning(id: string): Promise<void> {
  for (let looks = 0; looks < 1_000; looks++) {
    const { jobs } = (await (await fetch(`${network.url}/v1/orders/${id}/jobs`)).json()) as {
      jobs: { state: string }[];
    };
    if (jobs.some(({ state }) => state === 'running')) return;
    await sleep(10);
  }
  throw new Error('no process took a job');
}

async function expectModelOfOne(opened: OpenedOrder): Promise<void> {
  const { order } = await demander.waitOrder(opened.id, 'final', FINAL_MS);
  expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed', method: 'replay' }] });
  const bundle = await demander.openResult(order, opened.contentKey, await demander.resultCiphertext(opened.id));
  expect(Buffer.compare(bundle, alone)).toBe(0);
}

it('a process that is killed over a job leaves it to the next, which ends with the same model', async () => {
  const first = spawned();
  // It is heard of before the search begins, so that consumers leave the jobs to it.
  await sleep(1_000);
  const opened = await demander.search(request);
  await untilRunning(opened.id);
  const killed = once(first, 'exit');
  first.kill('SIGKILL');
  await killed;
  const second = spawned();
  let said = '';
  second.stdout?.on('data', (piece: Buffer) => {
    said += piece;
  });
  await expectModelOfOne(opened);
  // Where it was slow to start, consumers did what the first had left: by now it is there.
  await expectModelOfOne(await demander.search(request));
  const ended = once(second, 'exit');
  second.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  const { key, jobs } = JSON.parse(said) as { key: string; jobs: Record<WorkOutcome, number> };
  expect(key).toBe(listed.address);
  expect(jobs.done).toBeGreaterThan(0);
});

it('a job that is given back goes on from its checkpoint at another process', async () => {
  const stop = new AbortController();
  const [one, other] = [new AbortController(), stop];
  const outcomes: WorkOutcome[] = [];
  const fault = (message: string) => {
    throw new Error(message);
  };
  const working = workUntilStopped(await runOf(one.signal, { operations: 1 << 16 }), EVERYWHERE, {
    took: (_, outcome) => void outcomes.push(outcome),
    fault,
  });
  const opened = await demander.search(request);
  await untilRunning(opened.id);
  one.abort();
  await working;
  expect(outcomes.at(-1)).toBe('returned');
  const resumed: WireProviderJob[] = [];
  const going = workUntilStopped(await runOf(other.signal), EVERYWHERE, {
    took: (job) => void resumed.push(job),
    fault,
  });
  await expectModelOfOne(opened);
  stop.abort();
  await going;
  expect(resumed.some(({ checkpoint }) => checkpoint !== null)).toBe(true);
});

it('a job is given to listed keys alone, sealed to one process, and recorded under its lease alone', async () => {
  const stranger = jobsAs(accountOfSeed(newAccountSeed()));
  const pair = newSealKeyPair();
  await expect(stranger.take(pair.publicKey, EVERYWHERE)).rejects.toMatchObject({ code: 'not_authorised' });
  await expect(stranger.blob('00'.repeat(32), '00'.repeat(32))).rejects.toMatchObject({ code: 'not_authorised' });

  const { jobs, genesisHash } = await runOf(new AbortController().signal);
  expect(await jobs.take(pair.publicKey, EVERYWHERE)).toBeNull();
  const opened = await demander.search(request);
  let job: WireProviderJob | null = null;
  for (let looks = 0; !job && looks < 200; looks++) {
    job = await jobs.take(pair.publicKey, EVERYWHERE);
    if (!job) await sleep(25);
  }
  if (!job) throw new Error('no job was offered');
  const sealed = {
    encapsulated: Buffer.from(job.encapsulated, 'base64'),
    ciphertext: Buffer.from(job.secret, 'base64'),
  };
  const order = hexToBytes(job.order);
  expect((await openJobSecret(pair, sealed, genesisHash, order))?.contentKey).toEqual(opened.contentKey);
  expect(await openJobSecret(newSealKeyPair(), sealed, genesisHash, order)).toBeUndefined();
  expect(await openJobSecret(pair, sealed, genesisHash, hexToBytes('00'.repeat(32)))).toBeUndefined();

  const dead = { ...job, token: String(Number(job.token) + 1) };
  const nothing = { stateHash: order, root: order, cycles: 1n, resultId: '00'.repeat(32), summary: new Uint8Array(40) };
  await expect(jobs.done(dead, nothing)).rejects.toMatchObject({ code: 'lease_lost' });
  expect(await jobs.checkpoint(dead, new Uint8Array(40), 1n, true)).toBe(false);
  await expect(stranger.done(job, nothing)).rejects.toMatchObject({ code: 'not_authorised' });
  await expect(jobs.result(dead, new Uint8Array(40))).rejects.toMatchObject({ code: 'lease_lost' });
  expect(await jobs.failed({ ...job, lease: job.lease + 1 })).toBe(false);
  await expect(stranger.failed(job)).rejects.toMatchObject({ code: 'not_authorised' });
  // Nobody works on it any more: the network's own consumers do.
  expect(await jobs.failed(job)).toBe(true);
  await expectModelOfOne(opened);
});

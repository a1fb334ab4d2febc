/**
 * SIGKILL of the whole local network, Node and workerd, at different places of a search: the search goes on from what was recorded, and
 * ends with the leaderboard, the model and the bill of one that nobody disturbed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { SearchJobs } from '../../clients/sdk/search.ts';
import { decodeBundle } from '../../ml/bundle/bundle.ts';
import { decodeSummary } from '../../ml/search/canonical.ts';
import { localSearch } from '../../ml/search/local.ts';
import { nodeKernels } from '../../ml/trainers/node.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { SEARCH_ROWS, searchRequest, smallTable } from '../support/searches.ts';
import { freePort, ServedNetwork } from '../support/served-network.ts';
import { unwrap } from '../unit/ml/digits.ts';

const LEASE_MS = 500;
const FINAL_MS = 60_000;
/** A place that a search has passed by when it is looked at is killed at the next one. */
const LOOK_MS = 10;

let folder: string;
let network: ServedNetwork;
let client: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hai-search-sigkill-'));
  network = new ServedNetwork({ persist: folder, port: await freePort(), leaseMs: LEASE_MS });
  const { url, genesis } = await network.start();
  client = createClient({ url, genesis, account: accountOfSeed(newAccountSeed()) });
  await client.faucet();
});

afterAll(async () => {
  await network?.kill();
  await rm(folder, { recursive: true, force: true });
});

const isOver = ({ jobs }: SearchJobs, count: number): boolean =>
  jobs.filter(({ state }) => state === 'done').length >= count;

/** Where the network is killed. */
const PLACES: readonly [string, (jobs: SearchJobs, order: WireOrder) => boolean][] = [
  ['with its first trial done', (jobs) => isOver(jobs, 1)],
  ['while it is checked', (_, { state }) => ['computed', 'checked', 'confirmed', 'settled'].includes(state)],
];

it('a search over two deaths of its network ends as one that nobody disturbed', { timeout: 90_000 }, async () => {
  const request = searchRequest({ trials: 5 });
  const { work, task, metric, families } = request;
  const here = unwrap(
    localSearch(nodeKernels(), smallTable(SEARCH_ROWS), { ...work, task, metric, families } as never),
  );
  const { id, contentKey } = await client.search(request);
  for (const [place, isThere] of PLACES) {
    for (let looks = 0; ; looks++) {
      const [jobs, { order }] = await Promise.all([client.jobs(id, contentKey), client.order(id)]);
      if (isThere(jobs, order)) break;
      if (looks * LOOK_MS > FINAL_MS) throw new Error(`the search did not come ${place}`);
      await sleep(LOOK_MS);
    }
    await network.kill();
    await network.start();
  }
  const { order } = await client.waitOrder(id, 'final', FINAL_MS);
  expect(order).toMatchObject({ state: 'settled', attempts: [{ attempt: 1, verdict: 'passed', method: 'replay' }] });
  expect(order.bill?.cycles).toBe(here.cycles.toString());
  const bundle = await client.openResult(order, contentKey, await client.resultCiphertext(id));
  const { report } = unwrap(decodeBundle(bundle));
  expect(report.leaderboardHash).toBe(unwrap(decodeBundle(here.bundle)).report.leaderboardHash);
  expect(Buffer.compare(bundle, here.bundle)).toBe(0);
  const { jobs } = await client.jobs(id, contentKey);
  expect(jobs.map(({ summary }) => unwrap(decodeSummary(summary as Uint8Array)))).toEqual(here.summaries);
});

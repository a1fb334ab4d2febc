/** A network is killed while it seals and signs, and started again on the same storage: to a witness its log only ever grows. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WitnessStore } from '../../clients/cli/witness-store.ts';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { createClient } from '../../clients/sdk/client.ts';
import { HaiError, UnreachableError } from '../../clients/sdk/errors.ts';
import type { Zhi } from '../../protocol/units.ts';
import { newSeed, randomOf } from '../support/random.ts';
import { freePort, type Served, ServedNetwork } from '../support/served-network.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

const KILLS = 6;
/** From a start to the next kill, beside what a look takes. */
const LIFE_MS_MAX = 1500;

const seed = newSeed();
const random = randomOf(seed);
const store = temporaryFolder();
let folder: string;
let network: ServedNetwork;
let served: Served;
let isOver = false;

/** Blocks are sealed all the time that the network lives. */
async function load(): Promise<void> {
  const account = accountOfSeed(newAccountSeed());
  while (!isOver) {
    const client = createClient({ url: served.url, genesis: served.genesis, account });
    try {
      await client.faucet(account.address, 100n as Zhi);
    } catch (error) {
      if (!(error instanceof UnreachableError || error instanceof HaiError)) throw error;
    }
    await pause(50);
  }
}

/** This witness is in no list: its line is refused, after it has checked, persisted and signed. */
async function look(): Promise<{ exit: number; code: string | undefined }> {
  const args = ['witness', '--url', served.url, '--genesis', served.genesis, '--store', store, '--once', '--json'];
  const ran = await runHai(args, { fetch });
  return { exit: ran.exit, code: (jsonOf(ran) as { error?: { code?: string } }).error?.code };
}

const cosignedSize = (): bigint => new WitnessStore(store).read().cosigned?.frontier.size ?? 0n;

async function lookUntilCosigned(): Promise<bigint> {
  const before = cosignedSize();
  for (let tries = 0; tries < 300; tries++) {
    const { exit, code } = await look();
    expect([3, 4], `${code}, seed ${seed}`).toContain(exit);
    if (code === 'unknown_witness' && cosignedSize() > before) return cosignedSize();
    await pause(100);
  }
  throw new Error('the log does not grow');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hai-witness-kill-'));
  network = new ServedNetwork({ persist: folder, port: await freePort(), leaseMs: 1000 });
  served = await network.start();
}, 120_000);

afterAll(async () => {
  isOver = true;
  await network?.kill();
  await rm(folder, { recursive: true, force: true });
});

it(`of ${KILLS} lives`, { timeout: 240_000 }, async () => {
  const loading = load();
  let size = 0n;
  for (let kills = 0; kills < KILLS; kills++) {
    const next = await lookUntilCosigned();
    expect(next).toBeGreaterThan(size);
    size = next;
    await pause(Math.floor(random() * LIFE_MS_MAX));
    await network.kill();
    served = await network.start();
  }
  expect(await lookUntilCosigned()).toBeGreaterThan(size);
  expect(readdirSync(join(store, 'evidence'))).toEqual([]);
  isOver = true;
  await loading;
});

/**
 * The network is killed 20 times in the middle of orders and started again on the same storage. This is the death of processes
 * (SIGKILL to Node and workerd at once), not the loss of power: what the operating system has taken from them, it keeps.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { PostOptions, PreparedOrder } from '../../clients/sdk/open-order.ts';
import { newIdempotencyKey } from '../../clients/sdk/transport.ts';
import { startNetwork } from '../../local/network.ts';
import type { Region } from '../../protocol/regions.ts';
import type { Zhi } from '../../protocol/units.ts';
import { type Audit, audit } from '../support/audit.ts';
import { LONG_TRAIN, predict, predictRequest, type TestModel, trainedModel, trainRequest } from '../support/jobs.ts';
import { newSeed, randomOf } from '../support/random.ts';
import { freePort, type Served, ServedNetwork } from '../support/served-network.ts';
import { isPassing, untilAnswered } from '../support/until-answered.ts';

const KILLS = 20;
/** Between a start and the next kill. */
const LIFE_MS_MIN = 100;
const LIFE_MS_MAX = 700;
const LEASE_MS = 400;
const FINAL_MS = 60_000;
const RETRY_MS = 50;
const ORDER_PAUSE_MS = 15;
const TRAIN_PAUSE_MS = 500;
const START_ZHI = 20_000_000_000n as Zhi;

const seed = newSeed();
const random = randomOf(seed);

interface Demander {
  readonly client: Client;
  readonly model: TestModel;
  /** Orders that the network answered for with success. */
  readonly acknowledged: string[];
}

let folder: string;
let network: ServedNetwork;
let served: Served;
let stopped = false;

const clientOf = (account: Account): Client => createClient({ url: served.url, genesis: served.genesis, account });

async function demanderIn(region: Region, funder: Client): Promise<Demander> {
  const account = accountOfSeed(newAccountSeed());
  await funder.transfer(account.address, START_ZHI, region);
  const client = clientOf(account);
  return { client, model: await trainedModel(client), acknowledged: [] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hai-sigkill-'));
  network = new ServedNetwork({ persist: folder, port: await freePort(), leaseMs: LEASE_MS });
  served = await network.start();
});

afterAll(async () => {
  await network?.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Posts the same bytes under the same key until the network answers, over as many deaths as it takes. */
async function postUntilAnswered({ client, acknowledged }: Demander, prepared: PreparedOrder, options: PostOptions) {
  const idempotencyKey = newIdempotencyKey();
  while (!stopped) {
    try {
      const { order } = await client.postOrder(prepared, { ...options, idempotencyKey });
      expect(order.id).toBe(prepared.id);
      acknowledged.push(prepared.id);
      return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pause(RETRY_MS);
    }
  }
}

type Prepare = (demander: Demander, nonce: bigint) => Promise<PreparedOrder>;

/** An order is made of what the network says (its tip, an upload's answer), and may meet a dead one. After the last kill it lives. */
async function untilPrepared(prepare: () => Promise<PreparedOrder>): Promise<PreparedOrder> {
  const prepared = await untilAnswered(prepare, () => false);
  if (!prepared) throw new Error('it is asked until it answers');
  return prepared;
}

const preparePredict: Prepare = ({ client, model }, nonce) =>
  untilPrepared(() => client.preparePredict(nonce, { ...predictRequest(model, 2), quote: 'compute' }));

const prepareTrain: Prepare = ({ client }, nonce) =>
  untilPrepared(() => client.prepareTrain(nonce, { ...trainRequest(LONG_TRAIN), quote: 'compute' }));

/** One order after another, each repeated until it is answered: its nonce is known, so none may be lost. */
async function repeating(demander: Demander, prepare: Prepare, options: PostOptions, pauseMs: number): Promise<void> {
  // The model was nonce 0.
  for (let nonce = 1n; !stopped; nonce += 1n) {
    await postUntilAnswered(demander, await prepare(demander, nonce), options);
    await pause(pauseMs);
  }
}

/** As a caller does that gives up: what it was not answered for may be there or not, and it goes on with another order. */
async function forgetful({ client, model, acknowledged }: Demander): Promise<void> {
  while (!stopped) {
    try {
      acknowledged.push((await predict(client, model, 1, { quote: 'compute' })).id);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await pause(ORDER_PAUSE_MS);
  }
}

async function killAndRestart(): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(LIFE_MS_MIN + random() * (LIFE_MS_MAX - LIFE_MS_MIN));
    await network.kill();
    await network.start();
  }
}

/** Waits until every order that the network knows of has its outcome; returns them by id. */
async function outcomesOf({ client }: Demander): Promise<Map<string, string>> {
  const outcomes = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await client.orders(undefined, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id } of page.orders) {
      const { order } = await client.waitOrder(id, 'final', FINAL_MS);
      outcomes.set(id, order.state);
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return outcomes;
}

async function auditStorage(): Promise<Audit> {
  await network.kill();
  const local = await startNetwork({ persist: folder, leaseMs: LEASE_MS });
  try {
    return await audit(await local.miniflare.getD1Database('DB'));
  } finally {
    await local.close();
  }
}

it(`every acknowledged order has one outcome after ${KILLS} kills (seed ${seed})`, { timeout: 300_000 }, async () => {
  const funder = clientOf(accountOfSeed(newAccountSeed()));
  await funder.faucet();
  const [direct, queued, training, gaveUp] = await Promise.all([
    demanderIn('weur', funder),
    demanderIn('apac', funder),
    demanderIn('sam', funder),
    demanderIn('enam', funder),
  ]);
  const load = Promise.all([
    repeating(direct, preparePredict, { waitSeconds: 2 }, ORDER_PAUSE_MS),
    repeating(queued, preparePredict, { preferQueue: true }, ORDER_PAUSE_MS),
    repeating(training, prepareTrain, {}, TRAIN_PAUSE_MS),
    forgetful(gaveUp),
  ]);
  // A fault in the load ends the test at once.
  await Promise.race([load, killAndRestart()]);
  stopped = true;
  await load;

  const demanders = [direct, queued, training, gaveUp];
  const outcomes = await Promise.all(demanders.map(outcomesOf));
  for (const [i, { acknowledged, client }] of demanders.entries()) {
    expect(acknowledged.length).toBeGreaterThan(3);
    // Nobody lied and no deadline passed, so the one outcome is settled.
    expect(acknowledged.filter((id) => outcomes[i]?.get(id) !== 'settled')).toEqual([]);
    expect((await client.account()).reservedZhi).toBe('0');
  }
  // A repeated request makes no second order: beside the model there is nothing but what was answered for, and at most the last.
  for (const i of [0, 1, 2]) {
    const known = outcomes[i]?.size ?? 0;
    const answered = (demanders[i]?.acknowledged.length ?? 0) + 1;
    expect([answered, answered + 1]).toContain(known);
  }
  const { orders, faults, height } = await auditStorage();
  expect(faults).toEqual([]);
  expect(height).toBeGreaterThan(KILLS);
  const all = outcomes.flatMap((each) => [...each.keys()]);
  expect([...orders.keys()].sort()).toEqual(all.sort());
  expect(new Set(orders.values())).toEqual(new Set(['settled']));
});

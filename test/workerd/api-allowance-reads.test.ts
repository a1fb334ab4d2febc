/** The read of an allowance: when it is made, and what an order at a payer's expense makes of one that was overtaken. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LedgerRecords } from '../../durable-objects/region/ledger-records.ts';
import { Region } from '../../durable-objects/region/region.ts';
import type { RecordPlace } from '../../protocol/state/record.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import type { Zhi } from '../../protocol/units.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { clientOf, expectProblem } from './api-caller.ts';
import { type Demander, LIMIT, postOrder, startDemander } from './api-demander.ts';
import { workerEnv } from './region-demander.ts';

const BLOCKS = 864_000n;
let demander: Demander;
let alice: Demander['client'];
let feeZhi: bigint;
let keys = 0;

beforeAll(async () => {
  demander = await startDemander('allow/alice', 'enam');
  alice = demander.client;
  feeZhi = feeOf('orderOpenFor', demander.network.genesis.baseFeeZhi);
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

/** A key that alice allows so much, and its client. */
async function allowedKey(limitZhi: bigint) {
  const name = `allow/key-${keys++}`;
  const key = keyPair(name);
  await alice.allow(key.address, limitZhi as Zhi, BLOCKS);
  return { name, key, client: clientOf(name, 'sam', demander.key.address) };
}

/** Nothing of alice's region is sealed until the returned call. */
function holdBack(): () => void {
  const spy = vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  return () => spy.mockRestore();
}

/** An allowance is read `times` times, and `meanwhile` happens between each read and its use. */
async function overtaken<T>(times: number, placing: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
  const { load } = LedgerRecords.prototype;
  let [read, goneOn] = [0, 0];
  const spy = vi.spyOn(LedgerRecords.prototype, 'load').mockImplementation(async function (
    this: LedgerRecords,
    places: readonly RecordPlace[],
  ) {
    await load.call(this, places);
    if (read >= times || !places.some(({ kind }) => kind === 'allowance')) return;
    const own = ++read;
    // By polling: what the test awaits belongs to another request than the object's.
    while (goneOn < own) await scheduler.wait(5);
  });
  const placed = placing();
  for (let i = 1; i <= times; i++) {
    await vi.waitFor(() => expect(read).toBe(i), { timeout: 5_000, interval: 5 });
    await meanwhile();
    goneOn = i;
  }
  const result = await placed;
  spy.mockRestore();
  return result;
}

describe('an allowance that changes while it is read', () => {
  it('by the key’s own order, which is sealed, does not pay for the next one too', async () => {
    const { name, client } = await allowedKey(2n * (LIMIT + feeZhi) - 1n);
    const goOn = holdBack();
    const { id } = await client.predict(demander.predictRequest());
    const { transaction, sealed } = await client.preparePredict(1n, demander.predictRequest());
    const place = () => postOrder(transaction, sealed, `${name}-overtaken`);
    const answer = await overtaken(1, place, async () => {
      goOn();
      await alice.waitOrder(id, 'final', 20_000);
    });
    await expectProblem(answer, 'allowance_exceeded');
  });

  it.each([
    ['ended', 0n, 'unknown_allowance'],
    ['lowered', LIMIT - 1n, 'allowance_exceeded'],
  ] as const)('by its payer, who has it %s, pays for nothing', async (how, limitZhi, code) => {
    const { key, name, client } = await allowedKey(5n * LIMIT);
    const { transaction, sealed } = await client.preparePredict(0n, demander.predictRequest());
    const place = () => postOrder(transaction, sealed, `${name}-${how}`);
    const answer = await overtaken(1, place, () => alice.allow(key.address, limitZhi as Zhi, BLOCKS));
    await expectProblem(answer, code);
  });

  it('again and again is not guessed at: the order is refused, and taken when it is sent again', async () => {
    const { name, key, client } = await allowedKey(2n * LIMIT);
    const { transaction, sealed, id } = await client.preparePredict(0n, demander.predictRequest());
    const place = () => postOrder(transaction, sealed, `${name}-again`);
    const answer = await overtaken(3, place, () => alice.transfer(key.address, 1n as Zhi));
    await expectProblem(answer, 'too_many_pending');
    expect((await place()).status).toBe(202);
    await alice.waitOrder(id, 'final', 20_000);
  });

  it('is not read for an order that its envelope refuses', async () => {
    const { name, client } = await allowedKey(2n * LIMIT);
    const { transaction, sealed } = await client.preparePredict(1n, demander.predictRequest());
    const load = vi.spyOn(LedgerRecords.prototype, 'load');
    await expectProblem(await postOrder(transaction, sealed, `${name}-gap`), 'nonce_gap');
    expect(load).not.toHaveBeenCalled();
    const { id } = await client.predict(demander.predictRequest());
    expect(load).toHaveBeenCalledOnce();
    await alice.waitOrder(id, 'final', 20_000);
  });
});

it('an allowance of a payer whose home is another region leaves nothing here', async () => {
  const sam = clientOf('allow/sam', 'sam');
  await sam.faucet();
  const payer = keyPair('allow/sam');
  const { name } = await allowedKey(5n * LIMIT);
  const ofSam = clientOf(name, 'sam', payer.address);
  const { transaction, sealed } = await ofSam.prepareTrain(0n, {
    ...demander.trainRequest(),
    quote: 'compute',
  });
  await expectProblem(await postOrder(transaction, sealed, `${name}-abroad`), 'wrong_home_region');
  await runInDurableObject(regionStub(workerEnv, 'enam') as never, (_instance, { storage }) => {
    const rows = storage.sql.exec('SELECT 1 FROM account WHERE key = ?', payer.key).toArray();
    expect(rows).toEqual([]);
  });
});

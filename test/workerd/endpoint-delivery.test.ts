import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../protocol/ed25519.ts';
import { eventFault } from '../../protocol/webhook/proof.ts';
import { publicKeyText } from '../../protocol/webhook/sign.ts';
import { receiver, signatureFaults } from './receiver.ts';
import {
  describeOf,
  expectStory,
  network,
  oneTo,
  owner,
  signingSeed,
  stubOf,
  until,
  webhookTests,
} from './webhooks.ts';

const { create, block, blockAndWake, eventsAfter, tip } = webhookTests();

describe('delivery', () => {
  it('sends every event of every block in order, signed twice, with a proof', async () => {
    const to = receiver('order');
    const start = tip();
    const { id, secret, publicKey } = await create(to);
    expect(publicKey).toBe(publicKeyText(signingSeed));
    for (const transfers of [1, 3, 2]) await blockAndWake(id, transfers);
    await until(() => to.received.length === 9);
    expectStory(to, await eventsAfter(start));
    for (const received of to.received) {
      expect(received.id).toBe(`${id}-${received.event?.seq}`);
      expect(await signatureFaults(received, secret, publicKey)).toEqual([]);
      expect(received.init).toMatchObject({ method: 'POST', redirect: 'manual' });
    }
    for (const { event } of to.received.slice(0, 4)) {
      expect(event && (await eventFault(event, network.genesis, verifySignature))).toBeUndefined();
    }
    expect(await describeOf(id)).toMatchObject({ state: 'active', lastSeq: '9', pending: 0, head: null });
  });

  it('sends nothing of the blocks before it was made', async () => {
    await block();
    const fresh = receiver('fresh');
    const start = tip();
    const { id } = await create(fresh);
    await blockAndWake(id);
    await until(() => fresh.received.length === 2);
    expectStory(fresh, await eventsAfter(start));
  });

  it('numbers only what the filter lets through', async () => {
    const to = receiver('filter');
    const { id } = await create(to, { filter: { types: ['block.finalized'] } });
    for (let i = 0; i < 3; i++) await blockAndWake(id, 2);
    await until(() => to.received.length === 3);
    expect(to.seqs).toEqual([1, 2, 3]);
    expect(new Set(to.received.map(({ event }) => event?.type))).toEqual(new Set(['block.finalized']));
    const [other, mine] = [receiver('other'), receiver('mine')];
    const foreign = await create(other, { filter: { account: network.faucet.address } });
    const wanted = await create(mine, { filter: { account: owner.address, types: ['transfer.applied'] } });
    const height = await blockAndWake(foreign.id, 2);
    await stubOf(wanted.id).wake(height);
    await until(() => mine.received.length === 2);
    await until(async () => (await describeOf(foreign.id)).cursor.height === height.toString());
    expect(other.received).toEqual([]);
  });

  it('takes one block of more events than its window, filtered or not', async () => {
    const [all, some] = [receiver('window'), receiver('window-of-some')];
    const start = tip();
    const { id } = await create(all);
    const types = ['transfer.applied'];
    const filtered = await create(some, { filter: { types } });
    await stubOf(filtered.id).wake(await blockAndWake(id, 150));
    await until(() => all.received.length === 151 && some.received.length === 150);
    const expected = await eventsAfter(start);
    expectStory(all, expected);
    expectStory(
      some,
      expected.filter(({ type }) => types.includes(type)),
    );
  });

  it('is not changed by more wakes, of any height, at any time', async () => {
    const to = receiver('wakes');
    const start = tip();
    const { id } = await create(to);
    for (let i = 0; i < 3; i++) {
      const height = await block();
      await Promise.all([height, height, height - 1n, 0n, height + 5n, height].map((one) => stubOf(id).wake(one)));
    }
    await until(() => to.received.length >= 6);
    await Promise.all([0n, start, start + 3n, start + 9n].map((one) => stubOf(id).wake(one)));
    while (await runDurableObjectAlarm(stubOf(id)));
    expect(to.seqs).toEqual(oneTo(6));
    // Nothing due, no alarm.
    expect(await runInDurableObject(stubOf(id), (_, state) => state.storage.getAlarm())).toBeNull();
    await stubOf(id).wake(start);
    expect(await runInDurableObject(stubOf(id), (_, state) => state.storage.getAlarm())).toBeNull();
  });
});

import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { DELIVERIES_KEPT } from '../../durable-objects/endpoint/store.ts';
import { receiver, signatureFaults, status } from './receiver.ts';
import { describeOf, expectStory, granted, signingSeed, stubOf, until, webhookTests } from './webhooks.ts';

const { create, blockAndWake, eventsAfter, tip } = webhookTests();

describe('the owner', () => {
  it('pauses: nothing is sent and nothing lost', async () => {
    const to = receiver('pause');
    const start = tip();
    const { id } = await create(to);
    await blockAndWake(id);
    await until(() => to.received.length === 2);
    expect(granted(await stubOf(id).pause())).toMatchObject({ state: 'paused', reason: 'asked' });
    expect(granted(await stubOf(id).pause())).toMatchObject({ state: 'paused', reason: 'asked' });
    for (let i = 0; i < 3; i++) await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    expect(to.received).toHaveLength(2);
    expect(granted(await stubOf(id).resume()).state).toBe('active');
    await until(() => to.received.length === 8);
    expectStory(to, await eventsAfter(start));
  });

  it('pings, and the ping takes no number', async () => {
    const to = receiver('ping');
    const { id, secret, publicKey } = await create(to);
    expect(granted(await stubOf(id).ping())).toMatchObject({ delivered: true, outcome: 'delivered', status: 200 });
    const ping = to.notices.at(-1);
    expect(JSON.parse(ping?.text ?? '')).toMatchObject({ type: 'webhook.ping' });
    expect(ping && (await signatureFaults(ping, secret, publicKey))).toEqual([]);
    to.answerNotice = status(500);
    expect(granted(await stubOf(id).ping())).toMatchObject({ delivered: false, outcome: 'refused', status: 500 });
    await blockAndWake(id);
    await until(() => to.received.length === 2);
    expect(to.seqs).toEqual([1, 2]);
    expect(granted(await stubOf(id).deliveries(200)).map(({ kind, seq }) => [kind, seq])).toEqual([
      ['event', '2'],
      ['event', '1'],
      ['ping', null],
      ['ping', null],
    ]);
  });

  it('removes: everything is gone, while a delivery is under way too', async () => {
    const to = receiver('remove');
    const faults = vi.spyOn(console, 'error');
    const { id } = await create(to);
    to.answer = async () => {
      expect(await stubOf(id).remove()).toEqual({ ok: true, value: null });
      return new Response();
    };
    await blockAndWake(id, 3);
    await until(async () => !(await stubOf(id).describe()).ok);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    const stub = stubOf(id);
    const answers = [stub.describe(), stub.deliveries(1), stub.ping(), stub.pause(), stub.resume(), stub.remove()];
    for (const one of answers) expect(await one).toMatchObject({ ok: false, code: 'unknown_webhook' });
    await blockAndWake(id);
    expect(to.received).toHaveLength(1);
    await evictDurableObject(stubOf(id));
    expect(await stubOf(id).describe()).toMatchObject({ code: 'unknown_webhook' });
    expect(faults).not.toHaveBeenCalled();
  });

  it('reads a log of bounded length and never a secret', async () => {
    const to = receiver('log');
    to.answer = () => new Response('x'.repeat(5000));
    const { id, secret } = await create(to);
    await blockAndWake(id, DELIVERIES_KEPT + 10);
    await until(() => to.received.length === DELIVERIES_KEPT + 11);
    const log = granted(await stubOf(id).deliveries(10_000));
    expect(log).toHaveLength(DELIVERIES_KEPT);
    expect(log[0]).toMatchObject({ kind: 'event', seq: '211', attempt: 1, response: 'x'.repeat(1024) });
    expect(granted(await stubOf(id).deliveries(0))).toHaveLength(1);
    const shown = JSON.stringify([await describeOf(id), log]);
    expect(shown).not.toContain(secret.slice(6));
    expect(shown).not.toContain(signingSeed.toString());
  });
});

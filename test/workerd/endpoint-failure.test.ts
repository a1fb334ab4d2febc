import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { RETRY_DELAYS_MS } from '../../durable-objects/endpoint/retry.ts';
import { accept, receiver, status } from './receiver.ts';
import { describeOf, expectStory, granted, oneTo, STEADY, stubOf, until, webhookTests } from './webhooks.ts';

const { create, blockAndWake, eventsAfter, tip } = webhookTests();

describe('a receiver that fails', () => {
  it('gets the same bytes under the same id again, and nothing behind them before', async () => {
    const to = receiver('retry');
    let failures = 3;
    to.answer = () => (failures-- > 0 ? new Response('busy', { status: 500 }) : new Response());
    const start = tip();
    const { id } = await create(to);
    await blockAndWake(id, 2);
    await until(() => to.received.length === 6);
    expect(to.seqs).toEqual([1, 1, 1, 1, 2, 3]);
    expect(new Set(to.received.slice(0, 4).map(({ text }) => text)).size).toBe(1);
    expect(new Set(to.received.slice(0, 4).map((one) => one.id)).size).toBe(1);
    expectStory(to, await eventsAfter(start));
    const log = granted(await stubOf(id).deliveries(10));
    expect(log.map(({ seq, attempt, outcome, status: code }) => [seq, attempt, outcome, code])).toEqual([
      ['3', 1, 'delivered', 200],
      ['2', 1, 'delivered', 200],
      ['1', 4, 'delivered', 200],
      ['1', 3, 'refused', 500],
      ['1', 2, 'refused', 500],
      ['1', 1, 'refused', 500],
    ]);
    expect(log.at(-1)?.response).toBe('busy');
  });

  it('is down for 20 blocks, across an eviction and a crash, and gets every event in order', async () => {
    const to = receiver('down');
    to.answer = () => {
      throw new TypeError('connection refused');
    };
    const start = tip();
    const { id } = await create(to, { retryDivisor: STEADY });
    for (let i = 0; i < 20; i++) {
      await blockAndWake(id, (i % 3) + 1);
      if (i === 7) await evictDurableObject(stubOf(id));
      if (i === 14) await abortAllDurableObjects();
    }
    await until(() => to.received.length > 0);
    expect(new Set(to.seqs)).toEqual(new Set([1]));
    // Back again: no block and no call is needed, the retry's own alarm outlived both instances.
    to.answer = accept;
    const expected = await eventsAfter(start);
    expect(expected).toHaveLength(20 + 39);
    await until(() => to.seqs.at(-1) === expected.length);
    expectStory(to, expected);
    expect(to.seqs.slice(to.seqs.indexOf(2))).toEqual(oneTo(expected.length).slice(1));
    expect(await describeOf(id)).toMatchObject({ state: 'active', lastSeq: '59' });
  });

  it('that redirects has failed, and is not followed', async () => {
    const to = receiver('redirect');
    const target = receiver('target');
    to.answer = () => new Response(null, { status: 308, headers: { location: target.url } });
    const { id } = await create(to, { retryDivisor: 1 });
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).head?.failures === 1);
    expect(target.received).toEqual([]);
    expect(granted(await stubOf(id).deliveries(1))).toMatchObject([{ outcome: 'redirect', status: 308, attempt: 1 }]);
  });

  it('and asks for time is given it; a wake does not shorten it', async () => {
    const to = receiver('later');
    to.answer = status(503, { 'retry-after': '3600' });
    const { id } = await create(to, { retryDivisor: 1 });
    const before = Date.now();
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).head?.failures === 1);
    const due = Number((await describeOf(id)).head?.dueMs);
    expect(due).toBeGreaterThanOrEqual(before + 3_600_000);
    await blockAndWake(id);
    // Too early on purpose: the object must see for itself that nothing is due.
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect(to.received).toHaveLength(1);
    expect(await runInDurableObject(stubOf(id), (_, state) => state.storage.getAlarm())).toBe(due);
  });

  it('and says 410 is disabled, keeps its cursor, and resumes only after a new challenge', async () => {
    const to = receiver('gone');
    to.answer = status(410);
    const start = tip();
    const { id } = await create(to);
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).state === 'disabled');
    await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    expect(to.received).toHaveLength(1);
    expect(await describeOf(id)).toMatchObject({ reason: 'gone', head: { seq: '1', failures: 1 } });
    expect(granted(await stubOf(id).pause()).state).toBe('disabled');

    to.answerNotice = status(410);
    expect(await stubOf(id).resume()).toMatchObject({ ok: false, code: 'webhook_challenge_failed' });
    expect((await describeOf(id)).state).toBe('disabled');

    to.answerNotice = ({ text }) => new Response((JSON.parse(text) as { challenge: string }).challenge);
    to.answer = accept;
    expect(granted(await stubOf(id).resume())).toMatchObject({ state: 'active', reason: null });
    await until(() => to.received.length === 5);
    expectStory(to, await eventsAfter(start));
  });

  it('to the end of the schedule is paused with the event kept, and goes on from there', async () => {
    const to = receiver('dead');
    to.answer = status(500);
    const start = tip();
    const { id } = await create(to);
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).state === 'paused');
    const attempts = RETRY_DELAYS_MS.length + 1;
    expect(to.seqs).toEqual(Array.from({ length: attempts }, () => 1));
    expect(await describeOf(id)).toMatchObject({ reason: 'dead_letter', head: { seq: '1', failures: attempts } });
    await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    to.answer = accept;
    expect(granted(await stubOf(id).resume()).head).toMatchObject({ failures: 0 });
    await until(() => to.received.length === attempts + 4);
    expectStory(to, await eventsAfter(start));
  });
});

import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebhookEndpoint } from '../../durable-objects/endpoint/endpoint.ts';
import { endpointOf, newEndpoint } from '../../durable-objects/endpoint/namespace.ts';
import { RETRY_DELAYS_MS } from '../../durable-objects/endpoint/retry.ts';
import type { CreatedEndpoint, EndpointConfig, EndpointView } from '../../durable-objects/endpoint/rpc.ts';
import { DELIVERIES_KEPT } from '../../durable-objects/endpoint/store.ts';
import { webhookUrlFault } from '../../durable-objects/endpoint/url.ts';
import { openLedger } from '../../ledger/d1.ts';
import { verifySignature } from '../../protocol/ed25519.ts';
import type { Result } from '../../protocol/errors.ts';
import { type ChainEvent, EVENT_TYPES } from '../../protocol/events.ts';
import { eventFault } from '../../protocol/webhook/proof.ts';
import { publicKeyText } from '../../protocol/webhook/sign.ts';
import { TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';
import { REFUSED_URLS, TAKEN_URLS } from '../unit/webhook/urls.ts';
import { accept, catchFetch, type Receiver, receiver, signatureFaults, status } from './receiver.ts';

// Real objects and a real D1; only the way out to the receiver is a spy.
const endpoints = env.ENDPOINT as unknown as DurableObjectNamespace<WebhookEndpoint>;
const network = testNetwork('endpoint');
const owner = network.key('owner');
const signingSeed = network.key('webhook').seed;
const chain = new TestChain(network);
const ledger = openLedger(env.DB);

/** Fast retries: the 75 hours pass in 2.7 s. */
const FAST = 100_000;
let made: string[] = [];

beforeAll(async () => {
  await ledger.start(network.bytes, chain.state.accounts());
});

beforeEach(catchFetch);

afterEach(async () => {
  for (const id of made) await endpointOf(endpoints, id)?.remove();
  made = [];
  vi.restoreAllMocks();
});

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

const configOf = (to: Receiver, change: Partial<EndpointConfig> = {}): EndpointConfig => {
  return { url: to.url, account: owner.address, filter: {}, signingSeed, retryDivisor: FAST, ...change };
};

async function create(to: Receiver, change: Partial<EndpointConfig> = {}): Promise<CreatedEndpoint> {
  const created = valueOf(await newEndpoint(endpoints).create(configOf(to, change)));
  made.push(created.id);
  return created;
}

const stubOf = (id: string) => {
  const stub = endpointOf(endpoints, id);
  if (!stub) throw new Error(`no object ${id}`);
  return stub;
};

const describeOf = async (id: string): Promise<EndpointView> => valueOf(await stubOf(id).describe());

/** Seals and commits a block with `transfers` transfers: as many events, and block.finalized. */
async function block(transfers = 1): Promise<bigint> {
  const { built, certified } = await chain.seal(
    Array.from({ length: transfers }, (_, i) => chain.fund(owner, BigInt(i + 1))),
  );
  expect(await ledger.commit(certified, built)).toBe('committed');
  return certified.block.header.height;
}

async function blockAndWake(id: string, transfers = 1): Promise<bigint> {
  const height = await block(transfers);
  await stubOf(id).wake(height);
  return height;
}

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 20_000, interval: 10 });

const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const placeOf = (event: { height: bigint | string; index: number }) => `${event.height}/${event.index}`;

/** What a receiver that keeps one of each id ends up with, against what the ledger says it should have. */
function expectStory(to: Receiver, expected: readonly ChainEvent[]): void {
  const kept = to.received.filter(({ id }, i) => to.received.findIndex((other) => other.id === id) === i);
  expect(kept.map(({ event }) => Number(event?.seq))).toEqual(oneTo(expected.length));
  expect(kept.map(({ event }) => event?.data && placeOf(event.data))).toEqual(expected.map(placeOf));
  expect(kept.map(({ event }) => event?.type)).toEqual(expected.map(({ type }) => type));
}

const eventsAfter = (height: bigint) => ledger.events({ height: height + 1n, index: -1 }, 1000);

describe('delivery', () => {
  it('sends every event of every block in order, signed twice, with a proof', async () => {
    const to = receiver('order');
    const start = chain.parent.height;
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

  it('sends nothing of the blocks before it was made, or from the height that was asked for', async () => {
    await block();
    const [fresh, old] = [receiver('fresh'), receiver('old')];
    const start = chain.parent.height;
    const { id } = await create(fresh);
    await create(old, { afterHeight: start - 1n });
    await blockAndWake(id);
    await until(() => fresh.received.length === 2 && old.received.length >= 2);
    expectStory(fresh, await eventsAfter(start));
    await until(() => old.received.length >= 2);
    expect(old.received[0]?.event?.data.height).toBe(start.toString());
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
    await create(mine, { filter: { account: owner.address, types: ['transfer.applied'] } });
    const height = await blockAndWake(foreign.id, 2);
    await stubOf(made.at(-1) as string).wake(height);
    await until(() => mine.received.length === 2);
    await until(async () => (await describeOf(foreign.id)).cursor.height === height.toString());
    expect(other.received).toEqual([]);
  });

  it('takes one block of more events than its window', async () => {
    const to = receiver('window');
    const start = chain.parent.height;
    const { id } = await create(to);
    await blockAndWake(id, 150);
    await until(() => to.received.length === 151);
    expectStory(to, await eventsAfter(start));
  });

  it('is not changed by more wakes, of any height, at any time', async () => {
    const to = receiver('wakes');
    const start = chain.parent.height;
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

describe('a receiver that fails', () => {
  it('gets the same bytes under the same id again, and nothing behind them before', async () => {
    const to = receiver('retry');
    let failures = 3;
    to.answer = () => (failures-- > 0 ? new Response('busy', { status: 500 }) : new Response());
    const start = chain.parent.height;
    const { id } = await create(to);
    await blockAndWake(id, 2);
    await until(() => to.received.length === 6);
    expect(to.seqs).toEqual([1, 1, 1, 1, 2, 3]);
    expect(new Set(to.received.slice(0, 4).map(({ text }) => text)).size).toBe(1);
    expect(new Set(to.received.slice(0, 4).map((one) => one.id)).size).toBe(1);
    expectStory(to, await eventsAfter(start));
    const log = valueOf(await stubOf(id).deliveries(10));
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
    const start = chain.parent.height;
    const { id } = await create(to);
    for (let i = 0; i < 20; i++) {
      await blockAndWake(id, (i % 3) + 1);
      if (i === 7) await evictDurableObject(stubOf(id));
      if (i === 14) await abortAllDurableObjects();
    }
    expect(new Set(to.seqs)).toEqual(new Set([1]));
    await evictDurableObject(stubOf(id)).catch(() => {});
    to.answer = accept;
    const expected = await eventsAfter(start);
    expect(expected).toHaveLength(20 + 39);
    // One wake is enough; even without it the retry's own alarm would come.
    await stubOf(id).resume();
    await until(async () => (await describeOf(id)).lastSeq === '59' && (await describeOf(id)).pending === 0);
    expectStory(to, expected);
    expect(new Set(to.seqs.slice(to.seqs.indexOf(2))).size).toBe(58);
  });

  it('that redirects has failed, and is not followed', async () => {
    const to = receiver('redirect');
    const target = receiver('target');
    to.answer = () => new Response(null, { status: 308, headers: { location: target.url } });
    const { id } = await create(to, { retryDivisor: 1 });
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).head?.failures === 1);
    expect(target.received).toEqual([]);
    expect(valueOf(await stubOf(id).deliveries(1))).toMatchObject([{ outcome: 'redirect', status: 308, attempt: 1 }]);
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
    while (await runDurableObjectAlarm(stubOf(id)).then((ran) => ran && to.received.length > 1));
    expect(to.received).toHaveLength(1);
    expect(await runInDurableObject(stubOf(id), (_, state) => state.storage.getAlarm())).toBe(due);
  });

  it('and says 410 is disabled, keeps its cursor, and resumes only after a new challenge', async () => {
    const to = receiver('gone');
    to.answer = status(410);
    const start = chain.parent.height;
    const { id } = await create(to);
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).state === 'disabled');
    await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    expect(to.received).toHaveLength(1);
    expect(await describeOf(id)).toMatchObject({ reason: 'gone', head: { seq: '1', failures: 1 } });
    expect(valueOf(await stubOf(id).pause()).state).toBe('disabled');

    to.answerNotice = status(410);
    expect(await stubOf(id).resume()).toMatchObject({ ok: false, code: 'webhook_challenge_failed' });
    expect((await describeOf(id)).state).toBe('disabled');

    to.answerNotice = ({ text }) => new Response((JSON.parse(text) as { challenge: string }).challenge);
    to.answer = accept;
    expect(valueOf(await stubOf(id).resume())).toMatchObject({ state: 'active', reason: null });
    await until(() => to.received.length === 5);
    expectStory(to, await eventsAfter(start));
  });

  it('to the end of the schedule is paused with the event kept, and goes on from there', async () => {
    const to = receiver('dead');
    to.answer = status(500);
    const start = chain.parent.height;
    const { id } = await create(to);
    await blockAndWake(id);
    await until(async () => (await describeOf(id)).state === 'paused');
    const attempts = RETRY_DELAYS_MS.length + 1;
    expect(to.seqs).toEqual(Array.from({ length: attempts }, () => 1));
    expect(await describeOf(id)).toMatchObject({ reason: 'dead_letter', head: { seq: '1', failures: attempts } });
    await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    to.answer = accept;
    expect(valueOf(await stubOf(id).resume()).head).toMatchObject({ failures: 0 });
    await until(() => to.received.length === attempts + 4);
    expectStory(to, await eventsAfter(start));
  });
});

describe('the owner', () => {
  it('pauses: nothing is sent and nothing lost', async () => {
    const to = receiver('pause');
    const start = chain.parent.height;
    const { id } = await create(to);
    await blockAndWake(id);
    await until(() => to.received.length === 2);
    expect(valueOf(await stubOf(id).pause())).toMatchObject({ state: 'paused', reason: 'asked' });
    expect(valueOf(await stubOf(id).pause())).toMatchObject({ state: 'paused', reason: 'asked' });
    for (let i = 0; i < 3; i++) await blockAndWake(id);
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
    expect(to.received).toHaveLength(2);
    expect(valueOf(await stubOf(id).resume()).state).toBe('active');
    await until(() => to.received.length === 8);
    expectStory(to, await eventsAfter(start));
  });

  it('pings, and the ping takes no number', async () => {
    const to = receiver('ping');
    const { id, secret, publicKey } = await create(to);
    expect(valueOf(await stubOf(id).ping())).toMatchObject({ delivered: true, outcome: 'delivered', status: 200 });
    const ping = to.notices.at(-1);
    expect(JSON.parse(ping?.text ?? '')).toMatchObject({ type: 'webhook.ping' });
    expect(ping && (await signatureFaults(ping, secret, publicKey))).toEqual([]);
    to.answerNotice = status(500);
    expect(valueOf(await stubOf(id).ping())).toMatchObject({ delivered: false, outcome: 'refused', status: 500 });
    await blockAndWake(id);
    await until(() => to.received.length === 2);
    expect(to.seqs).toEqual([1, 2]);
    expect(valueOf(await stubOf(id).deliveries(200)).map(({ kind, seq }) => [kind, seq])).toEqual([
      ['event', '2'],
      ['event', '1'],
      ['ping', null],
      ['ping', null],
    ]);
  });

  it('removes: everything is gone, while a delivery is under way too', async () => {
    const to = receiver('remove');
    let answer = (_: Response) => {};
    to.answer = () => new Promise((resolve) => (answer = resolve));
    const { id } = await create(to);
    await blockAndWake(id);
    await until(() => to.received.length === 1);
    expect(await stubOf(id).remove()).toEqual({ ok: true, value: null });
    answer(new Response());
    await until(() => runInDurableObject(stubOf(id), async (_, state) => (await state.storage.getAlarm()) === null));
    const stub = stubOf(id);
    const answers = [stub.describe(), stub.deliveries(1), stub.ping(), stub.pause(), stub.resume(), stub.remove()];
    for (const one of answers) expect(await one).toMatchObject({ ok: false, code: 'unknown_webhook' });
    await blockAndWake(id);
    expect(to.received).toHaveLength(1);
    await evictDurableObject(stubOf(id)).catch(() => {});
    expect(await stubOf(id).describe()).toMatchObject({ code: 'unknown_webhook' });
  });

  it('reads a log of bounded length and never a secret', async () => {
    const to = receiver('log');
    to.answer = () => new Response('x'.repeat(5000));
    const { id, secret } = await create(to);
    await blockAndWake(id, DELIVERIES_KEPT + 10);
    await until(() => to.received.length === DELIVERIES_KEPT + 11);
    const log = valueOf(await stubOf(id).deliveries(10_000));
    expect(log).toHaveLength(DELIVERIES_KEPT);
    expect(log[0]).toMatchObject({ kind: 'event', seq: '211', attempt: 1, response: 'x'.repeat(1024) });
    expect(valueOf(await stubOf(id).deliveries(0))).toHaveLength(1);
    const shown = JSON.stringify([await describeOf(id), log]);
    expect(shown).not.toContain(secret.slice(6));
    expect(shown).not.toContain(signingSeed.toString());
  });
});

describe('create', () => {
  const refused = async (change: Partial<EndpointConfig>, to = receiver('refused')) => {
    const stub = newEndpoint(endpoints);
    const result = await stub.create(configOf(to, change));
    expect(await stub.describe()).toMatchObject({ ok: false, code: 'unknown_webhook' });
    expect(await runInDurableObject(stub, async (_, { storage }) => (await storage.list()).size)).toBe(0);
    return result;
  };

  it.each(REFUSED_URLS.filter(([, reason]) => reason !== 'loopback' || true))(
    'judges %s in workerd as in Node',
    (url, reason) => {
      expect(webhookUrlFault(url, false)).toContain(reason);
    },
  );

  it.each(TAKEN_URLS)('takes %s in workerd as in Node', (url) => {
    expect(webhookUrlFault(url, false)).toBeUndefined();
  });

  it.each(['https://10.0.0.1/', 'https://[::ffff:7f00:1]/', 'https://localhost./', 'http://example.com/', 'nonsense'])(
    'refuses %s and asks nobody',
    async (url) => {
      expect(await refused({ url })).toMatchObject({ ok: false, code: 'webhook_url_refused', param: 'url' });
      expect(globalThis.fetch).not.toHaveBeenCalled();
    },
  );

  it.each<[string, () => Response]>([
    ['says ok', () => new Response('ok')],
    ['gives another challenge', () => Response.json({ challenge: '00'.repeat(24) })],
    ['fails', () => new Response('', { status: 500 })],
    ['redirects', () => new Response(null, { status: 302, headers: { location: 'https://example.com/' } })],
    ['has no content', () => new Response(null, { status: 204 })],
  ])('refuses a receiver that %s', async (_, answer) => {
    const to = receiver('unwilling');
    to.answerNotice = answer;
    expect(await refused({}, to)).toMatchObject({ ok: false, code: 'webhook_challenge_failed', param: 'url' });
    expect(to.notices).toHaveLength(1);
  });

  it('refuses a receiver that is not there, without telling its URL', async () => {
    const result = await refused({ url: 'https://nobody.example.com/?token=secret' });
    expect(result).toMatchObject({ ok: false, code: 'webhook_challenge_failed', evidence: 'unreachable' });
    expect(JSON.stringify(result)).not.toContain('token');
  });

  it('refuses a filter that can match nothing, and a schedule out of range', async () => {
    expect(await refused({ filter: { types: ['no.such'] } })).toMatchObject({ code: 'invalid_field', param: 'types' });
    expect(await refused({ filter: { order: 'x' } })).toMatchObject({ code: 'invalid_field', param: 'order' });
    for (const retryDivisor of [0, -1, 1.5, FAST + 1]) {
      expect(await refused({ retryDivisor })).toMatchObject({ code: 'invalid_field', param: 'retryDivisor' });
    }
  });

  it('signs the challenge with the key of the genesis', async () => {
    const to = receiver('challenge');
    const { secret, publicKey } = await create(to, { filter: { types: [...EVENT_TYPES] } });
    const [challenge] = to.notices;
    expect(challenge && (await signatureFaults(challenge, secret, publicKey))).toEqual([]);
    expect(JSON.parse(challenge?.text ?? '')).toMatchObject({
      type: 'webhook.challenge',
      challenge: expect.stringMatching(/^[0-9a-f]{48}$/),
    });
  });
});

describe('endpointOf', () => {
  it.each(['', 'zz', '00'.repeat(32), 'ab'.repeat(33)])('knows no object %s', (id) => {
    expect(endpointOf(endpoints, id)).toBeUndefined();
  });
});

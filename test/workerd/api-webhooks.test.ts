/** Webhooks over HTTP: signed by their owner, challenged, and nobody else's business. */
import { env } from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { clientOf, expectProblem } from './api-caller.ts';
import { signer } from './api-signed.ts';
import { catchFetch, receiver, signatureFaults, status } from './receiver.ts';

interface Created {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly publicKey: string;
}

const alice = clientOf('api/alice', 'enam');
let asAlice: ReturnType<typeof signer>;
let asBob: ReturnType<typeof signer>;
beforeAll(async () => {
  forgetNetwork();
  const { hash } = await alice.network();
  await alice.faucet();
  await clientOf('api/bob', 'sam').faucet();
  asAlice = signer('api/alice', hash);
  asBob = signer('api/bob', hash);
});
beforeEach(catchFetch);
afterEach(() => {
  vi.restoreAllMocks();
});

let made = 0;
async function create(json: object): Promise<Response> {
  made += 1;
  return asAlice('POST', '/v1/webhooks', { json, key: `create-${made}` });
}
const idsOf = async (as: typeof asAlice): Promise<string[]> => {
  const { webhooks } = (await (await as('GET', '/v1/webhooks')).json()) as { webhooks: { id: string }[] };
  return webhooks.map(({ id }) => id);
};

describe('a webhook', () => {
  it('is challenged, told its secret once, and hears what it asked for, signed', async () => {
    const there = receiver('one');
    const response = await create({ url: there.url, types: ['transfer.applied'] });
    expect(response.status).toBe(201);
    const { id, secret, publicKey } = (await response.json()) as Created;
    expect(response.headers.get('location')).toBe(`/v1/webhooks/${id}`);
    expect(secret).toMatch(/^whsec_/);
    expect(publicKey).toMatch(/^whpk_/);
    expect(there.notices.length).toBe(1);
    await alice.faucet(undefined, 5n as never);
    await vi.waitFor(() => expect(there.received.length).toBe(1), { timeout: 10_000 });
    const [delivered] = there.received;
    expect(delivered?.event).toMatchObject({ type: 'transfer.applied', seq: '1' });
    expect(await signatureFaults(delivered as never, secret, publicKey)).toEqual([]);
    const described = await (await asAlice('GET', `/v1/webhooks/${id}`)).text();
    expect(JSON.parse(described)).toMatchObject({ id, url: there.url, state: 'active' });
    expect(described).not.toContain(secret);
    const log = await asAlice('GET', `/v1/webhooks/${id}/deliveries?limit=1`);
    expect(await log.json()).toMatchObject({ deliveries: [{ kind: 'event', outcome: 'delivered', status: 200 }] });
  });

  it('is pinged, paused and resumed', async () => {
    const there = receiver('two');
    const { id } = (await (await create({ url: there.url })).json()) as Created;
    const act = (action: string) => asAlice('POST', `/v1/webhooks/${id}/${action}`, { key: `${action}-two` });
    expect(await (await act('ping')).json()).toMatchObject({ delivered: true, status: 200 });
    expect(await (await act('pause')).json()).toMatchObject({ state: 'paused', reason: 'asked' });
    expect(await (await act('resume')).json()).toMatchObject({ state: 'active', reason: null });
    expect(await (await act('ping')).json()).toMatchObject({ delivered: true });
    // The second ping had the first one's key: it was answered, and nothing was sent.
    expect(there.notices.length).toBe(2);
  });

  it('under one key is created once, and the answer is given again', async () => {
    const there = receiver('three');
    const before = (await idsOf(asAlice)).length;
    const json = { url: there.url };
    const first = (await (await asAlice('POST', '/v1/webhooks', { json, key: 'same' })).json()) as Created;
    const again = await asAlice('POST', '/v1/webhooks', { json, key: 'same' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(first);
    expect((await idsOf(asAlice)).length).toBe(before + 1);
    const other = { url: receiver('four').url };
    await expectProblem(await asAlice('POST', '/v1/webhooks', { json: other, key: 'same' }), 'idempotency_key_reused');
  });

  it('is removed by its owner, with all that it had', async () => {
    const { id } = (await (await create({ url: receiver('five').url })).json()) as Created;
    expect((await asAlice('DELETE', `/v1/webhooks/${id}`, { key: 'remove' })).status).toBe(204);
    expect(await idsOf(asAlice)).not.toContain(id);
    await expectProblem(await asAlice('GET', `/v1/webhooks/${id}`), 'unknown_webhook');
  });

  it('does not exist for anybody else', async () => {
    const { id } = (await (await create({ url: receiver('six').url })).json()) as Created;
    expect(await idsOf(asBob)).toEqual([]);
    const asked: [string, string][] = [
      ['GET', ''],
      ['GET', '/deliveries'],
      ['POST', '/ping'],
      ['POST', '/pause'],
      ['DELETE', ''],
    ];
    for (const [method, rest] of asked) {
      const options = method === 'GET' ? {} : { key: `bob${rest}${method}` };
      await expectProblem(await asBob(method, `/v1/webhooks/${id}${rest}`, options), 'unknown_webhook');
    }
    expect(await (await asAlice('GET', `/v1/webhooks/${id}`)).json()).toMatchObject({ state: 'active' });
  });

  it('that is not there is unknown', async () => {
    await expectProblem(await asAlice('GET', `/v1/webhooks/${'00'.repeat(32)}`), 'unknown_webhook');
    await expectProblem(await asAlice('GET', '/v1/webhooks/x'), 'invalid_field', 'id');
  });

  it('needs a signature for its very path', async () => {
    const signedAs = { path: '/v1/webhooks/other' };
    await expectProblem(await asAlice('GET', '/v1/webhooks', { signedAs }), 'bad_signature');
  });
});

describe('a webhook is refused, and leaves nothing behind', () => {
  it.each([
    'http://hooks.example.com/',
    'https://10.0.0.1/',
    'https://0xa.1/',
    'https://0251.0376.0251.0376/',
    'https://3232235777/',
    'https://[fd00::1]/',
    'https://[::ffff:a00:1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::a00:1]/',
    'https://localhost./',
    'https://metadata.google.internal/',
    'https://user:pass@hooks.example.com/',
    'ftp://hooks.example.com/',
    'not a URL',
  ])('with the URL %s', async (url) => {
    const before = await idsOf(asAlice);
    await expectProblem(await create({ url }), 'webhook_url_refused', 'url');
    expect(await idsOf(asAlice)).toEqual(before);
  });

  it('and asks nobody about a URL or a filter that can not be', async () => {
    const { url } = receiver('untouched');
    const { REGION, ENDPOINT } = env as unknown as Env;
    const reached = [vi.spyOn(REGION, 'get'), vi.spyOn(ENDPOINT, 'get')];
    await expectProblem(await create({ url: 'https://10.0.0.1/' }), 'webhook_url_refused', 'url');
    await expectProblem(await create({ url, types: ['order.opened', 'order.opened'] }), 'invalid_field', 'types');
    await expectProblem(await create({ url, account: 'hai1x' }), 'invalid_field', 'account');
    expect(reached.map((get) => get.mock.calls.length)).toEqual([0, 0]);
    expect((await create({ url })).status).toBe(201);
    expect(reached.map((get) => get.mock.calls.length > 0)).toEqual([true, true]);
  });

  it('when its receiver does not answer the challenge', async () => {
    const before = await idsOf(asAlice);
    const there = receiver('deaf');
    there.answerNotice = status(200);
    await expectProblem(await create({ url: there.url }), 'webhook_challenge_failed', 'url');
    await expectProblem(await create({ url: 'https://unreachable.example.com/' }), 'webhook_challenge_failed', 'url');
    expect(await idsOf(asAlice)).toEqual(before);
  });

  it('with a filter for something that is not there', async () => {
    const { url } = receiver('filter');
    await expectProblem(await create({ url, types: [] }), 'invalid_field', 'types');
    await expectProblem(await create({ url, order: 'x' }), 'invalid_field', 'order');
    await expectProblem(await create({ url, account: 'hai1x' }), 'invalid_field', 'account');
    await expectProblem(await create({ url, region: 'mars' }), 'invalid_field', 'region');
  });

  it('when the account has as many as it may', async () => {
    const there = receiver('many');
    let refused: Response | undefined;
    for (let i = 0; i < 21 && !refused; i++) {
      const response = await create({ url: there.url });
      if (response.status !== 201) refused = response;
    }
    await expectProblem(refused as Response, 'too_many_webhooks');
    expect((await idsOf(asAlice)).length).toBe(20);
  });
});

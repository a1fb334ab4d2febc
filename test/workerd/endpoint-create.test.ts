import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { endpointOf, newEndpoint } from '../../durable-objects/endpoint/namespace.ts';
import type { EndpointConfig } from '../../durable-objects/endpoint/rpc.ts';
import { webhookUrlFault } from '../../durable-objects/endpoint/url.ts';
import { EVENT_TYPES } from '../../protocol/events.ts';
import { REFUSED_URLS, TAKEN_URLS } from '../unit/webhook/urls.ts';
import { receiver, signatureFaults } from './receiver.ts';
import { configOf, endpoints, FAST, webhookTests } from './webhooks.ts';

const { create } = webhookTests();

describe('create', () => {
  const refused = async (change: Partial<EndpointConfig>, to = receiver('refused')) => {
    const stub = newEndpoint(endpoints);
    const result = await stub.create(configOf(to, change));
    expect(await stub.describe()).toMatchObject({ ok: false, code: 'unknown_webhook' });
    expect(await runInDurableObject(stub, async (_, { storage }) => (await storage.list()).size)).toBe(0);
    return result;
  };

  it.each(REFUSED_URLS)('judges %s in workerd as in Node', (url, reason) => {
    expect(webhookUrlFault(url, false)).toContain(reason);
  });

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

/** Refusals that need no account and no state: what a request must look like. */
import { createExecutionContext, env } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { addressOf } from '../../protocol/address.ts';
import type { WireProblem } from '../../protocol/wire.ts';
import { createApp } from '../../workers/api/app.ts';
import { JSON_BYTES_MAX } from '../../workers/api/body.ts';
import { DATASET_BYTES_MAX } from '../../workers/api/datasets.ts';
import type { Env } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { call, expectProblem, ORIGIN, requestOf } from './api-caller.ts';

const ADDRESS = addressOf(new Uint8Array(32).fill(1));
const HEX = '0a'.repeat(32);
const train = { kind: 'train', rows: 40, features: 4, hidden: 8, classes: 2, epochs: 1, batch: 8, seed: '7' };

/** Every route with a JSON body, and one such body. */
const POSTS: Record<string, object> = {
  '/v1/orders': { transaction: 'AAAA', sealed: 'AAAA' },
  '/v1/transactions': { transaction: 'AAAA' },
  '/v1/quotes': { account: ADDRESS, nonce: '0', work: train },
  '/v1/faucet': { account: ADDRESS },
  '/v1/dev/lies': { region: 'weur', times: 1 },
  '/v1/proofs/verify': { circuit: 'bid_covers_ask', proof: {}, publicSignals: [] },
  '/v1/webhooks': { url: 'https://example.com/hook' },
};
const paths = Object.keys(POSTS);

beforeAll(forgetNetwork);

describe('a path that is no route', () => {
  it.each(['/v1/nothing', '/v1/orders/', '/v2/orders', '/v1/webhooks/x/y/z'])('%s is refused', async (path) => {
    await expectProblem(await call('GET', path), 'not_found');
  });

  it.each([
    ['PUT', '/v1/orders', 'GET, HEAD, POST'],
    ['PATCH', `/v1/orders/${HEX}`, 'GET, HEAD'],
    ['DELETE', '/v1/blocks', 'GET, HEAD'],
    ['POST', '/v1/chain', 'GET, HEAD'],
    ['GET', '/v1/faucet', 'POST'],
    ['PUT', `/v1/datasets/${HEX}`, 'DELETE, GET, HEAD'],
  ])('%s %s is refused, and Allow says what would do', async (method, path, allow) => {
    const response = await call(method, path, method === 'GET' ? {} : { json: {} });
    expect(response.headers.get('allow')).toBe(allow);
    await expectProblem(response, 'method_not_allowed');
  });
});

describe.each(paths)('the body of POST %s', (path) => {
  it.each(['', '{', '{"a":1', 'null}', '{"a":undefined}', "{'a':1}", '\ufeff{}', '[1,]'])(
    'is refused as %j',
    async (text) => {
      const headers = { 'content-type': 'application/json' };
      await expectProblem(await call('POST', path, { bytes: text, headers, key: 'k' }), 'malformed_json');
    },
  );

  it('is refused when it is not UTF-8', async () => {
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]);
    const headers = { 'content-type': 'application/json' };
    await expectProblem(await call('POST', path, { bytes, headers, key: 'k' }), 'malformed_json');
  });

  it.each([null, [], 'text', 7, true])('is refused when it is %j and not an object', async (json) => {
    await expectProblem(await call('POST', path, { json, key: 'k' }), 'invalid_field');
  });

  it('is refused without a field, and with one that is not part of it, by name', async () => {
    const good = POSTS[path] as Record<string, unknown>;
    for (const name of Object.keys(good)) {
      const { [name]: _, ...rest } = good;
      await expectProblem(await call('POST', path, { json: rest, key: 'k' }), 'invalid_field', name);
      await expectProblem(
        await call('POST', path, { json: { ...good, [name]: null }, key: 'k' }),
        'invalid_field',
        name,
      );
    }
    const unknown = { ...good, account_: ADDRESS };
    await expectProblem(await call('POST', path, { json: unknown, key: 'k' }), 'unknown_field', 'account_');
  });

  it.each([{}, { 'content-type': 'text/plain' }, { 'content-type': 'multipart/form-data; boundary=x' }])(
    'is refused with the media type %j',
    async (headers) => {
      const bytes = new TextEncoder().encode(JSON.stringify(POSTS[path]));
      await expectProblem(await call('POST', path, { bytes, headers, key: 'k' }), 'unsupported_media_type');
    },
  );

  it('is refused when it is too large, before it is read and while it is', async () => {
    const headers = { 'content-type': 'application/json' };
    const large = new Uint8Array(JSON_BYTES_MAX + 1).fill(0x20);
    await expectProblem(await call('POST', path, { bytes: large, headers, key: 'k' }), 'body_too_large');
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
    await expectProblem(await call('POST', path, { bytes: endless, headers, key: 'k' }), 'body_too_large');
  });
});

describe('Idempotency-Key', () => {
  const keyed = ['/v1/orders', '/v1/transactions'];
  it.each(keyed)('is needed for POST %s', async (path) => {
    await expectProblem(await call('POST', path, { json: POSTS[path] }), 'idempotency_key_required', 'Idempotency-Key');
  });
  it.each(keyed)('must be visible and short for POST %s', async (path) => {
    for (const key of ['a b', 'x'.repeat(256)]) {
      await expectProblem(await call('POST', path, { json: POSTS[path], key }), 'invalid_field', 'Idempotency-Key');
    }
  });
});

describe('a field', () => {
  it.each([
    ['/v1/orders', { transaction: 'AAA', sealed: 'AAAA' }, 'transaction'],
    ['/v1/orders', { transaction: 'AAAA', sealed: 'AB==' }, 'sealed'],
    ['/v1/orders', { transaction: 7, sealed: 'AAAA' }, 'transaction'],
    ['/v1/quotes', { account: 'hai1', nonce: '0', work: train }, 'account'],
    ['/v1/quotes', { account: ADDRESS, nonce: 0, work: train }, 'nonce'],
    ['/v1/quotes', { account: ADDRESS, nonce: '0', work: { ...train, kind: 'dream' } }, 'work.kind'],
    ['/v1/quotes', { account: ADDRESS, nonce: '0', work: { ...train, rows: -1 } }, 'work.rows'],
    ['/v1/quotes', { account: ADDRESS, nonce: '0', work: { ...train, seed: 7 } }, 'work.seed'],
    ['/v1/quotes', { account: ADDRESS, nonce: '0', work: { kind: 'predict', rows: 1, model: 'x' } }, 'work.model'],
    ['/v1/faucet', { account: ADDRESS.toUpperCase() }, 'account'],
    ['/v1/dev/lies', { region: 'mars', times: 1 }, 'region'],
    ['/v1/dev/lies', { region: 'weur', times: 1.5 }, 'times'],
    ['/v1/dev/lies', { region: 'weur', times: 101 }, 'times'],
    ['/v1/proofs/verify', { circuit: 'x', proof: {}, publicSignals: [1] }, 'publicSignals.0'],
    ['/v1/webhooks', { url: 'https://example.com', types: ['order.lost'] }, 'types.0'],
  ])('of POST %s %j is refused by name', async (path, json, param) => {
    await expectProblem(await call('POST', path, { json, key: 'k' }), 'invalid_field', param);
  });

  it.each([
    [`/v1/orders/${HEX.slice(2)}`, 'id'],
    [`/v1/orders/${HEX.toUpperCase()}`, 'id'],
    ['/v1/transactions/xyz', 'hash'],
    ['/v1/accounts/hai1xyz', 'address'],
    ['/v1/blocks/-1', 'place'],
    ['/v1/blocks/007', 'place'],
    ['/v1/blocks?limit=0', 'limit'],
    ['/v1/blocks?limit=101', 'limit'],
    ['/v1/blocks?cursor=zzz', 'cursor'],
    ['/v1/orders', 'account'],
    [`/v1/orders/${HEX}?until=never`, 'until'],
  ])('of GET %s is refused by name', async (path, param) => {
    await expectProblem(await call('GET', path), 'invalid_field', param);
  });

  it('that is unknown in a query is refused by name', async () => {
    await expectProblem(await call('GET', '/v1/blocks?offset=3'), 'unknown_field', 'offset');
  });
});

describe('an upload', () => {
  const headers = { 'content-type': 'application/octet-stream' };
  it('is refused when its length is not known', async () => {
    const bytes = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10)) });
    await expectProblem(await call('POST', '/v1/datasets', { bytes, headers, key: 'k' }), 'length_required');
  });
  it('is refused by its length alone when that is too large', async () => {
    const { body, request } = neverRead(DATASET_BYTES_MAX + 1);
    await expectProblem(
      await appOf().fetch(request, env as unknown as Env, createExecutionContext()),
      'body_too_large',
    );
    expect(body.reads).toBe(0);
  });
  it('must be signed', async () => {
    await expectProblem(
      await call('POST', '/v1/datasets', { bytes: new Uint8Array(4), headers, key: 'k' }),
      'auth_required',
    );
  });
});

/** A request whose body counts how often it is read. */
function neverRead(length: number) {
  const body = { reads: 0 };
  const stream = new ReadableStream(
    {
      pull(controller) {
        body.reads += 1;
        controller.enqueue(new Uint8Array(10));
      },
    },
    { highWaterMark: 0 },
  );
  const request = new Request(`${ORIGIN}/v1/datasets`, {
    method: 'POST',
    body: stream,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(length), 'idempotency-key': 'k' },
  });
  return { body, request };
}

const appOf = () => createApp({ runDirect: () => Promise.reject(new Error('nothing is computed here')) });

describe('a fault of ours', () => {
  it('is told as a problem with an id, and without what went wrong; the operator reads that under the id', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const fault = () => {
      throw new Error('the password is swordfish');
    };
    const broken = { ...env, DB: { prepare: fault, batch: fault } } as never;
    const response = await appOf().fetch(requestOf('GET', '/healthz'), broken, createExecutionContext());
    const problem = await expectProblem(response, 'internal');
    expect(JSON.stringify(problem)).not.toMatch(/swordfish|\.ts|SELECT/i);
    expect(logged).toHaveBeenCalledOnce();
    const [line] = logged.mock.calls[0] as [string];
    expect(JSON.parse(line)).toMatchObject({
      requestId: problem.request_id,
      route: '/healthz',
      cause: expect.stringContaining('swordfish'),
    });
    logged.mockRestore();
  });
});

describe('a browser', () => {
  it('may call from any page, with the headers that the API takes', async () => {
    const headers = {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'idempotency-key',
    };
    const response = await call('OPTIONS', '/v1/orders', { headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('idempotency-key');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
  it('may read a refusal too', async () => {
    const response = await call('GET', '/v1/nothing', { headers: { origin: 'https://app.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('the description', () => {
  it('is served, and is the committed one', async () => {
    const { default: committed } = await import('../../openapi.json');
    expect(await (await call('GET', '/openapi.json')).json()).toEqual(committed);
  });
  it('has a page that needs no other host', async () => {
    const response = await call('GET', '/docs');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('id="createOrder"');
  });
});

it('a refusal names its request, and no two the same', async () => {
  const ids = await Promise.all(
    [1, 2, 3].map(async () => ((await (await call('GET', '/v1/nothing')).json()) as WireProblem).request_id),
  );
  expect(new Set(ids).size).toBe(3);
});

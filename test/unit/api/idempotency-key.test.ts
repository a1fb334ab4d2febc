import { describe, expect, it } from 'vitest';
import { parseIdempotencyKey, requestHash } from '../../../workers/api/idempotency-key.ts';

describe('Idempotency-Key', () => {
  it.each(['a', '!', '~', 'x'.repeat(255), '8e03978e-40d5-43e8-bc93-6894a57f9324'])('takes %j', (key) => {
    expect(parseIdempotencyKey(key)).toEqual({ ok: true, value: key });
  });
  it.each(['', 'a b', 'x'.repeat(256), 'é', '\u007f', 'a\tb'])('refuses %j', (key) => {
    expect(parseIdempotencyKey(key)).toMatchObject({ code: 'invalid_field', param: 'Idempotency-Key' });
  });
  it('is needed', () => {
    expect(parseIdempotencyKey(undefined)).toMatchObject({ code: 'idempotency_key_required' });
  });
});

describe('what makes two requests the same', () => {
  const body = new Uint8Array([1, 2, 3]);
  it('is method, path with query, and body', async () => {
    const same = await requestHash('POST', '/v1/orders', body);
    expect(await requestHash('POST', '/v1/orders', Uint8Array.from(body))).toEqual(same);
    for (const [method, path, bytes] of [
      ['DELETE', '/v1/orders', body],
      ['POST', '/v1/orders?x', body],
      ['POST', '/v1/transactions', body],
      ['POST', '/v1/orders', new Uint8Array([1, 2, 4])],
      ['POST', '/v1/orders', new Uint8Array(0)],
    ] as const) {
      expect(await requestHash(method, path, bytes)).not.toEqual(same);
    }
  });
});

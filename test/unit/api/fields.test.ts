import { z } from '@hono/zod-openapi';
import { base64 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { account, base64Bytes, hash32, pageCursor, pageLimit, u64 } from '../../../workers/api/fields.ts';
import { failureOf } from '../../../workers/api/validation.ts';

const refusal = (schema: z.ZodType, value: unknown) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : failureOf(parsed.error.issues);
};

describe('base64', () => {
  it('round-trips any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(base64Bytes.parse(base64.encode(bytes))).toEqual(bytes);
      }),
    );
  });

  // One text for one value: else one request would have many hashes.
  it.each(['AA', 'AAA', 'A', 'AB==', 'AAB=', 'AA==\n', ' AA==', 'A A=', 'AA==AA==', 'AA-_', '====', 'AA=A', 7, null])(
    'refuses %j',
    (text) => {
      expect(refusal(base64Bytes, text)).toMatchObject({ code: 'invalid_field' });
    },
  );
});

describe('u64', () => {
  it.each(['0', '1', '9007199254740993', '18446744073709551615'])('takes %s exactly', (text) => {
    expect(u64.parse(text)).toBe(BigInt(text));
  });
  it.each(['18446744073709551616', '00', '01', '-1', '+1', '1.0', '1e3', '0x1', '', ' 1', '1 ', 1, 1n, null])(
    'refuses %s',
    (value) => {
      expect(refusal(u64, value)).toMatchObject({ code: 'invalid_field' });
    },
  );
});

describe('hash32', () => {
  it('takes 64 lower-case hex digits', () => {
    expect(hash32.parse('0a'.repeat(32))).toEqual(new Uint8Array(32).fill(10));
  });
  it.each(['0A'.repeat(32), '0a'.repeat(31), '0a'.repeat(33), `0x${'0a'.repeat(31)}`, 'zz'.repeat(32), 1])(
    'refuses %s',
    (value) => {
      expect(refusal(hash32, value)).toMatchObject({ code: 'invalid_field' });
    },
  );
});

describe('account', () => {
  const address = addressOf(new Uint8Array(32).fill(7));
  it('takes an address', () => {
    expect(account.parse(address)).toEqual(new Uint8Array(32).fill(7));
  });
  it.each([address.toUpperCase(), address.slice(0, -1), `${address}q`, address.replace(/.$/, 'b'), '', 'hai1'])(
    'refuses %s',
    (value) => {
      expect(refusal(account, value)).toMatchObject({ code: 'invalid_field' });
    },
  );
});

describe('page', () => {
  const page = z.strictObject({ limit: pageLimit, cursor: pageCursor('blocks') });
  it('has a size of 20 unless told otherwise', () => {
    expect(page.parse({}).limit).toBe(20);
    expect(page.parse({ limit: '100' }).limit).toBe(100);
  });
  it.each(['0', '101', '-1', '1.5', '', 'x', '1e2'])('refuses a size of %j', (limit) => {
    expect(refusal(page, { limit })).toMatchObject({ code: 'invalid_field', param: 'limit' });
  });
  it('refuses a foreign cursor and an unknown field, by name', () => {
    expect(refusal(page, { cursor: 'b3JkZXJzOjE' })).toMatchObject({ code: 'invalid_field', param: 'cursor' });
    expect(refusal(page, { offset: '3' })).toMatchObject({ code: 'unknown_field', param: 'offset' });
  });
});

describe('a refusal', () => {
  const schema = z.strictObject({ a: z.strictObject({ b: z.number() }) });
  it('names the field by its path', () => {
    expect(refusal(schema, { a: { b: 'x' } })).toMatchObject({ code: 'invalid_field', param: 'a.b' });
    expect(refusal(schema, { a: { b: 1, c: 2 } })).toEqual({ ok: false, code: 'unknown_field', param: 'a.c' });
    expect(refusal(schema, [])).toMatchObject({ code: 'invalid_field' });
  });
  it('gives the lower number when both apply', () => {
    expect(refusal(schema, { a: { b: 'x' }, z: 1 })).toMatchObject({ code: 'invalid_field', param: 'a.b' });
  });
});

import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { publicKeyOf, sign } from '../../../protocol/ed25519.ts';
import { requestBytes } from '../../../protocol/request-auth.ts';
import { parseCredentials, verifyCredentials } from '../../../workers/api/credentials.ts';

const seed = new Uint8Array(32).fill(3);
const account = publicKeyOf(seed);
const genesis = new Uint8Array(32).fill(9);
const NOW = 1_800_000_000_000n;
const request = { method: 'POST', path: '/v1/webhooks?x=1', bodyHash: sha256(new Uint8Array([1])) };

function headersFor(expiresMs: bigint, signed = request, network = genesis) {
  const signature = base64.encode(sign(seed, requestBytes(network, { ...signed, expiresMs })));
  return { 'hai-account': addressOf(account), 'hai-expires': expiresMs.toString(), 'hai-signature': signature };
}
const parse = (headers: Record<string, string>) => parseCredentials((name) => headers[name]);

async function verdict(headers: Record<string, string>, asked = request) {
  const parsed = parse(headers);
  return parsed.ok ? verifyCredentials(parsed.value, asked, genesis, NOW) : parsed;
}

describe('a signed request', () => {
  it.each([0n, 1n, 300_000n])('is its account’s, %i ms before it expires', async (left) => {
    expect(await verdict(headersFor(NOW + left))).toEqual({ ok: true, value: account });
  });

  it.each([
    ['method', { ...request, method: 'DELETE' }],
    ['path', { ...request, path: '/v1/webhooks' }],
    ['body', { ...request, bodyHash: sha256(new Uint8Array([2])) }],
  ])('is refused for another %s', async (_, asked) => {
    expect(await verdict(headersFor(NOW + 1000n), asked)).toMatchObject({ code: 'bad_signature' });
  });

  it('is refused on another network, for another account and with another expiry', async () => {
    const good = headersFor(NOW + 1000n);
    expect(await verdict(headersFor(NOW + 1000n, request, new Uint8Array(32)))).toMatchObject({
      code: 'bad_signature',
    });
    const other = addressOf(publicKeyOf(new Uint8Array(32).fill(4)));
    expect(await verdict({ ...good, 'hai-account': other })).toMatchObject({ code: 'bad_signature' });
    expect(await verdict({ ...good, 'hai-expires': (NOW + 1001n).toString() })).toMatchObject({
      code: 'bad_signature',
    });
  });

  it('is of no use when it is late, or valid for too long', async () => {
    expect(await verdict(headersFor(NOW - 1n))).toMatchObject({ code: 'auth_expired' });
    expect(await verdict(headersFor(NOW + 300_001n))).toMatchObject({ code: 'auth_expired' });
  });

  it.each(['hai-account', 'hai-expires', 'hai-signature'])('needs %s', (name) => {
    const { [name]: _, ...rest } = headersFor(NOW) as Record<string, string>;
    expect(parse(rest)).toMatchObject({ code: 'auth_required' });
  });

  it.each([
    ['hai-account', 'hai1xyz'],
    ['hai-expires', '1e12'],
    ['hai-expires', '-1'],
    ['hai-expires', '0'],
    ['hai-signature', 'AAAA'],
    ['hai-signature', 'x'.repeat(88)],
    ['hai-signature', '!'.repeat(88)],
  ])('with %s: %s is refused by name', (name, value) => {
    expect(parse({ ...headersFor(NOW), [name]: value })).toMatchObject({ code: 'invalid_field', param: name });
  });
});

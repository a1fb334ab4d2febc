import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accountOfSeed, newAccountSeed } from '../../../clients/sdk/account.ts';
import { createContext } from '../../../clients/sdk/context.ts';
import { HaiError, UntrustedError } from '../../../clients/sdk/errors.ts';
import { loadNetwork } from '../../../clients/sdk/network.ts';
import { signedRequest } from '../../../clients/sdk/signed-request.ts';
import { signTransaction } from '../../../clients/sdk/signed-transaction.ts';
import { createTransport, TRY_MS_MAX } from '../../../clients/sdk/transport.ts';
import { parseAddress } from '../../../protocol/address.ts';
import { verifySignature } from '../../../protocol/ed25519.ts';
import { REQUEST_EXPIRY_MS_MAX, requestBytes } from '../../../protocol/request-auth.ts';
import { parseTransaction, signingBytes, transactionHash } from '../../../protocol/tx/envelope.ts';
import type { BlockHeight, Zhi } from '../../../protocol/units.ts';
import { testNetwork } from '../../support/network.ts';

afterEach(() => vi.useRealTimers());

const network = testNetwork();
const hex = bytesToHex(network.hash);
const account = accountOfSeed(newAccountSeed());

/** Serves a genesis and nothing else. */
const genesisOnly =
  (hash = hex, genesis = base64.encode(network.bytes)): typeof fetch =>
  () =>
    Promise.resolve(Response.json({ hash, genesis, network: 'x', mode: 'hosted', profile: 'development' }));
const transportOf = (fetcher = genesisOnly(), url = 'http://network/base/') => createTransport(url, fetcher);

describe('the genesis', () => {
  it('is recomputed, with and without a pin', async () => {
    for (const pin of [undefined, hex]) {
      expect(await loadNetwork(transportOf(), pin)).toMatchObject({ hex, genesis: { network: 'hai-test' } });
    }
  });

  it.each([
    ['another pin', genesisOnly(), 'a'.repeat(64)],
    ['a hash that is not its own', genesisOnly('b'.repeat(64)), undefined],
    ['bytes with one more', genesisOnly(hex, base64.encode(Uint8Array.of(...network.bytes, 0))), undefined],
    ['no base64', genesisOnly(hex, '!'), undefined],
    ['another network under the same hash', genesisOnly(hex, base64.encode(testNetwork('other').bytes)), undefined],
  ])('is refused with %s', async (_, fetcher, pin) => {
    await expect(loadNetwork(transportOf(fetcher), pin)).rejects.toBeInstanceOf(UntrustedError);
  });
});

describe('a signed request', () => {
  const context = createContext(transportOf(), account, hex);

  it('verifies over method, whole path, expiry and body', async () => {
    const body = { url: 'https://x' };
    const request = await signedRequest(context, { method: 'POST', path: '/v1/webhooks?a=1', body });
    const headers = (await request.headersOfTry?.()) ?? {};
    expect(headers['hai-account']).toBe(account.address);
    const expiresMs = BigInt(headers['hai-expires'] as string);
    expect(expiresMs - BigInt(Date.now())).toBeLessThan(REQUEST_EXPIRY_MS_MAX);
    const bodyHash = sha256(new TextEncoder().encode(JSON.stringify(body)));
    const said = { method: 'POST', path: '/base/v1/webhooks?a=1', expiresMs, bodyHash };
    const signature = base64.decode(headers['hai-signature'] as string);
    const verifies = (change: Partial<typeof said>, genesis = network.hash) =>
      verifySignature(account.publicKey, requestBytes(genesis, { ...said, ...change }), signature);
    expect(verifies({})).toBe(true);
    expect(verifies({ method: 'GET' })).toBe(false);
    expect(verifies({ path: '/base/v1/webhooks?a=2' })).toBe(false);
    expect(verifies({ expiresMs: expiresMs + 1n })).toBe(false);
    expect(verifies({ bodyHash: sha256(new Uint8Array(0)) })).toBe(false);
    expect(verifies({}, testNetwork('other').hash)).toBe(false);
  });

  it('is signed anew for each try, and each signature outlives its try', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const expiries: bigint[] = [];
    const fetcher: typeof fetch = (_, init) => {
      const headers = new Headers(init?.headers);
      const expiresMs = BigInt(headers.get('hai-expires') as string);
      const validMs = expiresMs - BigInt(Date.now());
      expect(validMs).toBeGreaterThan(BigInt(TRY_MS_MAX));
      expect(validMs).toBeLessThan(REQUEST_EXPIRY_MS_MAX);
      const said = { method: 'POST', path: '/base/v1/x', expiresMs, bodyHash: sha256(new Uint8Array(0)) };
      const signature = base64.decode(headers.get('hai-signature') as string);
      expect(verifySignature(account.publicKey, requestBytes(network.hash, said), signature)).toBe(true);
      expiries.push(expiresMs);
      vi.setSystemTime(Date.now() + TRY_MS_MAX);
      return expiries.length < 4 ? Promise.reject(new TypeError('cut')) : Promise.resolve(Response.json({ ok: true }));
    };
    const request = { method: 'POST', path: '/v1/x', idempotencyKey: 'k' } as const;
    const answer = transportOf(fetcher).json(await signedRequest(context, request));
    expect(await answer).toEqual({ ok: true });
    expect(new Set(expiries).size).toBe(4);
  });

  it('needs an account', async () => {
    const nobody = createContext(transportOf(), undefined, undefined);
    await expect(signedRequest(nobody, { method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'auth_required' });
    expect(() => nobody.account()).toThrow(HaiError);
  });
});

describe('a signed transaction', () => {
  it('parses on its own network only, at the base fee, signed by its sender', async () => {
    const loaded = await loadNetwork(transportOf(), hex);
    const body = Uint8Array.of(1, 2, 3);
    const parts = {
      type: 'orderOpen',
      nonce: 5n,
      expiryHeight: 99n as BlockHeight,
      baseFeeZhi: 1_500n as Zhi,
      body,
    } as const;
    const { bytes, hash } = await signTransaction(account, loaded, parts);
    expect(hash).toEqual(transactionHash(bytes));
    const parsed = parseTransaction(bytes, network.hash);
    if (!parsed.ok) throw new Error(parsed.code);
    const { signature, ...unsigned } = parsed.value;
    expect(unsigned).toMatchObject({
      type: 2,
      sender: account.publicKey,
      nonce: 5n,
      expiryHeight: 99n,
      feeZhi: 9000n,
      body,
    });
    expect(verifySignature(account.publicKey, signingBytes(network.hash, unsigned), signature)).toBe(true);
    expect(parseTransaction(bytes, testNetwork('other').hash)).toMatchObject({ code: 'wrong_chain' });
  });
});

describe('an account', () => {
  it('has the address of its key, and a copy of its seed', async () => {
    const seed = newAccountSeed();
    const made = accountOfSeed(seed);
    expect(parseAddress(made.address)).toEqual(made.publicKey);
    seed.fill(0);
    const signature = await made.sign(Uint8Array.of(1));
    expect(verifySignature(made.publicKey, Uint8Array.of(1), signature)).toBe(true);
  });
});

/** Transactions, blocks and the chain over HTTP. */
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { encodeTransaction } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { WireBlock, WireOrder } from '../../protocol/wire.ts';
import { encodeCursor } from '../../workers/api/cursor.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type Demander, startDemander } from './api-demander.ts';

let demander: Demander;
let alice: Demander['client'];
beforeAll(async () => {
  demander = await startDemander('api/alice', 'enam');
  alice = demander.client;
}, 60_000);

describe('a transaction', () => {
  const post = (bytes: Uint8Array, idempotencyKey: string, headers: Record<string, string> = {}) =>
    call('POST', '/v1/transactions', { json: { transaction: base64.encode(bytes) }, key: idempotencyKey, headers });
  const transferTo = (name: string, amountZhi: bigint, region: Region = 'weur') =>
    encodeTransfer({ to: keyPair(name).key, amountZhi: amountZhi as Zhi, homeRegion: regionNumber(region) });

  it('is applied while the caller waits, and found by its hash', async () => {
    const nonce = await demander.nextNonce();
    const bytes = demander.signedBy('api/alice', 'transfer', nonce, transferTo('api/carol', 5n, 'apac'));
    const response = await post(bytes, 'pay', { prefer: 'wait=20' });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    const applied = (await response.json()) as { hash: string; status: string };
    expect(applied.status).toBe('applied');
    expect(response.headers.get('location')).toBe(`/v1/transactions/${applied.hash}`);
    expect(await alice.transaction(applied.hash)).toMatchObject({ hash: applied.hash, status: 'applied', code: null });
    expect(await clientOf('api/carol').account()).toMatchObject({ balanceZhi: '5', homeRegion: 'apac' });
  });

  it('is pending until then', async () => {
    const nonce = await demander.nextNonce();
    const bytes = demander.signedBy('api/alice', 'transfer', nonce, transferTo('api/carol', 1n));
    const response = await post(bytes, 'pay-later');
    expect(response.status).toBe(202);
    const { hash, status } = (await response.json()) as { hash: string; status: string };
    expect(status).toBe('pending');
    const waited = await call('GET', `/v1/transactions/${hash}`, { headers: { prefer: 'wait=20' }, from: 'sam' });
    expect(await waited.json()).toMatchObject({ hash, status: 'applied' });
  });

  it.each([
    ['nothing', 0n, 'amount_out_of_range'],
    ['more than there is', 10n ** 18n, 'insufficient_balance'],
    ['more than the supply', 10n ** 18n + 1n, 'amount_out_of_range'],
  ] as const)('of %s is refused', async (_, amount, code) => {
    const before = await alice.account();
    const bytes = demander.signedBy('api/alice', 'transfer', BigInt(before.nextNonce), transferTo('api/carol', amount));
    await expectProblem(await post(bytes, `amount-${amount}`), code);
    expect(await alice.account()).toEqual(before);
  });

  it('that only the network sends, or that is an order, is refused', async () => {
    const nonce = await demander.nextNonce();
    const open = await alice.prepareTrain(nonce, demander.trainRequest());
    await expectProblem(await post(open.transaction, 'order-here'), 'invalid_field', 'transaction');
    const match = demander.signedBy('api/alice', 'orderMatch', nonce, new Uint8Array([0]));
    await expectProblem(await post(match, 'empty-match'), 'tx_malformed');
  });

  it('that nobody sent is not found', async () => {
    await expectProblem(await call('GET', `/v1/transactions/${'0b'.repeat(32)}`), 'not_found');
  });

  it('cannot cancel what is settled, or confirm what is not there', async () => {
    const { orders } = await alice.orders();
    const settled = orders.find(({ state }) => state === 'settled') as WireOrder;
    await expect(alice.cancel(settled.id)).rejects.toMatchObject({ code: 'not_cancellable' });
    await expect(alice.confirm('01'.repeat(32), new Uint8Array(32))).rejects.toMatchObject({ code: 'unknown_order' });
  });

  it('is not malleable: unsigned bytes do not pass', async () => {
    const nonce = await demander.nextNonce();
    const body = transferTo('api/carol', 1n);
    const tx = { version: 1, chain: demander.network.hash.slice(0, 8), type: 1, sender: demander.key.key, nonce, body };
    const unsigned = encodeTransaction({
      ...tx,
      expiryHeight: 1000n as BlockHeight,
      feeZhi: 1000n as Zhi,
      signature: new Uint8Array(64),
    });
    await expectProblem(await post(unsigned, 'unsigned'), 'bad_signature');
  });
});

describe('a block', () => {
  const latest = async () => (await (await call('GET', '/v1/blocks/latest')).json()) as WireBlock;

  it('is the same by height and by hash, for ever', async () => {
    const block = await latest();
    for (const place of [block.height, block.hash]) {
      const response = await call('GET', `/v1/blocks/${place}`);
      expect(response.headers.get('etag')).toBe(`"${block.hash}"`);
      expect(response.headers.get('cache-control')).toContain('immutable');
      expect(await response.json()).toEqual(block);
      const same = await call('GET', `/v1/blocks/${place}`, { headers: { 'if-none-match': `W/"x", "${block.hash}"` } });
      expect(same.status).toBe(304);
      expect(await same.text()).toBe('');
      const other = await call('GET', `/v1/blocks/${place}`, { headers: { 'if-none-match': '"x"' } });
      expect(other.status).toBe(200);
    }
    expect((await call('GET', '/v1/blocks/latest')).headers.get('cache-control')).toContain('no-cache');
  });

  it('that is not sealed is not found', async () => {
    const beyond = ['9223372036854775806', '9223372036854775807', '9999999999999999999'];
    for (const place of ['999999', '0', '0c'.repeat(32), ...beyond])
      await expectProblem(await call('GET', `/v1/blocks/${place}`), 'not_found');
  });

  it('is listed, newest first, page by page, without gap or repeat', async () => {
    const heights: bigint[] = [];
    let path = '/v1/blocks?limit=2';
    for (let pages = 0; pages < 100; pages++) {
      const { blocks, next } = (await (await call('GET', path)).json()) as { blocks: WireBlock[]; next: string | null };
      heights.push(...blocks.map(({ height }) => BigInt(height)));
      if (next === null) break;
      path = `/v1/blocks?limit=2&cursor=${next}`;
    }
    expect(heights.at(-1)).toBe(1n);
    expect(heights).toEqual(heights.map((_, i) => (heights[0] as bigint) - BigInt(i)));
  });

  it('is listed from any cursor that int64 holds, and from none beyond', async () => {
    const listed = (height: bigint) =>
      call('GET', `/v1/blocks?limit=1&cursor=${encodeCursor('blocks', height.toString())}`);
    expect(((await (await listed(2n ** 63n - 1n)).json()) as { blocks: WireBlock[] }).blocks).toEqual([await latest()]);
    await expectProblem(await listed(2n ** 63n), 'invalid_field', 'cursor');
  });
});

describe('the chain', () => {
  it('has its whole supply, by class', async () => {
    const chain = await alice.chain();
    expect(chain.supplyZhi).toBe('1000000000000000000');
    expect(Object.values(chain.supplyByClass).reduce((sum, zhi) => sum + BigInt(zhi), 0n)).toBe(10n ** 18n);
    expect(await alice.health()).toMatchObject({ status: 'ok' });
  });
  it('shows its providers and regions, and which region serves the caller', async () => {
    const { providers } = (await (await call('GET', '/v1/providers')).json()) as { providers: object[] };
    expect(providers.length).toBe(demander.network.genesis.providers.length);
    const shown = (await (await call('GET', '/v1/regions', { from: 'sam' })).json()) as {
      yours: string;
      regions: object[];
    };
    expect(shown.yours).toBe('sam');
    expect(shown.regions.length).toBe(demander.network.genesis.regions.length);
  });
});

/** Orders over HTTP: taken in, refused, answered once, followed to the receipt. */
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { sealedHash } from '../../protocol/order/sealed.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { encodeTransaction, type UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import { encodeOrderOpen, type OrderOpen } from '../../protocol/tx/order-open.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import type { WireBlock, WireOrder, WireProblem } from '../../protocol/wire.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
import { call, clientOf, expectProblem, PLACES, type Place } from './api-caller.ts';

const ROWS = 40;
const FEATURES = 4;
const WORK = { rows: ROWS, features: FEATURES, hidden: 8, classes: 2, epochs: 2, batch: 8, seed: 7n };
const LIMIT = 100_000_000n as Zhi;

const x = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => (i * 37) % 11);
const dataset = encodeTable({
  rows: ROWS,
  features: FEATURES,
  classes: 2,
  x,
  y: Uint8Array.from({ length: ROWS }, (_, row) => ((x[row * FEATURES] as number) > 5 ? 1 : 0)),
});
const rows = encodeRows({ rows: 3, features: FEATURES, x: x.slice(0, 3 * FEATURES) });

const alice = clientOf('api/alice', 'enam');
const key = keyPair('api/alice');
let network: Awaited<ReturnType<typeof alice.network>>;
let model: { order: string; contentKey: Uint8Array };

beforeAll(async () => {
  network = await alice.network();
  await alice.faucet();
  const trained = await alice.train({ dataset, work: WORK, priceLimitZhi: LIMIT }, { waitSeconds: 20 });
  await alice.waitOrder(trained.id, 'checked', 20_000);
  model = { order: trained.id, contentKey: trained.contentKey };
}, 60_000);

const predictRequest = () => ({ model, rows, rowCount: 3, priceLimitZhi: LIMIT });
const accountNow = () => alice.account();

/** A signed transaction of this network, wrong in whatever way `change` says. */
function signedBy(
  name: string,
  type: TxTypeName,
  nonce: bigint,
  body: Uint8Array,
  change: Partial<UnsignedTransaction> = {},
) {
  const here = { ...testNetwork(), genesis: network.genesis, hash: network.hash };
  return signedTransaction(here, { by: keyPair(name), type, nonce, body, change });
}

const postOrder = (transaction: Uint8Array, sealed: Uint8Array, idempotencyKey: string, from: Place = 'weur') =>
  call('POST', '/v1/orders', {
    json: { transaction: base64.encode(transaction), sealed: base64.encode(sealed) },
    key: idempotencyKey,
    from,
  });

describe('an account', () => {
  it('has its home where the faucet was asked from', async () => {
    expect(await accountNow()).toMatchObject({ homeRegion: 'enam', reservedZhi: expect.stringMatching(/^\d+$/) });
  });
  it('that nobody ever paid is unknown', async () => {
    await expectProblem(await call('GET', `/v1/accounts/${keyPair('api/nobody').address}`), 'unknown_account');
    await expectProblem(await call('GET', `/v1/orders?account=${keyPair('api/nobody').address}`), 'unknown_account');
  });
});

describe('a quote', () => {
  const work = { kind: 'train', ...WORK, seed: '7' };
  const quote = (json: object) => call('POST', '/v1/quotes', { json: { account: key.address, nonce: '0', ...json } });

  it('is the one that the client recomputes', async () => {
    const own = await alice.quote({ kind: 'train', ...WORK });
    expect(own.quotes.length).toBeGreaterThanOrEqual(3);
  });
  it('is given to an account that does not exist yet', async () => {
    const account = keyPair('api/nobody').address;
    const response = await call('POST', '/v1/quotes', { json: { account, nonce: '0', work }, from: 'apac' });
    expect(await response.json()).toMatchObject({ homeRegion: 'apac' });
  });
  it.each([
    [{ work: { ...work, rows: 1 } }, 'work_invalid', 'rows'],
    [{ work: { ...work, epochs: 0 } }, 'work_invalid', 'epochs'],
    [{ work: { ...work, rows: 4_000_000, features: 4096 } }, 'work_too_large', undefined],
    [{ work: { kind: 'predict', rows: 0, model: '0a'.repeat(32) } }, 'unknown_model', 'work.model'],
    [{ work: { kind: 'predict', rows: 1, model: 'ff'.repeat(32) } }, 'unknown_model', 'work.model'],
  ] as const)('of %j is refused', async (json, code, param) => {
    await expectProblem(await quote(json), code, param);
  });
  it('of another account’s model is refused as of a model that is not there', async () => {
    const account = keyPair('api/nobody').address;
    const json = { account, nonce: '0', work: { kind: 'predict', rows: 1, model: model.order } };
    await expectProblem(await call('POST', '/v1/quotes', { json }), 'unknown_model');
  });
});

describe('a predict order', () => {
  it('answers with its checked result when the caller waits', async () => {
    const opened = await alice.predict(predictRequest(), { waitSeconds: 20 });
    expect(['checked', 'confirmed', 'settled']).toContain(opened.order.state);
    expect(opened.order.path).toBe('direct');
    expect(opened.result).not.toBeNull();
  });

  it('is taken in with 202 and a Location when it does not', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const { transaction, sealed, id } = await alice.preparePredict(nonce, predictRequest());
    const response = await postOrder(transaction, sealed, 'no-wait', 'apac');
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    expect([200, 202]).toContain(response.status);
    const { order } = await alice.waitOrder(id, 'final', 20_000);
    expect(order).toMatchObject({ state: 'settled', final: true, region: 'enam' });
  });

  it('takes the queue when that is preferred', async () => {
    const opened = await alice.predict(predictRequest(), { waitSeconds: 0, preferQueue: true });
    expect(opened.order.path).toBe('queue');
    await alice.waitOrder(opened.id, 'checked', 20_000);
  });

  it('goes its seven steps to a receipt that verifies offline, and is listed', async () => {
    const opened = await alice.predict(predictRequest(), { waitSeconds: 20 });
    const states: WireOrder[] = [];
    for await (const order of alice.watchOrder(opened.id)) states.push(order);
    expect(states.at(-1)).toMatchObject({ state: 'settled', final: true });
    const receipt = await alice.receipt(opened.id);
    const genesis = (await alice.chain()).genesis;
    expect(await verifyReceiptText(receipt, genesis)).toMatchObject({ ok: true, value: { order: opened.id } });
    const { orders, next } = await alice.orders(undefined, { limit: 1 });
    expect(orders.map(({ id }) => id)).toEqual([opened.id]);
    const later = await alice.orders(undefined, { limit: 100, cursor: next as string });
    expect(later.orders.map(({ id }) => id)).toContain(model.order);
    expect(later.orders.map(({ id }) => id)).not.toContain(opened.id);
    const bytes = await alice.resultCiphertext(opened.id);
    expect(bytes).toEqual((await alice.order(opened.id)).result);
  });

  it('that is not there is unknown, in every question about it', async () => {
    for (const id of ['01'.repeat(32), 'ff'.repeat(32)]) {
      for (const path of ['', '/result', '/receipt', '/events']) {
        await expectProblem(await call('GET', `/v1/orders/${id}${path}`), 'unknown_order');
      }
      await expectProblem(await call('GET', `/v1/models/${id}`), 'unknown_model');
    }
  });

  it('has no model to download; its train order has', async () => {
    const { orders } = await alice.orders();
    const predicted = orders.find(({ work }) => work.kind === 'predict') as WireOrder;
    await expectProblem(await call('GET', `/v1/models/${predicted.id}`), 'unknown_model');
    expect((await alice.modelCiphertext(model.order)).length).toBeGreaterThan(0);
  });
});

describe('an order is refused and changes nothing', () => {
  async function good(nonceStep = 0n): Promise<{ sealed: Uint8Array; body: OrderOpen; nonce: bigint }> {
    const nonce = BigInt((await accountNow()).nextNonce) + nonceStep;
    const { sealed } = await alice.prepareTrain(nonce, { dataset, work: WORK, priceLimitZhi: LIMIT });
    const body: OrderOpen = {
      work: { kind: 'train', ...WORK },
      priceLimitZhi: LIMIT,
      confirm: { kind: 'auto' },
      deadlineMs: BigInt(Date.now() + 3_600_000) as UnixMs,
      region: regionNumber('enam'),
      sealedHash: sealedHash(sealed),
      inputs: [taggedHash('HAI/test-input')],
    };
    return { sealed, body, nonce };
  }

  type Wrong = { body?: Partial<OrderOpen>; tx?: Partial<UnsignedTransaction>; by?: string; nonceStep?: bigint };
  const wrongs: [string, Wrong, ErrorCode][] = [
    ['a used nonce', { nonceStep: -1n }, 'nonce_used'],
    ['a gapped nonce', { nonceStep: 1n }, 'nonce_gap'],
    ['an expiry in the past', { tx: { expiryHeight: 0n as BlockHeight } }, 'tx_expired'],
    ['an expiry beyond the horizon', { tx: { expiryHeight: 10_000_000n as BlockHeight } }, 'expiry_too_far'],
    ['too low a fee', { tx: { feeZhi: 1n as Zhi } }, 'fee_too_low'],
    ['another chain', { tx: { chain: new Uint8Array(8) } }, 'wrong_chain'],
    ['a reserved type', { tx: { type: 22 } }, 'tx_type_reserved'],
    ['a type that is not there', { tx: { type: 99 } }, 'tx_malformed'],
    ['another version', { tx: { version: 2 } }, 'tx_malformed'],
    ['the type of a transfer', { tx: { type: 1 } }, 'tx_malformed'],
    ['an unknown sender', { by: 'api/nobody', nonceStep: -1000n }, 'unknown_account'],
    ['another region', { body: { region: regionNumber('sam') } }, 'wrong_home_region'],
    ['a deadline in the past', { body: { deadlineMs: 1n as UnixMs } }, 'deadline_passed'],
    ['a price limit below the quote', { body: { priceLimitZhi: 1n as Zhi } }, 'price_limit_below_quote'],
    ['a price limit of nothing', { body: { priceLimitZhi: 0n as Zhi } }, 'amount_out_of_range'],
    ['a price limit above the balance', { body: { priceLimitZhi: 900_000_000_000n as Zhi } }, 'insufficient_balance'],
    ['an unknown model', { body: { work: { kind: 'predict', rows: 1, model: new Uint8Array(32) } } }, 'unknown_model'],
    ['work out of range', { body: { work: { kind: 'train', ...WORK, classes: 1 } } }, 'work_invalid'],
    [
      'too much work',
      { body: { work: { kind: 'train', ...WORK, rows: 4_000_000, features: 4000 } } },
      'work_too_large',
    ],
    ['the hash of another envelope', { body: { sealedHash: taggedHash('HAI/other') } }, 'hash_mismatch'],
  ];

  it.each(wrongs)('with %s', async (_, { body, tx, by = 'api/alice', nonceStep = 0n }, code) => {
    const before = await accountNow();
    const made = await good();
    const nonce = by === 'api/alice' ? made.nonce + nonceStep : 0n;
    const bytes = signedBy(by, 'orderOpen', nonce, encodeOrderOpen({ ...made.body, ...body }), tx);
    await expectProblem(await postOrder(bytes, made.sealed, `wrong-${code}-${nonce}`), code);
    expect(await accountNow()).toEqual(before);
  });

  it('with a bad signature, whichever byte is wrong', async () => {
    const { body, sealed, nonce } = await good();
    const bytes = signedBy('api/alice', 'orderOpen', nonce, encodeOrderOpen(body));
    for (const at of [bytes.length - 1, bytes.length - 40, bytes.length - 64]) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 1;
      await expectProblem(await postOrder(flipped, sealed, `flip-${at}`), 'bad_signature');
    }
  });

  it('with spare bytes, cut short, and larger than a transaction may be', async () => {
    const { body, sealed, nonce } = await good();
    const bytes = signedBy('api/alice', 'orderOpen', nonce, encodeOrderOpen(body));
    await expectProblem(await postOrder(Uint8Array.from([...bytes, 0]), sealed, 'spare'), 'tx_malformed');
    await expectProblem(await postOrder(bytes.slice(0, -1), sealed, 'short'), 'tx_malformed');
    await expectProblem(await postOrder(new Uint8Array(4097), sealed, 'large'), 'tx_too_large');
  });

  it('with a transaction that is something else', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const transfer = encodeTransfer({ to: keyPair('api/bob').key, amountZhi: 1n as Zhi, homeRegion: 0 });
    const bytes = signedBy('api/alice', 'transfer', nonce, transfer);
    await expectProblem(await postOrder(bytes, new Uint8Array(1), 'else'), 'invalid_field', 'transaction');
  });

  it('with an envelope that is none, or that leaves out a party', async () => {
    const { body, nonce } = await good();
    const noise = new Uint8Array(100).fill(255);
    const bytes = signedBy(
      'api/alice',
      'orderOpen',
      nonce,
      encodeOrderOpen({ ...body, sealedHash: sealedHash(noise) }),
    );
    await expectProblem(await postOrder(bytes, noise, 'noise'), 'sealed_malformed');
    // An envelope with no grants: version 1, no grants, no ciphertext.
    const empty = new Uint8Array([1, 0, 0]);
    const bare = signedBy('api/alice', 'orderOpen', nonce, encodeOrderOpen({ ...body, sealedHash: sealedHash(empty) }));
    await expectProblem(await postOrder(bare, empty, 'bare'), 'grant_missing');
  });
});

describe('an Idempotency-Key', () => {
  it('used fifty times at once, from everywhere, makes one order', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const { transaction, sealed, id } = await alice.preparePredict(nonce, predictRequest());
    const places = Object.keys(PLACES) as Place[];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => postOrder(transaction, sealed, 'fifty', places[i % places.length])),
    );
    const ids = await Promise.all(
      answers.map(async (response) => {
        expect([200, 202], await response.clone().text()).toContain(response.status);
        return ((await response.json()) as { order: WireOrder }).order.id;
      }),
    );
    expect(new Set(ids)).toEqual(new Set([id]));
    expect(answers.filter((response) => response.headers.has('idempotency-replayed')).length).toBe(49);
    expect(BigInt((await accountNow()).nextNonce)).toBe(nonce + 1n);
    await alice.waitOrder(id, 'final', 20_000);
  });

  it('used with another body is refused, and with the same body still answers', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const first = await alice.preparePredict(nonce, predictRequest());
    const taken = (await (await postOrder(first.transaction, first.sealed, 'twice')).json()) as { order: WireOrder };
    const second = await alice.preparePredict(nonce + 1n, predictRequest());
    await expectProblem(await postOrder(second.transaction, second.sealed, 'twice'), 'idempotency_key_reused');
    const again = (await (await postOrder(first.transaction, first.sealed, 'twice')).json()) as { order: WireOrder };
    expect(again.order.id).toBe(taken.order.id);
    expect(BigInt((await accountNow()).nextNonce)).toBe(nonce + 1n);
    // Without the key the same bytes are what they are: a nonce that was used.
    await expectProblem(await postOrder(first.transaction, first.sealed, 'another'), 'nonce_used');
    await alice.waitOrder(taken.order.id, 'final', 20_000);
  });

  it('is free again after a refusal', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const gapped = await alice.preparePredict(nonce + 1n, predictRequest());
    await expectProblem(await postOrder(gapped.transaction, gapped.sealed, 'again'), 'nonce_gap');
    const right = await alice.preparePredict(nonce, predictRequest());
    const response = await postOrder(right.transaction, right.sealed, 'again');
    expect([200, 202]).toContain(response.status);
    const answered = await postOrder(gapped.transaction, gapped.sealed, 'later');
    expect([200, 202]).toContain(answered.status);
    await alice.waitOrder(gapped.id, 'final', 20_000);
  });

  it('belongs to its account: another’s is another', async () => {
    const bob = clientOf('api/bob', 'sam');
    await bob.faucet();
    const request = { dataset, work: WORK, priceLimitZhi: LIMIT };
    const hers = await alice.prepareTrain(BigInt((await accountNow()).nextNonce), request);
    const his = await bob.prepareTrain(0n, request);
    const [one, other] = [
      await postOrder(hers.transaction, hers.sealed, 'shared'),
      await postOrder(his.transaction, his.sealed, 'shared'),
    ];
    expect([202, 202]).toEqual([one.status, other.status]);
    await Promise.all([alice.waitOrder(hers.id, 'final', 30_000), bob.waitOrder(his.id, 'final', 30_000)]);
  }, 60_000);
});

describe('a transaction', () => {
  const post = (bytes: Uint8Array, idempotencyKey: string, headers: Record<string, string> = {}) =>
    call('POST', '/v1/transactions', { json: { transaction: base64.encode(bytes) }, key: idempotencyKey, headers });
  const transferTo = (name: string, amountZhi: bigint, region: Region = 'weur') =>
    encodeTransfer({ to: keyPair(name).key, amountZhi: amountZhi as Zhi, homeRegion: regionNumber(region) });

  it('is applied while the caller waits, and found by its hash', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const bytes = signedBy('api/alice', 'transfer', nonce, transferTo('api/carol', 5n, 'apac'));
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
    const nonce = BigInt((await accountNow()).nextNonce);
    const bytes = signedBy('api/alice', 'transfer', nonce, transferTo('api/carol', 1n));
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
    const before = await accountNow();
    const bytes = signedBy('api/alice', 'transfer', BigInt(before.nextNonce), transferTo('api/carol', amount));
    await expectProblem(await post(bytes, `amount-${amount}`), code);
    expect(await accountNow()).toEqual(before);
  });

  it('that only the network sends, or that is an order, is refused', async () => {
    const nonce = BigInt((await accountNow()).nextNonce);
    const open = await alice.prepareTrain(nonce, { dataset, work: WORK, priceLimitZhi: LIMIT });
    await expectProblem(await post(open.transaction, 'order-here'), 'invalid_field', 'transaction');
    const match = signedBy('api/alice', 'orderMatch', nonce, new Uint8Array([0]));
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
    const nonce = BigInt((await accountNow()).nextNonce);
    const body = transferTo('api/carol', 1n);
    const tx = { version: 1, chain: network.hash.slice(0, 8), type: 1, sender: key.key, nonce, body };
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
    for (const place of ['999999', '0', '0c'.repeat(32)])
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
    expect(providers.length).toBe(network.genesis.providers.length);
    const shown = (await (await call('GET', '/v1/regions', { from: 'sam' })).json()) as {
      yours: string;
      regions: object[];
    };
    expect(shown.yours).toBe('sam');
    expect(shown.regions.length).toBe(network.genesis.regions.length);
  });
});

describe('the faucet', () => {
  const ask = (json: object, idempotencyKey: string) => call('POST', '/v1/faucet', { json, key: idempotencyKey });
  const dave = keyPair('api/dave').address;

  it('pays once under one key', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => ask({ account: dave, amountZhi: '7' }, 'dave')));
    for (const response of answers) {
      if (response.status !== 409) expect(response.status).toBe(202);
    }
    const stored = await ask({ account: dave, amountZhi: '7' }, 'dave');
    expect(stored.headers.get('idempotency-replayed')).toBe('true');
    const { hash } = (await stored.json()) as { hash: string };
    await call('GET', `/v1/transactions/${hash}`, { headers: { prefer: 'wait=20' } });
    expect(await clientOf('api/dave').account()).toMatchObject({ balanceZhi: '7' });
    await expectProblem(await ask({ account: dave, amountZhi: '8' }, 'dave'), 'idempotency_key_reused');
  });

  it.each(['0', '1000000000001'])('does not pay %s zhi', async (amountZhi) => {
    await expectProblem(
      await ask({ account: dave, amountZhi }, `faucet-${amountZhi}`),
      'amount_out_of_range',
      'amountZhi',
    );
  });
});

it('a refusal names its request, and no two the same', async () => {
  const ids = await Promise.all(
    [1, 2, 3].map(async () => ((await (await call('GET', '/v1/nothing')).json()) as WireProblem).request_id),
  );
  expect(new Set(ids).size).toBe(3);
});

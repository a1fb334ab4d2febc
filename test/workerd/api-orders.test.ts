/** Orders over HTTP: quoted, taken in, followed to the receipt. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openLight } from '../../clients/light/light.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { proofCalls } from '../../clients/sdk/proofs.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { keyPair } from '../support/keys.ts';
import { call, expectProblem } from './api-caller.ts';
import { type Demander, postOrder, startDemander, WORK } from './api-demander.ts';

let demander: Demander;
let alice: Demander['client'];
beforeAll(async () => {
  demander = await startDemander('api/alice', 'enam');
  alice = demander.client;
}, 60_000);

describe('an account', () => {
  it('has its home where the faucet was asked from', async () => {
    expect(await alice.account()).toMatchObject({ homeRegion: 'enam', reservedZhi: expect.stringMatching(/^\d+$/) });
  });
  it('that nobody ever paid is unknown', async () => {
    await expectProblem(await call('GET', `/v1/accounts/${keyPair('api/nobody').address}`), 'unknown_account');
    await expectProblem(await call('GET', `/v1/orders?account=${keyPair('api/nobody').address}`), 'unknown_account');
  });
});

describe('a quote', () => {
  const work = { kind: 'train', ...WORK, seed: '7' };
  const quote = (json: object) =>
    call('POST', '/v1/quotes', { json: { account: demander.key.address, nonce: '0', ...json } });

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
    const json = { account, nonce: '0', work: { kind: 'predict', rows: 1, model: demander.model.order } };
    await expectProblem(await call('POST', '/v1/quotes', { json }), 'unknown_model');
  });
});

describe('a predict order', () => {
  it('answers with its checked result when the caller waits', async () => {
    const opened = await alice.predict(demander.predictRequest(), { waitSeconds: 20 });
    expect(['checked', 'confirmed', 'settled']).toContain(opened.order.state);
    expect(opened.order.path).toBe('direct');
    expect(opened.result).not.toBeNull();
  });

  it('is taken in with 202 and a Location when it does not', async () => {
    const nonce = await demander.nextNonce();
    const { transaction, sealed, id } = await alice.preparePredict(nonce, demander.predictRequest());
    const response = await postOrder(transaction, sealed, 'no-wait', 'apac');
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    expect([200, 202]).toContain(response.status);
    const { order } = await alice.waitOrder(id, 'final', 20_000);
    expect(order).toMatchObject({ state: 'settled', final: true, region: 'enam' });
  });

  it('takes the queue when that is preferred', async () => {
    const opened = await alice.predict(demander.predictRequest(), { waitSeconds: 0, preferQueue: true });
    expect(opened.order.path).toBe('queue');
    await alice.waitOrder(opened.id, 'checked', 20_000);
  });

  it('goes its seven steps to a receipt that verifies offline, and is listed', async () => {
    const opened = await alice.predict(demander.predictRequest(), { waitSeconds: 20 });
    const states: WireOrder[] = [];
    for await (const order of alice.watchOrder(opened.id)) states.push(order);
    expect(states.at(-1)).toMatchObject({ state: 'settled', final: true });
    const receipt = await alice.receipt(opened.id);
    const genesis = (await alice.chain()).genesis;
    expect(await verifyReceiptText(receipt, genesis)).toMatchObject({ ok: true, value: { order: opened.id } });
    const { orders, next } = await alice.orders(undefined, { limit: 1 });
    expect(orders.map(({ id }) => id)).toEqual([opened.id]);
    const later = await alice.orders(undefined, { limit: 100, cursor: next as string });
    expect(later.orders.map(({ id }) => id)).toContain(demander.model.order);
    expect(later.orders.map(({ id }) => id)).not.toContain(opened.id);
    const bytes = await alice.resultCiphertext(opened.id);
    expect(bytes).toEqual((await alice.order(opened.id)).result);
  });

  it('is proven as it stands on the chain, as is the absence of another', async () => {
    const { id } = await alice.predict(demander.predictRequest(), { waitSeconds: 20 });
    await alice.waitOrder(id, 'final', 20_000);
    const proofs = alice.with(proofCalls);
    const served = await proofs.orderProof(id);
    const opened = openLight({ genesis: served.genesis, pin: (await alice.chain()).genesis, verify: verifyFast });
    if (!opened.ok) throw new Error(opened.code);
    const light = opened.value;
    const header = await light.header(served.header, served.certificate);
    if (!header.ok) throw new Error(header.code);
    const shown = light.order(header.value, served.order, served.value, served.proof);
    expect(shown).toMatchObject({ ok: true, value: { state: 'settled' } });
    expect(light.order(header.value, served.order, undefined, served.proof).ok).toBe(false);
    const none = await proofs.orderProof('01'.repeat(32));
    expect(none.value).toBeUndefined();
    const later = await light.header(none.header, none.certificate);
    if (!later.ok) throw new Error(later.code);
    expect(light.order(later.value, none.order, none.value, none.proof)).toMatchObject({ ok: true, value: undefined });
    expect(light.order(later.value, served.order, undefined, none.proof).ok).toBe(false);
    await expectProblem(await call('GET', '/v1/orders/01/proof'), 'invalid_field', 'id');
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
    expect((await alice.modelCiphertext(demander.model.order)).length).toBeGreaterThan(0);
  });
});

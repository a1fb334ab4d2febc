/** One Idempotency-Key, one effect: however often, from wherever, and whatever came before. */
import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireOrder } from '../../protocol/wire.ts';
import { requestHash as hashOf } from '../../workers/api/idempotency-key.ts';
import { type Env, regionStub } from '../../workers/env.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem, PLACES, type Place } from './api-caller.ts';
import { type Demander, postOrder, startDemander } from './api-demander.ts';

let demander: Demander;
let alice: Demander['client'];
beforeAll(async () => {
  demander = await startDemander('api/alice', 'enam');
  alice = demander.client;
}, 60_000);

describe('an Idempotency-Key', () => {
  it('used fifty times at once, from everywhere, makes one order', async () => {
    const nonce = await demander.nextNonce();
    const { transaction, sealed, id } = await alice.preparePredict(nonce, demander.predictRequest());
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
    expect(await demander.nextNonce()).toBe(nonce + 1n);
    await alice.waitOrder(id, 'final', 20_000);
  });

  it('used with another body is refused, and with the same body still answers', async () => {
    const nonce = await demander.nextNonce();
    const first = await alice.preparePredict(nonce, demander.predictRequest());
    const taken = (await (await postOrder(first.transaction, first.sealed, 'twice')).json()) as { order: WireOrder };
    const second = await alice.preparePredict(nonce + 1n, demander.predictRequest());
    await expectProblem(await postOrder(second.transaction, second.sealed, 'twice'), 'idempotency_key_reused');
    const again = (await (await postOrder(first.transaction, first.sealed, 'twice')).json()) as { order: WireOrder };
    expect(again.order.id).toBe(taken.order.id);
    expect(await demander.nextNonce()).toBe(nonce + 1n);
    // Without the key the same bytes are what they are: a nonce that was used.
    await expectProblem(await postOrder(first.transaction, first.sealed, 'another'), 'nonce_used');
    await alice.waitOrder(taken.order.id, 'final', 20_000);
  });

  it('is free again after a refusal', async () => {
    const nonce = await demander.nextNonce();
    const gapped = await alice.preparePredict(nonce + 1n, demander.predictRequest());
    await expectProblem(await postOrder(gapped.transaction, gapped.sealed, 'again'), 'nonce_gap');
    const right = await alice.preparePredict(nonce, demander.predictRequest());
    const response = await postOrder(right.transaction, right.sealed, 'again');
    expect([200, 202]).toContain(response.status);
    const answered = await postOrder(gapped.transaction, gapped.sealed, 'later');
    expect([200, 202]).toContain(answered.status);
    await alice.waitOrder(gapped.id, 'final', 20_000);
  });

  it('belongs to its account: another’s is another', async () => {
    const bob = clientOf('api/bob', 'sam');
    await bob.faucet();
    const request = demander.trainRequest();
    const hers = await alice.prepareTrain(await demander.nextNonce(), request);
    const his = await bob.prepareTrain(0n, request);
    const [one, other] = [
      await postOrder(hers.transaction, hers.sealed, 'shared'),
      await postOrder(his.transaction, his.sealed, 'shared'),
    ];
    expect([202, 202]).toEqual([one.status, other.status]);
    await Promise.all([alice.waitOrder(hers.id, 'final', 30_000), bob.waitOrder(his.id, 'final', 30_000)]);
  }, 60_000);
});

describe('a request whose key is in flight', () => {
  it('is told to come again, until the first one’s answer is there', async () => {
    const { key: account, address } = keyPair('api/frank');
    const json = { account: address, amountZhi: '9' };
    const requestHash = await hashOf('POST', '/v1/faucet', new TextEncoder().encode(JSON.stringify(json)));
    const claim = { account, key: 'flying', requestHash };
    const region = regionStub(env as unknown as Env, 'weur');
    expect(await region.claimIdempotency(claim)).toMatchObject({ ok: true, value: { kind: 'new' } });
    const ask = () => call('POST', '/v1/faucet', { json, key: 'flying' });
    const refused = await ask();
    expect(refused.headers.get('retry-after')).toBe('1');
    await expectProblem(refused, 'idempotency_in_flight');
    await region.storeAnswer(claim, { status: 202, headers: { location: '/there' }, body: '{"stored":true}' });
    const stored = await ask();
    expect([stored.status, stored.headers.get('location')]).toEqual([202, '/there']);
    expect(await stored.json()).toEqual({ stored: true });
    await expectProblem(await call('GET', `/v1/accounts/${address}`), 'unknown_account');
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

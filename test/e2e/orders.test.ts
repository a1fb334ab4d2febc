/** Orders by the rules, end to end: one key one order, liars, confirmations, cancellations, deadlines; every receipt verified. */
import { base64 } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { HaiError } from '../../clients/sdk/errors.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import type { PreparedOrder } from '../../clients/sdk/open-order.ts';
import { addressOf } from '../../protocol/address.ts';
import type { Quote } from '../../protocol/order/matching.ts';
import { splitBill } from '../../protocol/order/split.ts';
import { regionOf } from '../../protocol/regions.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { ALWAYS, runUnderFaults } from '../support/faulty-run.ts';
import { fundedClient, PLACES, type PlaceName, predict, predictRequest, QUICK_TRAIN, train } from '../support/jobs.ts';

const LEASE_MS = 400;
const HOUR_MS = 3_600_000n as UnixMs;

const run = runUnderFaults(LEASE_MS);

const balanceOf = async (address?: string): Promise<bigint> => {
  try {
    return BigInt((await run.client.account(address)).balanceZhi);
  } catch (error) {
    if (error instanceof HaiError && error.code === 'unknown_account') return 0n;
    throw error;
  }
};

const feesOf = async (...types: Exclude<TxTypeName, 'param'>[]): Promise<bigint> => {
  const { genesis } = await run.client.network();
  return types.reduce((sum, type) => sum + feeOf(type, genesis.baseFeeZhi), 0n);
};

async function expectReceipt(id: string): Promise<void> {
  const verified = await verifyReceiptText(await run.client.receipt(id), run.network.genesis);
  expect(verified).toMatchObject({ ok: true, value: { order: id } });
}

describe('an Idempotency-Key', () => {
  const post = async ({ transaction, sealed }: PreparedOrder, key: string, place: PlaceName) => {
    const response = await run.network.fetchFrom(PLACES[place])(`${run.network.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ transaction: base64.encode(transaction), sealed: base64.encode(sealed) }),
    });
    const body = (await response.json()) as { order?: WireOrder; code?: string };
    return { status: response.status, replayed: response.headers.has('idempotency-replayed'), ...body };
  };
  const prepared = async (rows = 2) => {
    const nonce = BigInt((await run.client.account()).nextNonce);
    return run.client.preparePredict(nonce, predictRequest(run.model, rows));
  };

  it('sent fifty times at once, through nine regions, makes one order', async () => {
    const order = await prepared();
    const ordersBefore = (await run.client.orders(undefined, { limit: 100 })).orders.length;
    const places = Object.keys(PLACES) as PlaceName[];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(order, 'fifty', places[i % places.length] as PlaceName)),
    );
    expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
    expect(new Set(answers.map((answer) => answer.order?.id))).toEqual(new Set([order.id]));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await run.finalOrder(order.id)).toMatchObject({ state: 'settled' });
    expect((await run.client.orders(undefined, { limit: 100 })).orders).toHaveLength(ordersBefore + 1);
    await expectReceipt(order.id);
  });

  it('with another body is refused, from wherever, and changes nothing', async () => {
    const first = await prepared();
    expect((await post(first, 'two bodies'.replace(' ', '-'), 'apac')).order?.id).toBe(first.id);
    await run.finalOrder(first.id);
    const before = await run.client.account();
    const other = await prepared(3);
    for (const place of ['apac', 'sam', 'weur'] as const) {
      expect(await post(other, 'two-bodies', place)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    }
    expect(await run.client.account()).toEqual(before);
    await expect(run.client.order(other.id)).rejects.toMatchObject({ code: 'unknown_order' });
    expect((await post(first, 'two-bodies', 'me')).order).toMatchObject({ id: first.id, state: 'settled' });
  });
});

describe('a provider that lies', () => {
  const work = {
    predict: () => ({ kind: 'predict', rows: 2, model: hexBytes(run.model.order) }) as const,
    train: () => QUICK_TRAIN,
  };
  const hexBytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const addressAt = (quotes: readonly Quote[], i: number): string => addressOf((quotes[i] as Quote).provider.key);
  /** The next results of the first `count` providers that the rule ranks for the next order are lies. */
  async function makeLiars(kind: 'predict' | 'train', count: number): Promise<readonly Quote[]> {
    const { quotes } = await run.client.quote(work[kind]());
    for (const { provider } of quotes.slice(0, count)) await run.client.setLies(regionOf(provider.region), 1);
    return quotes;
  }
  const open = (kind: 'predict' | 'train') =>
    kind === 'train' ? train(run.client, QUICK_TRAIN) : predict(run.client, run.model, 2, {}, { waitSeconds: 5 });

  it.each(['predict', 'train'] as const)('in a %s is caught and not paid; the next one finishes', async (kind) => {
    const quotes = await makeLiars(kind, 1);
    const [liar, honest] = [addressAt(quotes, 0), addressAt(quotes, 1)];
    const before = { liar: await balanceOf(liar), honest: await balanceOf(honest) };
    const order = await run.finalOrder((await open(kind)).id);
    expect(order).toMatchObject({
      state: 'settled',
      attempts: [
        { attempt: 1, provider: liar, verdict: 'failed' },
        { attempt: 2, provider: honest, verdict: 'passed' },
      ],
    });
    const bill = BigInt(order.bill?.priceZhi as string) as Zhi;
    expect(order.bill?.cycles).toBe(order.quote.cycles);
    expect(await balanceOf(liar)).toBe(before.liar);
    expect(await balanceOf(honest)).toBe(before.honest + splitBill(bill).provider);
    await expectReceipt(order.id);
  });

  it('twice in a row leaves it to the third', async () => {
    const quotes = await makeLiars('predict', 2);
    const order = await run.finalOrder((await open('predict')).id);
    expect(order.attempts.map(({ provider, verdict }) => [provider, verdict])).toEqual([
      [addressAt(quotes, 0), 'failed'],
      [addressAt(quotes, 1), 'failed'],
      [addressAt(quotes, 2), 'passed'],
    ]);
    expect(order.state).toBe('settled');
    await expectReceipt(order.id);
  });

  it.each(['predict', 'train'] as const)(
    'three times over: the %s is given up, and the escrow returned whole',
    async (kind) => {
      const quotes = await makeLiars(kind, 3);
      const liars = [0, 1, 2].map((i) => addressAt(quotes, i));
      const balances = () => Promise.all(liars.map(balanceOf));
      const before = { liars: await balances(), demander: await balanceOf() };
      const order = await run.finalOrder((await open(kind)).id);
      expect(order).toMatchObject({ state: 'unserved', bill: null });
      expect(order.attempts.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'failed']);
      expect(await balances()).toEqual(before.liars);
      expect(before.demander - (await balanceOf())).toBe(await feesOf('orderOpen'));
      await expect(run.client.receipt(order.id)).rejects.toMatchObject({ code: 'result_not_ready' });
    },
  );
});

describe('an order with the policy `manual`', () => {
  const placed = (windowMs: UnixMs) =>
    predict(run.client, run.model, 2, { confirm: { kind: 'manual', windowMs } }, { waitSeconds: 5 });

  it('settles when its demander confirms', async () => {
    const { id, order } = await placed(HOUR_MS);
    expect(order.state).toBe('checked');
    await expect(run.client.waitOrder(id, 'final', 700)).rejects.toMatchObject({ code: 'result_not_ready' });
    expect(await run.client.confirm(id)).toMatchObject({ status: 'applied', entries: [0] });
    expect(await run.finalOrder(id)).toMatchObject({ state: 'settled' });
    await expectReceipt(id);
  });

  it('settles when its demander is silent for the window', async () => {
    const { id } = await placed(300n as UnixMs);
    expect(await run.finalOrder(id)).toMatchObject({ state: 'settled' });
    await expectReceipt(id);
  });

  it('is confirmed by nobody else, and for no other result', async () => {
    const { id, order } = await placed(HOUR_MS);
    const other = await fundedClient(run.network, 'enam');
    const root = hexRoot(order);
    await expect(other.confirm(id, root)).rejects.toMatchObject({ code: 'not_authorised' });
    await expect(
      run.client.confirm(
        id,
        root.map((byte) => byte ^ 1),
      ),
    ).rejects.toMatchObject({ code: 'result_mismatch' });
    await run.client.confirm(id, root);
    await expect(run.client.confirm(id, root)).rejects.toMatchObject({ code: 'illegal_transition' });
    expect(await run.finalOrder(id)).toMatchObject({ state: 'settled' });
  });
  const hexRoot = ({ resultRoot }: WireOrder) => Uint8Array.from(Buffer.from(resultRoot ?? '', 'hex'));
});

describe('an order that ends without a result', () => {
  /** Nothing sent to the queue arrives: the order stays matched. */
  const stuck = (terms: Parameters<typeof predict>[3] = {}) =>
    run.network
      .arm({ at: 'PREDICT_QUEUE.send', kind: 'lost', times: ALWAYS })
      .then(() => predict(run.client, run.model, 2, terms, { preferQueue: true }));

  it('cancelled before it is computed is refunded', async () => {
    const before = await balanceOf();
    const { id } = await stuck();
    expect(await run.client.cancel(id)).toMatchObject({ status: 'applied', entries: [0] });
    expect(await run.finalOrder(id)).toMatchObject({ state: 'cancelled', bill: null });
    await run.network.arm();
    expect(before - (await balanceOf())).toBe(await feesOf('orderOpen', 'orderRefund'));
    await expect(run.client.cancel(id)).rejects.toMatchObject({ code: 'not_cancellable' });
  });

  it('cancelled by somebody else is not', async () => {
    const other = await fundedClient(run.network, 'enam');
    const { id } = await stuck();
    await expect(other.cancel(id)).rejects.toMatchObject({ code: 'not_authorised' });
    await run.network.arm();
    expect(await run.finalOrder(id)).toMatchObject({ state: 'settled' });
  });

  it('cannot be cancelled once it is computed', async () => {
    const { id } = await predict(
      run.client,
      run.model,
      2,
      { confirm: { kind: 'manual', windowMs: HOUR_MS } },
      { waitSeconds: 5 },
    );
    await expect(run.client.cancel(id)).rejects.toMatchObject({ code: 'not_cancellable' });
    await run.client.confirm(id);
    expect(await run.finalOrder(id)).toMatchObject({ state: 'settled' });
  });

  it('past its deadline is refunded', async () => {
    const before = await balanceOf();
    const { id } = await stuck({ deadlineMs: BigInt(Date.now() + 1_200) });
    expect(await run.finalOrder(id)).toMatchObject({ state: 'expired', bill: null });
    await run.network.arm();
    expect(before - (await balanceOf())).toBe(await feesOf('orderOpen'));
    await expect(run.client.receipt(id)).rejects.toMatchObject({ code: 'result_not_ready' });
  });
});

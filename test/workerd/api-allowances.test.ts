/** Spending limits over the API: a key orders at its payer's expense, up to what the payer allowed it, and not beyond. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { Accounts, SPONSORED_MAX } from '../../durable-objects/region/accounts.ts';
import { Mempool } from '../../durable-objects/region/mempool.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf, SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { encodeAllow } from '../../protocol/tx/allow.ts';
import { parseTransaction } from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import type { WireAllowance, WireOrder } from '../../protocol/wire.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type Demander, LIMIT, postOrder, startDemander } from './api-demander.ts';
import { workerEnv } from './region-demander.ts';

const PAYER = 'allow/alice';
/** 864,000 at ten blocks a second are a day. */
const BLOCKS = 864_000n;
const ledger = openLedger(env.DB);
let demander: Demander;
let alice: Demander['client'];
let feeZhi: bigint;
let keys = 0;

beforeAll(async () => {
  demander = await startDemander(PAYER, 'enam');
  alice = demander.client;
  feeZhi = feeOf('orderOpenFor', demander.network.genesis.baseFeeZhi);
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

/** A key that alice allows so much, and its client. */
async function allowedKey(limitZhi: bigint, blocks = BLOCKS) {
  const name = `allow/key-${keys++}`;
  const key = keyPair(name);
  await alice.allow(key.address, limitZhi as Zhi, blocks);
  return { name, key, client: clientOf(name, 'sam', demander.key.address) };
}

const left = async (key: string): Promise<bigint> => BigInt((await alice.allowance(demander.key.address, key)).leftZhi);

/** Nothing of alice's region is sealed until the returned call. */
function holdBack(): () => void {
  const spy = vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  return () => spy.mockRestore();
}

const post = (bytes: Uint8Array, key: string) =>
  call('POST', '/v1/transactions', { json: { transaction: base64.encode(bytes) }, key });

describe('an allowance', () => {
  it('gives its key an account without money, and is there to be read, by anybody', async () => {
    const { key, client } = await allowedKey(7n);
    expect(await client.account()).toMatchObject({ balanceZhi: '0', nextNonce: '0', homeRegion: 'enam' });
    const response = await call('GET', `/v1/accounts/${demander.key.address}/allowances/${key.address}`);
    const read = (await response.json()) as WireAllowance;
    expect(read).toMatchObject({ payer: demander.key.address, key: key.address, leftZhi: '7' });
    expect(BigInt(read.expiryHeight)).toBeGreaterThan(BLOCKS);
  });

  it('is replaced by the next one, and ended', async () => {
    const { key } = await allowedKey(7n);
    await alice.allow(key.address, 9n as Zhi, BLOCKS);
    expect(await left(key.address)).toBe(9n);
    await alice.endAllowance(key.address);
    await expect(left(key.address)).rejects.toMatchObject({ code: 'unknown_allowance' });
  });

  it('that nobody gave is unknown', async () => {
    const nobody = keyPair('allow/nobody').address;
    const path = `/v1/accounts/${demander.key.address}/allowances`;
    await expectProblem(await call('GET', `${path}/${nobody}`), 'unknown_allowance');
    await expectProblem(await call('GET', `${path}/hai1`), 'invalid_field', 'key');
  });

  it.each([
    ['for oneself', keyPair(PAYER).address, 5n, BLOCKS, 'invalid_field'],
    ['for an account with another home', addressOf(SYSTEM_ACCOUNT.burned), 5n, BLOCKS, 'wrong_home_region'],
    [
      'of more than there is in the world',
      keyPair('allow/rich').address,
      10n ** 18n + 1n,
      BLOCKS,
      'amount_out_of_range',
    ],
    ['that ends what was never given', keyPair('allow/never').address, 0n, BLOCKS, 'unknown_allowance'],
    ['that is over', keyPair('allow/late').address, 5n, 0n, 'expiry_too_soon'],
  ])('%s is refused', async (_, key, limitZhi, blocks, code) => {
    await expect(alice.allow(key, limitZhi as Zhi, blocks)).rejects.toMatchObject({ code });
    await expect(left(key)).rejects.toMatchObject({ code: 'unknown_allowance' });
  });
});

describe('an allowed key', () => {
  it('orders as its payer, who pays price, fee and nothing else', async () => {
    const { key, client } = await allowedKey(5n * LIMIT);
    const before = BigInt((await alice.account()).balanceZhi);
    const { id, contentKey } = await client.train(demander.trainRequest(), { waitSeconds: 20 });
    const { order } = await alice.waitOrder(id, 'final', 20_000);
    expect(order).toMatchObject({ state: 'settled', demander: demander.key.address, nonce: '0' });
    const { priceZhi } = order.bill as NonNullable<WireOrder['bill']>;
    const after = await alice.account();
    expect(before - BigInt(after.balanceZhi)).toBe(BigInt(priceZhi) + feeZhi);
    expect(after.reservedZhi).toBe('0');
    expect(await client.account()).toMatchObject({ balanceZhi: '0', reservedZhi: '0', nextNonce: '1' });
    // The whole limit counts, and what returns of the escrow does not refill it.
    expect(await left(key.address)).toBe(4n * LIMIT - feeZhi);
    const verified = await verifyReceiptText(await client.receipt(id), demander.network.hex);
    expect(verified).toMatchObject({ ok: true, value: { order: id } });
    expect((await client.orders()).orders.map((one) => one.id)).toContain(id);
    const ciphertext = await client.resultCiphertext(id);
    expect((await client.openResult(order, contentKey, ciphertext)).length).toBeGreaterThan(0);
    const [opened] = await ledger.events({ height: 0n, index: 0 }, 10, { order: id });
    expect(opened).toMatchObject({ type: 'order.opened', account: demander.key.address });
  });

  it('predicts with its payer’s model, whose key it was given, and not with another’s', async () => {
    const { client } = await allowedKey(5n * LIMIT);
    const { id, order } = await client.predict(demander.predictRequest(), { waitSeconds: 20 });
    expect(order).toMatchObject({ demander: demander.key.address, results: 3 });
    await alice.waitOrder(id, 'final', 20_000);
    const bob = clientOf('allow/bob', 'enam');
    await bob.faucet();
    const key = keyPair('allow/bobs-key');
    await bob.allow(key.address, (2n * LIMIT) as Zhi, BLOCKS);
    const ofBob = clientOf('allow/bobs-key', 'enam', keyPair('allow/bob').address);
    await expect(ofBob.predict({ ...demander.predictRequest(), quote: 'compute' })).rejects.toMatchObject({
      code: 'unknown_model',
    });
  });

  it('takes one order under one Idempotency-Key', async () => {
    const { client, key } = await allowedKey(5n * LIMIT);
    const { transaction, sealed, id } = await client.preparePredict(0n, demander.predictRequest());
    const answers = await Promise.all([1, 2, 3].map(() => postOrder(transaction, sealed, 'allowed-once')));
    for (const answer of answers) expect(await answer.json()).toMatchObject({ order: { id } });
    await alice.waitOrder(id, 'final', 20_000);
    expect(await left(key.address)).toBe(4n * LIMIT - feeZhi);
  });

  it('neither confirms nor cancels: the order is its payer’s', async () => {
    const { client } = await allowedKey(5n * LIMIT);
    const confirm = { kind: 'manual', windowMs: 600_000n as UnixMs } as const;
    const { id } = await client.predict({ ...demander.predictRequest(), confirm }, { waitSeconds: 20 });
    await expect(client.confirm(id)).rejects.toMatchObject({ code: 'not_authorised' });
    await expect(client.cancel(id)).rejects.toMatchObject({ code: 'not_authorised' });
    await alice.confirm(id);
    expect((await alice.waitOrder(id, 'final', 20_000)).order.state).toBe('settled');
  });

  it('spends nothing in any other way', async () => {
    const { name } = await allowedKey(5n * LIMIT);
    const transfer = encodeTransfer({ to: keyPair(name).key, amountZhi: 1n as Zhi, homeRegion: 0 });
    const bytes = demander.signedBy(name, 'transfer', 0n, transfer);
    await expectProblem(await post(bytes, `${name}-transfer`), 'insufficient_balance');
    const own = clientOf(name, 'enam');
    await expect(own.train(demander.trainRequest())).rejects.toMatchObject({ code: 'insufficient_balance' });
  });

  it('sends its orders where orders go', async () => {
    const { client } = await allowedKey(5n * LIMIT);
    const { transaction } = await client.preparePredict(0n, demander.predictRequest());
    await expectProblem(await post(transaction, 'open-for'), 'invalid_field', 'transaction');
    const batch = await call('POST', '/v1/transactions/batch', {
      json: { transactions: [base64.encode(transaction)] },
      key: 'open-for-batch',
    });
    expect(await batch.json()).toMatchObject({ outcomes: [{ transaction: null, refused: { code: 'invalid_field' } }] });
  });
});

describe('an order at another’s expense is refused, and changes nothing', () => {
  const refused = async (client: Demander['client'], code: string, priceLimitZhi = LIMIT) => {
    const before = await alice.account();
    const request = { ...demander.predictRequest(), priceLimitZhi, quote: 'compute' as const };
    await expect(client.predict(request)).rejects.toMatchObject({ code });
    expect(await alice.account()).toEqual(before);
  };

  it('by a key that was never paid nor allowed anything', async () => {
    const { client } = await allowedKey(5n * LIMIT);
    const { transaction, sealed } = await client.preparePredict(0n, demander.predictRequest());
    const allowed = parseTransaction(transaction, demander.network.hash);
    if (!allowed.ok) throw new Error(allowed.code);
    const unknown = demander.signedBy('allow/unknown', 'orderOpenFor', 0n, allowed.value.body);
    await expectProblem(await postOrder(unknown, sealed, 'unknown-key'), 'unknown_account');
  });

  it('by a key whose allowance was never given, or ended', async () => {
    const stranger = clientOf('allow/stranger', 'enam', demander.key.address);
    await clientOf('allow/stranger', 'enam').faucet();
    await refused(stranger, 'unknown_allowance');
    const { key, client } = await allowedKey(5n * LIMIT);
    await alice.endAllowance(key.address);
    await refused(client, 'unknown_allowance');
  });

  it('beyond the allowance by one zhi', async () => {
    const { client } = await allowedKey(LIMIT + feeZhi);
    await refused(client, 'allowance_exceeded', (LIMIT + 1n) as Zhi);
    const { id } = await client.predict(demander.predictRequest());
    await alice.waitOrder(id, 'final', 20_000);
  });

  it('when the allowance ends before a block could open it', async () => {
    const { client } = await allowedKey(5n * LIMIT, 150n);
    await refused(client, 'expiry_too_soon');
  });

  it('when the payer has not as much as it allowed', async () => {
    const poor = clientOf('allow/poor', 'enam');
    await poor.faucet(undefined, (LIMIT / 2n) as Zhi);
    const key = keyPair('allow/poors-key').address;
    await poor.allow(key, (10n * LIMIT) as Zhi, BLOCKS);
    const client = clientOf('allow/poors-key', 'enam', keyPair('allow/poor').address);
    await expect(client.train(demander.trainRequest())).rejects.toMatchObject({
      code: 'insufficient_balance',
      detail: 'of the payer',
    });
  });
});

describe('what is pending counts', () => {
  it('against the allowance and the payer’s balance, until its outcome', async () => {
    const { key, client } = await allowedKey(2n * (LIMIT + feeZhi) - 1n);
    const goOn = holdBack();
    const { id } = await client.predict(demander.predictRequest());
    await expect(client.predict(demander.predictRequest())).rejects.toMatchObject({ code: 'allowance_exceeded' });
    const held = await alice.account();
    expect(held.reservedZhi).toBe((LIMIT + feeZhi).toString());
    const spendable = BigInt(held.balanceZhi) - LIMIT - feeZhi;
    const transfer = (amountZhi: bigint) =>
      demander.signedBy(
        PAYER,
        'transfer',
        BigInt(held.nextNonce),
        encodeTransfer({ to: key.key, amountZhi: amountZhi as Zhi, homeRegion: 0 }),
      );
    const baseFeeZhi = demander.network.genesis.baseFeeZhi;
    await expectProblem(await post(transfer(spendable - baseFeeZhi + 1n), 'too-much'), 'insufficient_balance');
    goOn();
    expect((await alice.waitOrder(id, 'final', 20_000)).order.state).toBe('settled');
    expect((await alice.account()).reservedZhi).toBe('0');
    expect(await left(key.address)).toBe(LIMIT + feeZhi - 1n);
  });

  it('an allowance that is being ended is not used any more, and one that is being raised not yet', async () => {
    const { key, client } = await allowedKey(LIMIT);
    const goOn = holdBack();
    const allow = async (limitZhi: bigint, name: string) => {
      const body = encodeAllow({ key: key.key, limitZhi: limitZhi as Zhi, expiryHeight: BLOCKS as BlockHeight });
      const response = await post(demander.signedBy(PAYER, 'allow', await demander.nextNonce(), body), name);
      expect(response.status).toBe(202);
    };
    await allow(3n * LIMIT, 'raise');
    await expect(client.predict(demander.predictRequest())).rejects.toMatchObject({ code: 'allowance_exceeded' });
    await allow(0n, 'end');
    await expect(client.predict(demander.predictRequest())).rejects.toMatchObject({ code: 'unknown_allowance' });
    goOn();
    await alice.allow(key.address, (2n * LIMIT) as Zhi, BLOCKS);
    const { id } = await client.predict(demander.predictRequest());
    await alice.waitOrder(id, 'final', 20_000);
  });

  it('up to a number, whosever keys they are', async () => {
    const { client } = await allowedKey(2n * LIMIT);
    const goOn = holdBack();
    const region = regionStub(workerEnv, 'enam') as never;
    const add = (count: number) =>
      runInDurableObject(region, (_instance, { storage }) => {
        const mempool = new Mempool(storage.sql);
        for (let i = 0; i < count; i++) {
          const hash = taggedHash('HAI/test-pending', Uint8Array.of(i & 0xff, i >> 8));
          mempool.add({ hash, bytes: hash, sender: hash, nonce: 0n, reservedZhi: 0n, payer: demander.key.key }, 0);
        }
      });
    await add(SPONSORED_MAX);
    await expect(client.predict(demander.predictRequest())).rejects.toMatchObject({ code: 'too_many_pending' });
    await runInDurableObject(region, (_instance, { storage }) => {
      storage.sql.exec('DELETE FROM mempool WHERE bytes = hash');
    });
    await add(SPONSORED_MAX - 1);
    const { id } = await client.predict(demander.predictRequest());
    await runInDurableObject(region, (_instance, { storage }) => {
      storage.sql.exec('DELETE FROM mempool WHERE bytes = hash');
    });
    goOn();
    expect((await alice.waitOrder(id, 'final', 30_000)).order.state).toBe('settled');
  });

  it('until the ledger tells the outcome, when every notice of it was lost', async () => {
    const { client } = await allowedKey(2n * LIMIT);
    const takeFinal = vi.spyOn(Region.prototype, 'takeFinal').mockResolvedValue(undefined);
    const { id } = await client.predict(demander.predictRequest(), { waitSeconds: 20 });
    // From here on an account is what the region was told of it.
    vi.spyOn(Accounts.prototype, 'load').mockImplementation(async function (this: Accounts, key) {
      return this.find(key);
    });
    expect((await alice.waitOrder(id, 'final', 30_000)).order.state).toBe('settled');
    const { balanceZhi, reservedZhi } = await alice.account();
    takeFinal.mockRestore();
    expect(balanceZhi).toBe((await ledger.account(demander.key.key))?.balanceZhi.toString());
    expect(reservedZhi).toBe('0');
  });

  it('once: an order that is sealed, and whose notice was lost, does not use the allowance up twice', async () => {
    const { client } = await allowedKey(2n * (LIMIT + feeZhi));
    const takeFinal = vi.spyOn(Region.prototype, 'takeFinal').mockResolvedValue(undefined);
    const first = await client.predict(demander.predictRequest(), { waitSeconds: 20 });
    await vi.waitFor(async () => expect(await ledger.orderRecord(hexToBytes(first.id))).toBeDefined(), {
      timeout: 15_000,
      interval: 20,
    });
    const second = await client.predict(demander.predictRequest());
    takeFinal.mockRestore();
    for (const { id } of [first, second]) {
      expect((await alice.waitOrder(id, 'final', 30_000)).order.state).toBe('settled');
    }
  });
});

/** The SDK against a running network, and against one whose answers were changed on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import { UnreachableError, UntrustedError } from '../../clients/sdk/errors.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { decodeModel } from '../../ml/mlp/model.ts';
import { decodePrediction, predictionLeaves } from '../../ml/mlp/prediction.ts';
import type { Zhi } from '../../protocol/units.ts';
import { clientAt, fundedClient, predict, QUICK_TRAIN, type TestModel, train, trainedModel } from '../support/jobs.ts';

const ROWS = 3;
const splitRows = (bytes: Uint8Array) => {
  const prediction = decodePrediction(bytes, ROWS, QUICK_TRAIN.classes);
  if (!prediction.ok) throw new Error(prediction.code);
  return predictionLeaves(prediction.value, QUICK_TRAIN.classes);
};

let network: LocalNetwork;
let account: Account;
let client: Client;
let model: TestModel;

const clientOf = (fetcher: typeof fetch = fetch, of = account): Client =>
  createClient({ url: network.url, genesis: network.genesis, account: of, fetch: fetcher });

beforeAll(async () => {
  network = await startNetwork();
  account = accountOfSeed(newAccountSeed());
  client = clientOf();
  await client.faucet();
  model = await trainedModel(client);
});
afterAll(() => network?.close());

/** A network whose JSON answers to the matching path are changed before they arrive. */
function lying(path: RegExp, change: (body: Record<string, never>) => object): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!path.test(String(input)) || !response.ok) return response;
    return Response.json(change((await response.json()) as Record<string, never>), { status: response.status });
  };
}

describe('an order', () => {
  it('gives a model that decodes, under a receipt with the same root', async () => {
    const { order } = await client.order(model.order);
    const bytes = await client.openResult(order, model.contentKey, await client.modelCiphertext(model.order));
    expect(decodeModel(bytes)).toMatchObject({ ok: true, value: { shape: { features: 4, hidden: 8, classes: 2 } } });
    const verified = await verifyReceiptText(await client.receipt(model.order), network.genesis);
    expect(verified).toMatchObject({ ok: true, value: { order: model.order, resultRoot: order.resultRoot } });
  });

  it('comes back with its result in one answer when the caller waits', async () => {
    const { order, result, contentKey } = await predict(client, model, ROWS, {}, { waitSeconds: 20 });
    expect(result).not.toBeNull();
    const plain = await client.openResult(order, contentKey, result as Uint8Array, splitRows);
    expect(decodePrediction(plain, ROWS, QUICK_TRAIN.classes)).toMatchObject({ ok: true });
  });

  it('can be one of sixteen at once, from two clients of one account', async () => {
    const other = clientOf();
    const opened = await Promise.all(
      Array.from({ length: 16 }, (_, i) => predict(i % 2 === 0 ? client : other, model, ROWS)),
    );
    const nonces = opened.map(({ order }) => Number(order.nonce)).sort((a, b) => a - b);
    expect(nonces).toEqual(Array.from({ length: 16 }, (_, i) => (nonces[0] as number) + i));
    const settled = await Promise.all(opened.map(({ id }) => client.waitOrder(id, 'final', 60_000)));
    expect(new Set(settled.map(({ order }) => order.state))).toEqual(new Set(['settled']));
  });

  it('is one order though its answer was lost, three times', async () => {
    let lost = 0;
    const forgetful: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method === 'POST' && String(input).endsWith('/v1/orders') && lost < 3) {
        lost++;
        await response.arrayBuffer();
        throw new TypeError('connection reset');
      }
      return response;
    };
    const before = (await client.account()).nextNonce;
    const opened = await predict(clientOf(forgetful), model, ROWS);
    expect(lost).toBe(3);
    expect(opened.order.nonce).toBe(before);
    expect((await client.account()).nextNonce).toBe((BigInt(before) + 1n).toString());
  });

  it('is not sent twice when the line stays cut', async () => {
    const dead: typeof fetch = (input, init) =>
      init?.method === 'POST' && String(input).endsWith('/v1/orders')
        ? Promise.reject(new TypeError('connection refused'))
        : fetch(input, init);
    const before = (await client.account()).nextNonce;
    await expect(predict(clientOf(dead), model, ROWS)).rejects.toBeInstanceOf(UnreachableError);
    expect((await client.account()).nextNonce).toBe(before);
  });

  it('can be kept before it is sent', async () => {
    const kept: string[] = [];
    const { id } = await predict(
      clientOf(),
      model,
      ROWS,
      {},
      { onPrepared: (prepared) => void kept.push(prepared.id) },
    );
    expect(kept).toEqual([id]);
  });

  it("is refused for another account's model", async () => {
    const stranger = await fundedClient(network, 'apac');
    await expect(predict(stranger, model, ROWS)).rejects.toMatchObject({ code: 'unknown_model' });
  });

  it('is refused without money, and without an account on the chain', async () => {
    const limit = (10n ** 17n) as Zhi;
    await expect(predict(client, model, ROWS, { priceLimitZhi: limit })).rejects.toMatchObject({
      code: 'insufficient_balance',
    });
    await expect(predict(clientAt(network), model, ROWS)).rejects.toMatchObject({ code: 'unknown_account' });
    // The refusals used no nonce.
    expect((await predict(client, model, ROWS, {}, { waitSeconds: 20 })).order.state).not.toBe('open');
  });
});

describe('a network that lies', () => {
  it('about a key to seal to gets no order', async () => {
    const before = (await client.account()).nextNonce;
    const liar = clientOf(
      lying(/\/v1\/quotes$/, (quote) => {
        const [first, ...rest] = quote.quotes as unknown as { sealKey: string }[];
        return { ...quote, quotes: [{ ...first, sealKey: 'ab'.repeat(32) }, ...rest] };
      }),
    );
    await expect(predict(liar, model, ROWS)).rejects.toBeInstanceOf(UntrustedError);
    expect((await client.account()).nextNonce).toBe(before);
  });

  it('about its genesis gets no signature', async () => {
    const other = createClient({ url: network.url, genesis: 'cd'.repeat(32), account });
    await expect(other.transfer(account.address, 1n as Zhi)).rejects.toBeInstanceOf(UntrustedError);
    const renamed = clientOf(lying(/\/v1\/genesis$/, (body) => ({ ...body, hash: 'cd'.repeat(32) })));
    await expect(renamed.network()).rejects.toBeInstanceOf(UntrustedError);
  });

  it('about a result is found out, by key and by root', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async () => {
        const { id, contentKey } = await predict(client, model, ROWS);
        const { order } = await client.waitOrder(id, 'checked');
        return { order, contentKey, ciphertext: await client.resultCiphertext(id) };
      }),
    );
    if (!one || !two) throw new Error('two orders were made');
    const open = (order: typeof one.order, key: Uint8Array, bytes: Uint8Array) =>
      client.openResult(order, key, bytes, splitRows);
    expect(await open(one.order, one.contentKey, one.ciphertext)).toBeDefined();
    await expect(open(one.order, one.contentKey, two.ciphertext)).rejects.toBeInstanceOf(UntrustedError);
    await expect(open(two.order, one.contentKey, one.ciphertext)).rejects.toBeInstanceOf(UntrustedError);
  });
});

describe('money', () => {
  it('moves, and makes an account where the sender says', async () => {
    const recipient = accountOfSeed(newAccountSeed());
    expect(await client.transfer(recipient.address, 250n as Zhi, 'oc')).toMatchObject({ status: 'applied' });
    expect(await client.account(recipient.address)).toMatchObject({
      balanceZhi: '250',
      homeRegion: 'oc',
      nextNonce: '0',
    });
  });

  it('does not move to what is no address', async () => {
    await expect(client.transfer('hai1nobody', 1n as Zhi)).rejects.toMatchObject({ code: 'invalid_field' });
    await expect(client.transfer(account.address, 0n as Zhi)).rejects.toMatchObject({ code: 'amount_out_of_range' });
  });
});

describe('an order that is still open', () => {
  it('is cancelled by its demander only, and its money comes back', async () => {
    // Cancelling races with the provider: a training long enough leaves time.
    const long = { ...QUICK_TRAIN, rows: 4000, epochs: 100 };
    const stranger = await fundedClient(network, 'weur');
    const before = BigInt((await client.account()).balanceZhi);
    const { id } = await train(client, long, { priceLimitZhi: 100_000_000n as Zhi });
    await expect(stranger.cancel(id)).rejects.toMatchObject({ code: 'not_authorised' });
    expect(await client.cancel(id)).toMatchObject({ status: 'applied' });
    const { order } = await client.waitOrder(id, 'final');
    expect(order.state).toBe('cancelled');
    const after = BigInt((await client.account()).balanceZhi);
    const { genesis } = await client.network();
    // The order's fee is burned; its escrow is back.
    expect(before - after).toBe(6n * genesis.baseFeeZhi);
    await expect(client.receipt(id)).rejects.toMatchObject({ code: 'result_not_ready' });
  });
});

describe('data sets and webhooks', () => {
  it('are stored as ciphertext and removed by their owner only', async () => {
    const plain = new TextEncoder().encode('rows that nobody may read');
    const { id, key } = await client.datasets.upload(plain);
    const ciphertext = await client.datasets.download(id);
    expect(new TextDecoder('latin1').decode(ciphertext)).not.toContain('rows that nobody');
    expect(await client.datasets.open(ciphertext, key)).toEqual(plain);
    await expect((await fundedClient(network)).datasets.remove(id)).rejects.toMatchObject({ code: 'not_authorised' });
    await client.datasets.remove(id);
    await expect(client.datasets.download(id)).rejects.toMatchObject({ code: 'unknown_dataset' });
  });

  it('refuse a private address', async () => {
    await expect(client.webhooks.create({ url: 'https://10.0.0.1/' })).rejects.toMatchObject({
      code: 'webhook_url_refused',
    });
  });

  it('belong to no one without an account', async () => {
    const anybody = createClient({ url: network.url });
    await expect(anybody.datasets.upload(new Uint8Array(3))).rejects.toMatchObject({ code: 'auth_required' });
    expect(await anybody.block()).toMatchObject({ regime: 'final' });
  });
});

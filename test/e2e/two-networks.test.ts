/** What belongs to one network is nothing in another, though both run the same code. */
import { base64 } from '@scure/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import { verifyReceiptText } from '../../clients/sdk/light.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { clientAt, QUICK_TRAIN, trainedModel, trainRequest } from '../support/jobs.ts';

const seed = newAccountSeed();
let here: { network: LocalNetwork; client: Client };
let there: { network: LocalNetwork; client: Client };

beforeAll(async () => {
  [here, there] = await Promise.all(
    [0, 1].map(async () => {
      const network = await startNetwork();
      const client = clientAt(network, 'weur', seed);
      await client.faucet();
      return { network, client };
    }) as [Promise<typeof here>, Promise<typeof here>],
  );
});
afterAll(() => Promise.all([here?.network.close(), there?.network.close()]));

it('two networks have two genesis hashes', () => {
  expect(here.network.genesis).not.toBe(there.network.genesis);
});

it('a transaction of one is refused by the other, and changes nothing there', async () => {
  const before = await there.client.account();
  const { transaction, sealed } = await here.client.prepareTrain(0n, trainRequest(QUICK_TRAIN));
  const post = (path: string, body: object) =>
    fetch(`${there.network.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'foreign' },
      body: JSON.stringify(body),
    });
  const bytes = base64.encode(transaction);
  for (const response of [
    await post('/v1/orders', { transaction: bytes, sealed: base64.encode(sealed) }),
    await post('/v1/transactions', { transaction: bytes }),
  ]) {
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'wrong_chain' });
  }
  expect(await there.client.account()).toEqual(before);
});

it('a receipt of one is refused under the other’s genesis, and with a byte flipped under its own', async () => {
  const { order } = await trainedModel(here.client);
  const receipt = await here.client.receipt(order);
  expect(await verifyReceiptText(receipt, here.network.genesis)).toMatchObject({ ok: true });
  expect(await verifyReceiptText(receipt, there.network.genesis)).toMatchObject({ ok: false, code: 'foreign_network' });
  const at = Math.floor(receipt.length * 0.6);
  const flipped = `${receipt.slice(0, at)}${receipt[at] === 'A' ? 'B' : 'A'}${receipt.slice(at + 1)}`;
  expect(await verifyReceiptText(flipped, here.network.genesis)).toMatchObject({ ok: false, code: 'receipt_invalid' });
  await expect(there.client.order(order)).rejects.toMatchObject({ code: 'unknown_order' });
});

it('a client that pins one genesis signs nothing for the other', async () => {
  const { url } = there.network;
  const client = createClient({ url, genesis: here.network.genesis, account: accountOfSeed(seed) });
  await expect(client.transfer(accountOfSeed(newAccountSeed()).address, 1n as never)).rejects.toMatchObject({
    name: 'UntrustedError',
  });
});

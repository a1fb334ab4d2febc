/** Several transactions under one key: each has its answer, in order, whatever the others are. */
import { runInDurableObject } from 'cloudflare:test';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { regionNumber } from '../../protocol/regions.ts';
import type { UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome } from '../../protocol/wire.ts';
import { regionStub } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, type TestNetwork, testNetwork } from '../support/network.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { workerEnv } from './region-demander.ts';

/** `alice` and `carol` live in enam, `bob` in sam. */
const alice = clientOf('batch/alice', 'enam');
const clients = { alice, carol: clientOf('batch/carol', 'enam'), bob: clientOf('batch/bob', 'sam') };
type Name = keyof typeof clients | 'nobody' | 'stranger';
const FEW = 3n as Zhi;
let network: TestNetwork;

beforeAll(async () => {
  forgetNetwork();
  const { genesis, hash } = await alice.network();
  network = { ...testNetwork(), genesis, hash };
  for (const client of Object.values(clients)) await client.faucet();
}, 60_000);

const nextNonce = async (name: keyof typeof clients) => BigInt((await clients[name].account()).nextNonce);

function transfer(
  by: Name,
  nonce: bigint,
  change: Partial<UnsignedTransaction> = {},
  amountZhi: Zhi = FEW,
): Uint8Array {
  const body = encodeTransfer({ to: keyPair('batch/sink').key, amountZhi, homeRegion: regionNumber('apac') });
  return signedTransaction(network, { by: keyPair(`batch/${by}`), type: 'transfer', nonce, body, change });
}

const post = (transactions: readonly Uint8Array[], key?: string) =>
  call('POST', '/v1/transactions/batch', {
    json: { transactions: transactions.map((bytes) => base64.encode(bytes)) },
    ...(key === undefined ? {} : { key }),
  });

const inEnam = <T>(work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(regionStub(workerEnv, 'enam') as never, (_region, { storage }) => work(storage.sql));

async function outcomesOf(response: Response): Promise<WireBatchOutcome[]> {
  expect(response.status, await response.clone().text()).toBe(200);
  return ((await response.json()) as { outcomes: WireBatchOutcome[] }).outcomes;
}
const codes = (outcomes: readonly WireBatchOutcome[]) =>
  outcomes.map(({ transaction, refused }) => refused?.code ?? transaction?.status);
const final = async ({ transaction }: WireBatchOutcome) => {
  const path = `/v1/transactions/${transaction?.hash}`;
  return (await (await call('GET', path, { headers: { prefer: 'wait=20' } })).json()) as { status: string };
};

describe('a batch', () => {
  it('of a hundred is taken whole, and each becomes final once', async () => {
    const start = { alice: await nextNonce('alice'), carol: await nextNonce('carol') };
    const before = await alice.account();
    const batch = Array.from({ length: 100 }, (_, i) => {
      const by = i % 2 === 0 ? 'alice' : 'carol';
      return transfer(by, start[by] + BigInt(i >> 1));
    });
    const outcomes = await outcomesOf(await post(batch, 'hundred'));
    expect(codes(outcomes)).toEqual(Array(100).fill('pending'));
    expect(outcomes.map(({ transaction }) => transaction?.nonce).slice(0, 3)).toEqual(
      [start.alice, start.carol, start.alice + 1n].map(String),
    );
    for (const one of outcomes) expect(await final(one)).toMatchObject({ status: 'applied' });
    const fees = 50n * (network.genesis.baseFeeZhi + FEW);
    expect(await alice.account()).toMatchObject({
      balanceZhi: (BigInt(before.balanceZhi) - fees).toString(),
      reservedZhi: '0',
      nextNonce: (start.alice + 50n).toString(),
    });

    const response = await post(batch, 'hundred');
    expect(response.headers.get('idempotency-replayed')).toBe('true');
    const again = await outcomesOf(response);
    expect(codes(again)).toEqual(Array(100).fill('applied'));
    expect(again.map(({ transaction }) => transaction?.hash)).toEqual(
      outcomes.map(({ transaction }) => transaction?.hash),
    );
    expect(await nextNonce('alice')).toBe(start.alice + 50n);
    await expectProblem(await post(batch.slice(0, 99), 'hundred'), 'idempotency_key_reused');
    expect(codes(await outcomesOf(await post(batch, 'another')))).toEqual(Array(100).fill('nonce_used'));
  }, 60_000);

  it('posted twenty times at once is taken once', async () => {
    const nonce = await nextNonce('alice');
    const batch = [transfer('alice', nonce), transfer('alice', nonce + 1n)];
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(batch, 'twenty')));
    expect(answers.filter((response) => response.headers.has('idempotency-replayed'))).toHaveLength(19);
    for (const one of (await Promise.all(answers.map(outcomesOf))).flat()) expect(one.refused).toBeNull();
    expect(await nextNonce('alice')).toBe(nonce + 2n);
  });

  it('that fails takes nothing along of those that came with it, and can come again under its key', async () => {
    const [hers, carols] = [await nextNonce('alice'), await nextNonce('carol')];
    const ofAlice = [transfer('alice', hers), transfer('alice', hers + 1n)];
    const together = () =>
      Promise.all([
        post([transfer('carol', carols)], 'beside/carol'),
        post(ofAlice, 'beside/alice'),
        post([transfer('alice', hers + 9n)], 'beside/early'),
      ]);
    const sender = bytesToHex(keyPair('batch/alice').key);
    await inEnam((sql) =>
      sql.exec(
        `CREATE TRIGGER refuse BEFORE INSERT ON mempool WHEN NEW.sender = x'${sender}' BEGIN SELECT RAISE(ABORT, 'full'); END`,
      ),
    );
    const [carol, failed, early] = await together();
    await inEnam((sql) => sql.exec('DROP TRIGGER refuse'));
    expect(codes(await outcomesOf(carol))).toEqual(['pending']);
    await expectProblem(failed, 'internal');
    expect(codes(await outcomesOf(early))).toEqual(['nonce_gap']);
    expect([await nextNonce('alice'), await nextNonce('carol')]).toEqual([hers, carols + 1n]);
    const [replayed, again] = await together();
    expect(replayed.headers.has('idempotency-replayed')).toBe(true);
    expect(again.headers.has('idempotency-replayed')).toBe(false);
    expect(codes(await outcomesOf(again))).toEqual(['pending', 'pending']);
    expect(await nextNonce('alice')).toBe(hers + 2n);
  });

  it('loses nothing to what is wrong in its middle, and repeats its refusals', async () => {
    const [hers, carols] = [await nextNonce('alice'), await nextNonce('carol')];
    const flipped = transfer('carol', carols);
    flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
    const batch = [
      new Uint8Array(0),
      transfer('alice', hers),
      transfer('alice', hers).slice(0, -1),
      flipped,
      transfer('bob', await nextNonce('bob')),
      transfer('nobody', 0n),
      transfer('alice', hers + 2n),
      transfer('alice', hers),
      transfer('alice', hers + 1n, {}, 0n as Zhi),
      transfer('alice', hers + 1n, {}, 1_000_000_000_000n as Zhi),
      transfer('alice', hers + 1n, { expiryHeight: 0n as BlockHeight }),
      transfer('alice', hers + 1n),
      transfer('carol', carols),
      new Uint8Array(4097),
    ];
    const expected = [
      'tx_malformed',
      'pending',
      'tx_malformed',
      'bad_signature',
      'wrong_home_region',
      'unknown_account',
      'nonce_gap',
      'nonce_used',
      'amount_out_of_range',
      'insufficient_balance',
      'tx_expired',
      'pending',
      'pending',
      'tx_too_large',
    ];
    const outcomes = await outcomesOf(await post(batch, 'mixed'));
    expect(codes(outcomes)).toEqual(expected);
    expect([await nextNonce('alice'), await nextNonce('carol')]).toEqual([hers + 2n, carols + 1n]);
    for (const at of [1, 11, 12])
      expect(await final(outcomes[at] as WireBatchOutcome)).toMatchObject({ status: 'applied' });
    // Whoever was nobody has an account by now; the answer under the key stays what it was.
    await clients.carol.transfer(keyPair('batch/nobody').address, 1_000_000n as Zhi, 'enam');
    const again = codes(await outcomesOf(await post(batch, 'mixed')));
    expect(again).toEqual(expected.map((code) => (code === 'pending' ? 'applied' : code)));
    expect(await clientOf('batch/nobody').account()).toMatchObject({ nextNonce: '0' });
  }, 60_000);

  it('is kept by its outcomes alone, and read also where an object of before wrote hashes', async () => {
    const nonce = await nextNonce('alice');
    const batch = [transfer('alice', nonce), transfer('alice', nonce + 5n), transfer('alice', nonce + 1n)];
    const expected = ['pending', 'nonce_gap', 'pending'];
    const first = await outcomesOf(await post(batch, 'kept'));
    expect(codes(first)).toEqual(expected);
    const [kept] = await inEnam((sql) => sql.exec("SELECT answer FROM idempotency WHERE key = 'kept'").toArray());
    const record = JSON.parse(kept?.answer as string) as unknown[];
    expect(record).toEqual([null, expect.objectContaining({ ok: false, code: 'nonce_gap' }), null]);
    const before = record.map((one, i) => one ?? { hash: first[i]?.transaction?.hash });
    await inEnam((sql) => sql.exec("UPDATE idempotency SET answer = ? WHERE key = 'kept'", JSON.stringify(before)));
    const repeated = await post(batch, 'kept');
    expect(repeated.headers.has('idempotency-replayed')).toBe(true);
    const again = await outcomesOf(repeated);
    expect(again.map((one) => one.refused?.code ?? one.transaction?.hash)).toEqual(
      first.map((one) => one.refused?.code ?? one.transaction?.hash),
    );
  });

  it('of which nothing was taken leaves its key free', async () => {
    const nonce = await nextNonce('alice');
    const gapped = [transfer('alice', nonce + 1n), transfer('alice', nonce + 2n)];
    expect(codes(await outcomesOf(await post(gapped, 'free')))).toEqual(['nonce_gap', 'nonce_gap']);
    expect(codes(await outcomesOf(await post([new Uint8Array(3)], 'free')))).toEqual(['tx_malformed']);
    expect(codes(await outcomesOf(await post([transfer('alice', nonce)], 'free')))).toEqual(['pending']);
  });

  it('of an order’s opening is sent on to where orders go', async () => {
    const { transaction } = await alice.prepareTrain(await nextNonce('alice'), {
      dataset: new Uint8Array(100),
      work: { rows: 4, features: 4, hidden: 8, classes: 2, epochs: 1, batch: 4, seed: 1n },
      priceLimitZhi: 100_000_000n as Zhi,
      quote: 'compute',
    });
    const [one] = await outcomesOf(await post([transaction], 'order'));
    expect(one?.refused).toMatchObject({ code: 'invalid_field', detail: 'orders go to /v1/orders' });
  });
});

describe('no batch', () => {
  it.each([0, 101])('of %i transactions', async (count) => {
    const nonce = await nextNonce('alice');
    const batch = Array.from({ length: count }, (_, i) => transfer('alice', nonce + BigInt(i)));
    await expectProblem(await post(batch, `count-${count}`), 'invalid_field', 'transactions');
    expect(await nextNonce('alice')).toBe(nonce);
  });

  it('without a key, of what is not base64, with a field to spare, or led by an account that is not there', async () => {
    const nonce = await nextNonce('alice');
    await expectProblem(await post([transfer('alice', nonce)]), 'idempotency_key_required');
    const json = (body: unknown) => call('POST', '/v1/transactions/batch', { json: body, key: 'shape' });
    await expectProblem(await json({ transactions: ['%'] }), 'invalid_field', 'transactions.0');
    await expectProblem(await json({ transactions: 'AAAA' }), 'invalid_field', 'transactions');
    await expectProblem(await json({ transactions: ['AAAA'], more: 1 }), 'unknown_field');
    const stranger = transfer('stranger', 0n);
    await expectProblem(await post([stranger, transfer('alice', nonce)], 'who'), 'unknown_account');
    expect(await nextNonce('alice')).toBe(nonce);
  });
});

/** Transactions that any account may send at its own expense: through the API, into blocks, and their records into D1. */
import { env } from 'cloudflare:workers';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { fieldBytes } from '../../protocol/poseidon.ts';
import { ONLY_KEY } from '../../protocol/state/record.ts';
import { encodeAllow } from '../../protocol/tx/allow.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../protocol/tx/dataset-list.ts';
import { encodeEpochReward } from '../../protocol/tx/epoch-reward.ts';
import { encodeModelList } from '../../protocol/tx/model-list.ts';
import { encodeRelease } from '../../protocol/tx/release.ts';
import { encodeReserve } from '../../protocol/tx/reserve.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import { encodeUnbond } from '../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../protocol/tx/vest-claim.ts';
import { encodeVote } from '../../protocol/tx/vote.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, type TestNetwork, testNetwork } from '../support/network.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';

const alice = clientOf('stakes/alice', 'enam');
const key = keyPair('stakes/alice').key;
let network: TestNetwork;
let sent = 0;

beforeAll(async () => {
  forgetNetwork();
  const { genesis, hash } = await alice.network();
  network = { ...testNetwork(), genesis, hash };
  await alice.faucet();
}, 60_000);

async function post(type: TxTypeName, body: Uint8Array): Promise<Response> {
  const nonce = BigInt((await alice.account()).nextNonce);
  const bytes = signedTransaction(network, { by: keyPair('stakes/alice'), type, nonce, body });
  return call('POST', '/v1/transactions', {
    json: { transaction: base64.encode(bytes) },
    key: `stakes-${sent++}`,
    headers: { prefer: 'wait=20' },
  });
}

async function outcome(type: TxTypeName, body: Uint8Array): Promise<string> {
  const response = await post(type, body);
  expect(response.status, await response.clone().text()).toBe(200);
  const { status, code } = (await response.json()) as { status: string; code: string | null };
  return code ?? status;
}

const zhi = (amount: bigint) => amount as Zhi;

describe('an account’s own transactions', () => {
  it('are applied in blocks that the seats execute', async () => {
    const provider = network.genesis.providers[0]?.key as Uint8Array;
    const dataset = taggedHash('HAI/test-data');
    const model = { model: taggedHash('HAI/test-model'), royaltyBp: 100, commitment: fieldBytes(7n) };
    const limit = { key: keyPair('stakes/bearer').key, limitZhi: zhi(5n), expiryHeight: 90_000n as BlockHeight };
    const before = await alice.account();
    expect(await outcome('bond', encodeBond({ amountZhi: zhi(1000n) }))).toBe('applied');
    expect(await outcome('vote', encodeVote({ candidate: key }))).toBe('applied');
    expect(await outcome('unbond', encodeUnbond({ kind: 'begin', amountZhi: zhi(1n) }))).toBe('applied');
    expect(await outcome('reserve', encodeReserve({ provider, hours: 1 }))).toBe('applied');
    expect(await outcome('release', encodeRelease({ provider }))).toBe('applied');
    expect(await outcome('datasetList', encodeDatasetList({ dataset, priceZhi: zhi(5n) }))).toBe('applied');
    expect(await outcome('modelList', encodeModelList(model))).toBe('applied');
    expect(await outcome('allow', encodeAllow(limit))).toBe('applied');
    const ledger = openLedger(env.DB);
    const kinds = new Set((await ledger.recordPage(undefined, 100)).map(({ kind }) => kind));
    const expected = ['allowance', 'bond', 'commitments', 'dataset', 'model', 'reservation', 'tally'];
    expect([...kinds].sort()).toEqual(expected);
    expect(await ledger.record({ kind: 'bond', key })).toBeDefined();
    expect(
      await ledger.records([
        { kind: 'tally', key },
        { kind: 'epoch', key: ONLY_KEY },
      ]),
    ).toHaveLength(1);
    const after = await alice.account();
    const fees = 8n * network.genesis.baseFeeZhi;
    const held = BigInt(before.balanceZhi) - BigInt(after.balanceZhi) - fees - 1000n;
    // The reservation's first moments.
    expect(held).toBeGreaterThanOrEqual(0n);
    expect(held).toBeLessThan(network.genesis.reservationZhiPerHour);
  }, 60_000);

  it('are refused in their block by the rule, with its code', async () => {
    expect(await outcome('unbond', encodeUnbond({ kind: 'withdraw' }))).toBe('nothing_due');
    expect(await outcome('vestClaim', encodeVestClaim({ grant: 'founders' }))).toBe('nothing_due');
    expect(await outcome('vestClaim', encodeVestClaim({ grant: 'marketing' }))).toBe('grant_locked');
    expect(await outcome('unbond', encodeUnbond({ kind: 'begin', amountZhi: zhi(5000n) }))).toBe('insufficient_bond');
  }, 60_000);

  it('are refused at once when the balance does not cover them, or they are somebody else’s to send', async () => {
    const rich = await alice.account();
    const all = encodeBond({ amountZhi: zhi(BigInt(rich.balanceZhi)) });
    await expectProblem(await post('bond', all), 'insufficient_balance');
    const work = [{ account: key, work: 1n, homeRegion: 0 }];
    await expectProblem(await post('epochReward', encodeEpochReward({ epoch: 0n, work })), 'not_authorised');
    const lost = { to: SYSTEM_ACCOUNT.burned, amountZhi: zhi(1n), homeRegion: 0 };
    await expectProblem(await post('transfer', encodeTransfer(lost)), 'system_account');
    await expectProblem(await post('bond', new Uint8Array(3)), 'tx_malformed');
    expect(await alice.account()).toEqual(rich);
  }, 60_000);
});

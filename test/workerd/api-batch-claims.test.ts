/** Claims from a settled batch over the API: whoever sends them, they pay whom the leaves name, and each leaf once. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RegionContext } from '../../durable-objects/region/context.ts';
import { LedgerRecords } from '../../durable-objects/region/ledger-records.ts';
import type { PeerRpcMethods } from '../../durable-objects/region/peer.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { RoleEntries } from '../../durable-objects/region/role-entries.ts';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { merklePath, merkleRoot } from '../../protocol/merkle.ts';
import { splitBill } from '../../protocol/order/split.ts';
import { type BatchLeaf, batches, encodeBatchLeaf, isClaimed } from '../../protocol/record/batch.ts';
import { type BatchClaim, encodeBatchClaims } from '../../protocol/tx/batch-claim.ts';
import { encodeBatchSettle } from '../../protocol/tx/batch-settle.ts';
import { chainIdOf, encodeTransaction, signingBytes, TX_VERSION, transactionHash } from '../../protocol/tx/envelope.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, HpuCycles, UnixMs, Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome, WireTransaction } from '../../protocol/wire.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type RegionDemander, startRegionDemander, workerEnv } from './region-demander.ts';

const ORDERS = 7;
const CLAIMER = 'claims/bob';
const ledger = openLedger(env.DB);
const bob = clientOf(CLAIMER, 'apac');
let alice: RegionDemander;
let batch: Uint8Array;
let leaves: BatchLeaf[];
let sent = 0;

beforeAll(async () => {
  alice = await startRegionDemander('claims/alice', 'enam');
  await bob.faucet();
  const orders = await confirmedOrders();
  const records = await Promise.all(orders.map((id) => ledger.orderRecord(id)));
  leaves = records.map((record, i) => {
    if (!record?.match) throw new Error('not matched');
    const { provider, billZhi } = record.match;
    return { order: orders[i] as Uint8Array, provider, demander: record.demander, billZhi };
  });
  batch = await settleAsBatch(
    orders,
    records.reduce((sum, record) => sum + (record?.match?.billCycles ?? 0n), 0n),
  );
  for (const id of orders) await alice.final(id);
}, 120_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

/** Orders that the chain has as confirmed, and that the region does not settle one by one. */
async function confirmedOrders(): Promise<Uint8Array[]> {
  const add = RoleEntries.prototype.add;
  vi.spyOn(RoleEntries.prototype, 'add').mockImplementation(function (this: RoleEntries, role, order, entry) {
    if (role !== 'settle') add.call(this, role, order, entry);
  });
  const confirm = { kind: 'manual', windowMs: 600_000n as UnixMs } as const;
  const orders: Uint8Array[] = [];
  for (let i = 0; i < ORDERS; i++) {
    const { id } = await alice.client.predict({ ...alice.predictRequest(), confirm }, { waitSeconds: 20 });
    await alice.client.confirm(id);
    orders.push(hexToBytes(id));
  }
  return orders;
}

/** Signed by the region's searcher, as its object would. */
async function settleAsBatch(orders: Uint8Array[], cycles: bigint): Promise<Uint8Array> {
  const genesisHash = alice.network.hash;
  const body = encodeBatchSettle({
    orders,
    root: merkleRoot(leaves.map(encodeBatchLeaf)),
    billCycles: cycles as HpuCycles,
    billZhi: leaves.reduce((sum, { billZhi }) => sum + billZhi, 0n) as Zhi,
  });
  const hash = await runInDurableObject(alice.region as never, async (_instance, state) => {
    const context = new RegionContext(state, workerEnv);
    const sender = context.keyring.publicKey('searcher');
    await context.accounts.load(sender, Date.now());
    const nonce = context.accounts.view(sender)?.nextNonce as bigint;
    const unsigned = {
      version: TX_VERSION,
      chain: chainIdOf(genesisHash),
      type: txTypeNumber('batchSettle'),
      sender,
      nonce,
      expiryHeight: 10_000n as BlockHeight,
      feeZhi: 0n as Zhi,
      body,
    };
    const signature = await context.keyring.sign('searcher', signingBytes(genesisHash, unsigned));
    const bytes = encodeTransaction({ ...unsigned, signature });
    context.mempool.add({ hash: transactionHash(bytes), bytes, sender, nonce, reservedZhi: 0n }, Date.now());
    return transactionHash(bytes);
  });
  await alice.region.rearm();
  return hash;
}

function claimOf(index: number, change: Partial<BatchClaim> = {}): BatchClaim {
  const path = merklePath(leaves.map(encodeBatchLeaf), index);
  return { batch, index, ...(leaves[index] as BatchLeaf), path, ...change };
}

async function signedClaims(claims: BatchClaim[], ahead = 0n): Promise<string> {
  const nonce = BigInt((await bob.account()).nextNonce) + ahead;
  return base64.encode(alice.signedBy(CLAIMER, 'batchClaim', nonce, encodeBatchClaims(claims)));
}

const post = (transaction: string, key = `claim-${sent++}`, prefer = 'wait=20') =>
  call('POST', '/v1/transactions', { json: { transaction }, key, headers: { prefer } });

async function applied(claims: BatchClaim[]): Promise<WireTransaction> {
  const response = await post(await signedClaims(claims));
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as WireTransaction;
}

async function isPaid(index: number): Promise<boolean> {
  const value = await ledger.record({ kind: 'batch', key: batch });
  const found = batches.read({ record: () => value }, batch);
  if (!found) throw new Error('no such batch');
  return isClaimed(found, index);
}

const balanceOf = async (key: Uint8Array): Promise<bigint> => BigInt((await bob.account(addressOf(key))).balanceZhi);

describe('a claim', () => {
  it('pays the provider of its leaf, whoever sends it and at no fee', async () => {
    const { provider, billZhi } = leaves[0] as BatchLeaf;
    const [providerBefore, before] = [await balanceOf(provider), await bob.account()];
    expect(await applied([claimOf(0)])).toMatchObject({ status: 'applied', code: null });
    expect((await balanceOf(provider)) - providerBefore).toBe(splitBill(billZhi).provider);
    expect((await bob.account()).balanceZhi).toBe(before.balanceZhi);
    expect(await isPaid(0)).toBe(true);
  });

  it('is taken beside one that pays nothing, whose code is told', async () => {
    const done = await applied([claimOf(0), claimOf(1)]);
    expect(done).toMatchObject({ status: 'applied', code: 'already_claimed' });
    expect(await isPaid(1)).toBe(true);
  });

  it('under one key is answered again, though its leaf is paid by then', async () => {
    const transaction = await signedClaims([claimOf(2)]);
    const answers = [await post(transaction, 'claim-once'), await post(transaction, 'claim-once')];
    const [first, again] = (await Promise.all(answers.map((one) => one.json()))) as WireTransaction[];
    expect(first).toMatchObject({ status: 'applied' });
    expect(again).toEqual(first);
  });

  it('comes in a batch too, where each has an outcome of its own', async () => {
    const nonce = BigInt((await bob.account()).nextNonce);
    const claims = [claimOf(3), claimOf(3, { batch: taggedHash('HAI/no-batch') })];
    const transactions = claims.map((claim, i) =>
      base64.encode(alice.signedBy(CLAIMER, 'batchClaim', nonce + BigInt(i), encodeBatchClaims([claim]))),
    );
    const response = await call('POST', '/v1/transactions/batch', { json: { transactions }, key: 'claims' });
    const { outcomes } = (await response.json()) as { outcomes: WireBatchOutcome[] };
    expect(outcomes).toMatchObject([
      { transaction: { status: 'pending' }, refused: null },
      { transaction: null, refused: { code: 'unknown_batch' } },
    ]);
    await vi.waitFor(async () => expect(await isPaid(3)).toBe(true), { timeout: 15_000, interval: 20 });
  });
});

describe('a leaf that a pending claim asks for', () => {
  const holdBack = () => vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  const taken = async (claims: BatchClaim[]): Promise<WireTransaction> => {
    const response = await post(await signedClaims(claims), undefined, 'wait=0');
    expect(response.status, await response.clone().text()).toBe(202);
    return (await response.json()) as WireTransaction;
  };

  it('is not taken a second time, until it is known that the first was refused', async () => {
    const held = holdBack();
    await expectProblem(await post(await signedClaims([claimOf(4), claimOf(4)])), 'already_claimed');
    const { hash } = await taken([claimOf(4)]);
    await expectProblem(await post(await signedClaims([claimOf(4)])), 'already_claimed');
    await expectProblem(await post(await signedClaims([claimOf(0), claimOf(4)])), 'already_claimed');
    const region = regionStub(workerEnv, 'apac') as unknown as PeerRpcMethods;
    await region.takeFinal({
      height: 0n,
      hash: new Uint8Array(32),
      timeMs: 0n,
      transactions: [],
      accounts: [],
      orders: [],
      refused: [{ hash: hexToBytes(hash), code: 'tx_expired' }],
    });
    await taken([claimOf(4)]);
    await expectProblem(await post(await signedClaims([claimOf(4)])), 'already_claimed');
    held.mockRestore();
    await vi.waitFor(async () => expect(await isPaid(4)).toBe(true), { timeout: 15_000, interval: 20 });
    await expectProblem(await post(await signedClaims([claimOf(4)])), 'already_claimed');
  });

  it('is not taken a second time in one batch either', async () => {
    const held = holdBack();
    const transactions = [await signedClaims([claimOf(5)]), await signedClaims([claimOf(5)], 1n)];
    const response = await call('POST', '/v1/transactions/batch', { json: { transactions }, key: 'one-leaf' });
    const { outcomes } = (await response.json()) as { outcomes: WireBatchOutcome[] };
    expect(outcomes).toMatchObject([
      { transaction: { status: 'pending' }, refused: null },
      { transaction: null, refused: { code: 'already_claimed' } },
    ]);
    held.mockRestore();
    await vi.waitFor(async () => expect(await isPaid(5)).toBe(true), { timeout: 15_000, interval: 20 });
  });
});

it('a leaf that was paid while its batch was read is not taken again', async () => {
  const held = vi.spyOn(Region.prototype, 'pull').mockResolvedValue([]);
  const first = await signedClaims([claimOf(6)]);
  const second = await signedClaims([claimOf(6)], 1n);
  expect((await post(first, undefined, 'wait=0')).status).toBe(202);
  const { load } = LedgerRecords.prototype;
  let [read, goOn] = [false, false];
  vi.spyOn(LedgerRecords.prototype, 'load').mockImplementation(async function (this: LedgerRecords, places) {
    await load.call(this, places);
    read = true;
    // By polling: what the test awaits belongs to another request than the object's.
    while (!goOn) await scheduler.wait(5);
  });
  const answer = post(second);
  await vi.waitFor(() => expect(read).toBe(true), { timeout: 5_000, interval: 5 });
  held.mockRestore();
  const hash = bytesToHex(transactionHash(base64.decode(first)));
  await vi.waitFor(async () => expect(await bob.transaction(hash)).toMatchObject({ status: 'applied' }), {
    timeout: 15_000,
    interval: 20,
  });
  goOn = true;
  await expectProblem(await answer, 'already_claimed');
});

describe('a claim that can be refused by its envelope', () => {
  const recordsRead = () => {
    const load = vi.spyOn(LedgerRecords.prototype, 'load');
    return () => load.mock.calls.flatMap(([places]) => places);
  };

  it('costs no read of its batch', async () => {
    const read = recordsRead();
    const nobody = alice.signedBy('claims/nobody', 'batchClaim', 0n, encodeBatchClaims([claimOf(0)]));
    await expectProblem(await post(base64.encode(nobody)), 'unknown_account');
    await expectProblem(await post(await signedClaims([claimOf(0)], -1n)), 'nonce_used');
    await expectProblem(await post(await signedClaims([claimOf(0)], 1n)), 'nonce_gap');
    const transactions = [await signedClaims([claimOf(0)], -1n), await signedClaims([claimOf(0)], 64n)];
    const response = await call('POST', '/v1/transactions/batch', { json: { transactions }, key: 'no-reads' });
    expect(await response.json()).toMatchObject({
      outcomes: [{ refused: { code: 'nonce_used' } }, { refused: { code: 'nonce_gap' } }],
    });
    expect(read()).toEqual([]);
    await expectProblem(await post(await signedClaims([claimOf(0)])), 'already_claimed');
    expect(read()).toMatchObject([{ kind: 'batch' }]);
  });
});

describe('a claim is refused, and costs no nonce', () => {
  it.each<[string, Partial<BatchClaim>, ErrorCode]>([
    ['of a batch that is not there', { batch: taggedHash('HAI/no-batch') }, 'unknown_batch'],
    ['of a leaf that was paid', {}, 'already_claimed'],
    ['of a place beyond the leaves', { index: ORDERS }, 'proof_invalid'],
  ])('%s', async (_, change, code) => {
    const before = await bob.account();
    await expectProblem(await post(await signedClaims([claimOf(0, change)])), code);
    expect(await bob.account()).toEqual(before);
  });

  it('by an account that is not there, and with a body of none', async () => {
    const nobody = alice.signedBy('claims/nobody', 'batchClaim', 0n, encodeBatchClaims([claimOf(0)]));
    await expectProblem(await post(base64.encode(nobody)), 'unknown_account');
    await expectProblem(await post(await signedClaims([])), 'tx_malformed');
  });

  it('as a settlement of a batch by anybody but the region’s searcher', async () => {
    const body = encodeBatchSettle({
      orders: leaves.map(({ order }) => order),
      root: merkleRoot(leaves.map(encodeBatchLeaf)),
      billCycles: 1n as HpuCycles,
      billZhi: 1n as Zhi,
    });
    const nonce = BigInt((await bob.account()).nextNonce);
    const bytes = alice.signedBy(CLAIMER, 'batchSettle', nonce, body);
    await expectProblem(await post(base64.encode(bytes)), 'not_authorised');
  });
});

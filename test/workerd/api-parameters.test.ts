/** A change of the base fee by votes, for real: over the API, into blocks, and through what was pending when it came to hold. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { bondCalls } from '../../clients/sdk/bonds.ts';
import { parameterCalls, type SeatApproval } from '../../clients/sdk/parameters.ts';
import type { RegionContext } from '../../durable-objects/region/context.ts';
import { Region } from '../../durable-objects/region/region.ts';
import { addressOf } from '../../protocol/address.ts';
import { regionNumber, regionOf } from '../../protocol/regions.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { approvalBytes } from '../../protocol/tx/param.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireBond, WireChain, WireParameter, WireProposal, WireTransaction } from '../../protocol/wire.ts';
import { type Env, regionStub } from '../../workers/env.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';
import { type Sender, startSender } from './api-sender.ts';

let alice: Sender;
let bob: Sender;
let oldFeeZhi: bigint;
const newFeeZhi = 2_500n;
const BOND_ZHI = 10_000n as Zhi;
const NONE = '00'.repeat(32);

const governing = (name: string, from: 'enam' | 'apac') => clientOf(name, from).with(parameterCalls);
const read = async <T>(path: string): Promise<T> => (await call('GET', path)).json();
const baseFee = async (): Promise<WireParameter> => {
  const { parameters } = await read<{ parameters: WireParameter[] }>('/v1/parameters');
  return parameters.find(({ name }) => name === 'baseFeeZhi') as WireParameter;
};

/** Goes by the clock: what is waited for is a time. */
async function untilMs(timeMs: string): Promise<void> {
  while (Date.now() < Number(timeMs)) await scheduler.wait(50);
}

async function transfer(by: Sender, feeZhi: bigint, prefer = 'wait=20'): Promise<Response> {
  const network = { ...testNetwork(), genesis: by.genesis, hash: (await by.client.network()).hash };
  const nonce = BigInt((await by.client.account()).nextNonce);
  const body = encodeTransfer({ to: bob.key, amountZhi: 5n as Zhi, homeRegion: 0 });
  const bytes = signedTransaction(network, {
    by: keyPair(by.name),
    type: 'transfer',
    nonce,
    body,
    change: { feeZhi: feeZhi as Zhi },
  });
  return call('POST', '/v1/transactions', {
    json: { transaction: base64.encode(bytes) },
    key: `fee-${nonce}-${feeZhi}`,
    headers: { prefer },
  });
}

/** A seat's approval of whatever: an object gives none of what is not on the chain. */
async function signedUnasked(id: string): Promise<SeatApproval> {
  const { hash, genesis } = await alice.client.network();
  const message = approvalBytes(hash, hexToBytes(id));
  const region = regionStub(env as unknown as Env, regionOf(genesis.seats[0]?.region as number)) as never;
  const sign = (instance: Region) =>
    (instance as unknown as { context: RegionContext }).context.keyring.signAsSeat(0, message);
  return { seat: 0, signature: await runInDurableObject<Region, Uint8Array>(region, sign) };
}

/** Nothing of enam is sealed until the returned call. */
function holdBack(): () => void {
  const { pull } = Region.prototype;
  const spy = vi.spyOn(Region.prototype, 'pull').mockImplementation(function (this: Region, limit: number) {
    const { region } = (this as unknown as { context: { region: number } }).context;
    return region === regionNumber('enam') ? Promise.resolve([]) : pull.call(this, limit);
  });
  return () => spy.mockRestore();
}

beforeAll(async () => {
  forgetNetwork();
  alice = await startSender('params/alice', 'enam');
  bob = await startSender('params/bob', 'apac');
  oldFeeZhi = alice.genesis.baseFeeZhi;
  for (const one of [alice, bob]) await one.outcome('bond', encodeBond({ amountZhi: BOND_ZHI }));
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

it('lists every parameter, as the genesis has it', async () => {
  const { parameters } = await read<{ parameters: WireParameter[] }>('/v1/parameters');
  expect(parameters.map(({ name, setBy }) => [name, setBy])).toEqual(
    [
      'baseFeeZhi',
      'reservationZhiPerHour',
      'marketingVesting',
      'votingMs',
      'delayMs',
      'turnoutMillionths',
      'swapSet',
    ].map((name) => [name, null]),
  );
  expect(await baseFee()).toMatchObject({
    value: oldFeeZhi.toString(),
    sinceMs: alice.genesis.createdMs.toString(),
    version: NONE,
    scheduled: null,
  });
  expect(await read('/v1/parameters/proposals')).toEqual({ proposals: [], next: null });
});

it('refuses what is no proposal, here and on the chain', async () => {
  const path = `/v1/parameters/proposals/${'ab'.repeat(32)}`;
  await expectProblem(await call('GET', path), 'unknown_proposal');
  await expectProblem(await call('GET', `${path}/approvals`), 'unknown_proposal');
  await expectProblem(await call('GET', '/v1/parameters/proposals/abc'), 'invalid_field', 'id');
  await expectProblem(await call('GET', '/v1/parameters/proposals?after=x'), 'invalid_field', 'after');
  const calls = governing(alice.name, 'enam');
  await expect(calls.propose('noSuch', '1')).rejects.toMatchObject({ code: 'unknown_parameter' });
  await expect(calls.propose('baseFeeZhi', '0')).rejects.toMatchObject({ code: 'parameter_out_of_range' });
  await expect(calls.propose('baseFeeZhi', 'much')).rejects.toMatchObject({ code: 'parameter_out_of_range' });
  await expect(calls.vote('ab'.repeat(32), true)).rejects.toMatchObject({ code: 'unknown_proposal' });
  const stranger = await startSender('params/stranger', 'apac');
  await expect(governing(stranger.name, 'apac').propose('baseFeeZhi', '2500')).rejects.toMatchObject({
    code: 'insufficient_bond',
  });
});

it('raises the fee by seats and stake, after the delay; what was pending at the old one is refused, and says so', async () => {
  const [calls, others] = [governing(alice.name, 'enam'), governing(bob.name, 'apac')];
  const { hash: id } = await calls.propose('baseFeeZhi', newFeeZhi.toString());
  const path = `/v1/parameters/proposals/${id}`;
  expect(await read<WireProposal>(path)).toMatchObject({
    id,
    parameter: 'baseFeeZhi',
    value: '2500',
    state: 'voting',
    seats: [],
  });
  await expect(calls.propose('delayMs', '5000')).rejects.toMatchObject({ code: 'too_many_proposals' });

  const { approvals, unanswered } = await others.hostedApprovals(id);
  expect(unanswered).toEqual([]);
  expect(approvals.map(({ seat }) => seat)).toEqual(Array.from({ length: 13 }, (_, seat) => seat));
  await others.approve(id, approvals);
  await calls.vote(id, true);
  await others.vote(id, true);
  // What adds no seat, or is of nothing, is refused where it comes in: it costs no fee, and no block checks it.
  const unspent = await alice.balance();
  await expect(calls.approve(id, approvals.slice(0, 3))).rejects.toMatchObject({ code: 'already_voted' });
  await expect(calls.approve('ab'.repeat(32), approvals)).rejects.toMatchObject({ code: 'bad_signature' });
  await expect(calls.approve('ab'.repeat(32), [await signedUnasked('ab'.repeat(32))])).rejects.toMatchObject({
    code: 'unknown_proposal',
  });
  expect(await alice.balance()).toBe(unspent);
  const [first, second] = approvals as [(typeof approvals)[number], (typeof approvals)[number]];
  const exchanged = [{ ...first, signature: second.signature }];
  await expect(calls.approve(id, exchanged)).rejects.toMatchObject({ code: 'bad_signature' });
  await expect(calls.vote(id, true)).rejects.toMatchObject({ code: 'already_voted' });
  await expect(others.enact(id)).rejects.toMatchObject({ code: 'enacted_too_early' });
  const { endMs } = await read<WireProposal>(path);
  await untilMs(endMs);
  await expect(others.vote(id, true)).rejects.toMatchObject({ code: 'voting_closed' });
  await expect(others.hostedApprovals(id)).rejects.toMatchObject({ code: 'voting_closed' });
  await expect(calls.approve(id, approvals)).rejects.toMatchObject({ code: 'voting_closed' });
  expect((await read<WireProposal>(path)).state).toBe('accepted');

  // Taken at the old fee, which is the fee.
  const release = holdBack();
  const pending = await transfer(alice, oldFeeZhi, 'respond-async');
  expect(pending.status).toBe(202);
  const { hash } = (await pending.json()) as WireTransaction;

  const { height } = await others.enact(id);
  const { enacted } = await read<WireProposal>(path);
  const by = { proposal: id, proposer: addressOf(alice.key), height, yesZhi: '20000', noZhi: '0' };
  const fromMs = enacted?.fromMs as string;
  const seen = await baseFee();
  // The delay is two seconds: it may be over by now.
  const change = seen.scheduled ?? { value: seen.value, fromMs: seen.sinceMs, setBy: seen.setBy };
  expect(change).toEqual({ value: '2500', fromMs, setBy: { ...by, seats: approvals.map(({ seat }) => seat) } });
  // What is near counts at once where transactions are taken, so that nothing else gets into that state.
  expect((await read<WireChain>('/v1/chain')).baseFeeZhi).toBe('2500');
  await expectProblem(await transfer(bob, newFeeZhi - 1n), 'fee_too_low');

  await untilMs(fromMs);
  expect(await baseFee()).toMatchObject({ value: '2500', sinceMs: fromMs, setBy: by, scheduled: null, version: id });
  // A block of that time or later, so that the chain has seen it.
  expect((await transfer(bob, newFeeZhi)).status).toBe(200);
  release();
  await call('GET', `/v1/transactions/${hash}`, { headers: { prefer: 'wait=20' } });
  expect(await read<WireTransaction>(`/v1/transactions/${hash}`)).toMatchObject({
    hash,
    status: 'refused',
    code: 'fee_too_low',
  });

  // Its number is free again; a client that knew only the old fee asks anew, and pays the new one.
  const before = await bob.balance();
  await alice.client.transfer(addressOf(bob.key), 7n as Zhi);
  expect(await bob.balance()).toBe(before + 7n);
  const paid = await alice.balance();
  await alice.client.transfer(addressOf(bob.key), 1n as Zhi);
  expect(paid - (await alice.balance())).toBe(1n + feeOf('transfer', newFeeZhi as Zhi));

  await expect(others.enact(id)).rejects.toMatchObject({ code: 'already_enacted' });
  const listed = await others.proposals();
  expect(listed.map((one) => [one.id, one.state])).toEqual([[id, 'enacted']]);
  // The faucet pays what everybody pays.
  await alice.client.faucet(addressOf(keyPair('params/new').key), 3n as Zhi);
}, 90_000);

it('an object that is started anew asks for the new fee at once', async () => {
  const region = regionStub(env as unknown as Env, 'apac') as never;
  const abort = runInDurableObject(region, (_instance, state) => state.abort('started anew'));
  await expect(abort).rejects.toThrow('started anew');
  await expectProblem(await transfer(bob, newFeeZhi - 1n), 'fee_too_low');
  expect((await transfer(bob, newFeeZhi)).status).toBe(200);
});

it('shows what an account votes with', async () => {
  const address = addressOf(bob.key);
  const none = { bondedZhi: '0', unbonding: [], candidate: null };
  const bondOf = (of: string) => read<WireBond>(`/v1/accounts/${of}/bond`);
  expect(await bondOf(address)).toEqual({ ...none, address, bondedZhi: BOND_ZHI.toString() });
  const stranger = addressOf(keyPair('params/nobody').key);
  expect(await bondOf(stranger)).toEqual({ ...none, address: stranger });
  await expectProblem(await call('GET', '/v1/accounts/hai1x/bond'), 'invalid_field', 'address');
  const calls = clientOf(alice.name, 'enam').with(bondCalls);
  await calls.addBond(1n as Zhi);
  await calls.unbond(1n as Zhi);
  expect(await calls.bond()).toMatchObject({ bondedZhi: BOND_ZHI.toString(), unbonding: [{ amountZhi: '1' }] });
  await expect(calls.withdraw()).rejects.toMatchObject({ code: 'nothing_due' });
});

it('gives proposals by the page', async () => {
  const calls = governing(bob.name, 'apac');
  const { hash } = await calls.propose('turnoutMillionths', '50000');
  const all = (await calls.proposals()).map(({ id }) => id);
  expect(all).toHaveLength(2);
  expect(all[0]).toBe(hash);
  type Page = { proposals: WireProposal[]; next: string | null };
  const first = await read<Page>('/v1/parameters/proposals?limit=1');
  expect(first.proposals).toHaveLength(1);
  const second = await read<Page>(`/v1/parameters/proposals?limit=1&after=${first.next}`);
  expect([first, second].map(({ proposals }) => proposals[0]?.id).sort()).toEqual([...all].sort());
  const third = second.next === null ? undefined : await read<Page>(`/v1/parameters/proposals?after=${second.next}`);
  expect(third?.proposals ?? []).toEqual([]);
});

it('a client pays no more than its caller said', async () => {
  const fetcher = ((input: RequestInfo | URL) => {
    const url = new URL(String(input));
    return url.pathname === '/v1/chain'
      ? Promise.resolve(Response.json({ tip: { height: '1' }, baseFeeZhi: '100001' }))
      : call('GET', url.pathname);
  }) as typeof fetch;
  const { createClient } = await import('../../clients/sdk/client.ts');
  const { accountOfSeed } = await import('../../clients/sdk/account.ts');
  const account = accountOfSeed(keyPair(alice.name).seed);
  const client = createClient({ url: 'https://x.example', fetch: fetcher, account });
  await expect(client.transfer(addressOf(bob.key), 1n as Zhi)).rejects.toThrow('this client pays at most 100000');
  expect(bytesToHex((await client.network()).hash)).toBe(bytesToHex((await alice.client.network()).hash));
});

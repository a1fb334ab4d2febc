/** Bonds, votes, reservations and grants over the API: into blocks that the seats execute, and their records into D1. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { bondOf, weightOf } from '../../protocol/record/bond.ts';
import { reservations } from '../../protocol/record/reservation.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeEpochReward } from '../../protocol/tx/epoch-reward.ts';
import { encodeRelease } from '../../protocol/tx/release.ts';
import { encodeReserve, RESERVATION_HOURS_MAX } from '../../protocol/tx/reserve.ts';
import { encodeSwapIn } from '../../protocol/tx/swap-in.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { encodeUnbond } from '../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../protocol/tx/vest-claim.ts';
import { encodeVote } from '../../protocol/tx/vote.ts';
import type { Zhi } from '../../protocol/units.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { audit } from '../support/audit.ts';
import { SNAPSHOT, unsignedClaim } from '../support/swap.ts';
import { expectProblem } from './api-caller.ts';
import { recordsAt, type Sender, startSender } from './api-sender.ts';

let alice: Sender;
let bob: Sender;
let feeZhi: bigint;
const zhi = (amount: bigint) => amount as Zhi;

beforeAll(async () => {
  forgetNetwork();
  alice = await startSender('stakes/alice');
  bob = await startSender('stakes/bob', 'apac');
  feeZhi = alice.genesis.baseFeeZhi;
}, 60_000);

afterEach(async () => {
  expect((await audit(env.DB)).faults).toEqual([]);
});

const bondNow = async ({ key }: Sender) => bondOf(await recordsAt({ kind: 'bond', key }), key);
const weightNow = async ({ key }: Sender) => weightOf(await recordsAt({ kind: 'tally', key }), key);

describe('a bond', () => {
  const bond = (amount: bigint) => encodeBond({ amountZhi: zhi(amount) });
  const begin = (amount: bigint) => encodeUnbond({ kind: 'begin', amountZhi: zhi(amount) });

  it('locks money, votes with it, and gives it out of the vote at once', async () => {
    const before = await alice.balance();
    expect(await alice.outcome('bond', bond(1000n))).toBe('applied');
    expect(await alice.balance()).toBe(before - 1000n - feeZhi);
    expect(await alice.outcome('vote', encodeVote({ candidate: bob.key }))).toBe('applied');
    expect(await bondNow(alice)).toMatchObject({ bondedZhi: 1000n, candidate: bob.key });
    expect(await weightNow(bob)).toBe(1000n);
    expect(await alice.outcome('unbond', begin(300n))).toBe('applied');
    expect(await bondNow(alice)).toMatchObject({ bondedZhi: 700n, unbonding: [{ amountZhi: 300n }] });
    expect(await weightNow(bob)).toBe(700n);
    expect(await alice.outcome('vote', encodeVote({ candidate: undefined }))).toBe('applied');
    expect(await weightNow(bob)).toBe(0n);
    expect(await alice.balance()).toBe(before - 1000n - 4n * feeZhi);
  }, 60_000);

  it('of nothing, a vote without one, and more out of it than is in it are refused', async () => {
    expect(await bob.outcome('bond', bond(0n))).toBe('amount_out_of_range');
    expect(await bob.outcome('vote', encodeVote({ candidate: alice.key }))).toBe('insufficient_bond');
    expect(await alice.outcome('unbond', begin(5000n))).toBe('insufficient_bond');
    expect(await alice.outcome('unbond', encodeUnbond({ kind: 'withdraw' }))).toBe('nothing_due');
    expect(await bondNow(alice)).toMatchObject({ bondedZhi: 700n });
    expect(await weightNow(alice)).toBe(0n);
  }, 60_000);

  it('that the balance does not cover is refused at once', async () => {
    const rich = await alice.client.account();
    await expectProblem(await alice.post('bond', bond(BigInt(rich.balanceZhi))), 'insufficient_balance');
    await expectProblem(await alice.post('bond', new Uint8Array(3)), 'tx_malformed');
    expect(await alice.client.account()).toEqual(rich);
  });
});

describe('a reservation', () => {
  const providerOf = ({ genesis }: Sender) => genesis.providers[0]?.key as Uint8Array;
  const stored = async (provider: Uint8Array) =>
    reservations.read(await recordsAt({ kind: 'reservation', key: provider }), provider);

  it('is paid for, and what was not used comes back with its release', async () => {
    const provider = providerOf(alice);
    const before = await alice.balance();
    const priceZhi = 2n * alice.genesis.reservationZhiPerHour;
    expect(await alice.outcome('reserve', encodeReserve({ provider, hours: 2 }))).toBe('applied');
    expect(await alice.balance()).toBe(before - priceZhi - feeZhi);
    expect(await stored(provider)).toMatchObject({ holder: alice.key, priceZhi, closed: false });
    expect(await bob.outcome('reserve', encodeReserve({ provider, hours: 1 }))).toBe('provider_reserved');
    expect(await bob.outcome('release', encodeRelease({ provider }))).toBe('not_authorised');
    expect(await alice.outcome('release', encodeRelease({ provider }))).toBe('applied');
    expect(await stored(provider)).toMatchObject({ closed: true });
    // The provider keeps the pay of some moments.
    const costZhi = before - (await alice.balance()) - 2n * feeZhi;
    expect(costZhi).toBeGreaterThan(0n);
    expect(costZhi).toBeLessThan(priceZhi / 60n);
  }, 60_000);

  it('of nobody, for no time, for too long, and the release of none are refused', async () => {
    const provider = providerOf(alice);
    expect(await alice.outcome('reserve', encodeReserve({ provider: bob.key, hours: 1 }))).toBe('unknown_provider');
    expect(await alice.outcome('reserve', encodeReserve({ provider, hours: 0 }))).toBe('invalid_field');
    const tooLong = encodeReserve({ provider, hours: RESERVATION_HOURS_MAX + 1 });
    await expectProblem(await alice.post('reserve', tooLong), 'insufficient_balance');
    expect(await alice.outcome('release', encodeRelease({ provider }))).toBe('unknown_reservation');
    expect(await stored(provider)).toMatchObject({ closed: true });
  }, 60_000);
});

describe('what is not due, or not the sender’s, is refused', () => {
  it('in its block, by the rule', async () => {
    expect(await alice.outcome('vestClaim', encodeVestClaim({ grant: 'founders' }))).toBe('nothing_due');
    expect(await alice.outcome('vestClaim', encodeVestClaim({ grant: 'marketing' }))).toBe('grant_locked');
  }, 60_000);

  it('at once, when only the network sends it, or it is for an account of the system', async () => {
    const before = await alice.client.account();
    const work = [{ account: alice.key, work: 1n, homeRegion: 0 }];
    await expectProblem(await alice.post('epochReward', encodeEpochReward({ epoch: 0n, work })), 'not_authorised');
    const lost = { to: SYSTEM_ACCOUNT.burned, amountZhi: zhi(1n), homeRegion: 0 };
    await expectProblem(await alice.post('transfer', encodeTransfer(lost)), 'system_account');
    expect(await alice.client.account()).toEqual(before);
  });
});

it('a swap claim on a network that takes over no token is refused before its signature is looked at', async () => {
  const before = await alice.client.account();
  const claim = { ...unsignedClaim(SNAPSHOT, 0, alice.key), signature: new Uint8Array(65) };
  await expectProblem(await alice.post('swapIn', encodeSwapIn(claim)), 'swap_closed');
  expect(await alice.client.account()).toEqual(before);
});

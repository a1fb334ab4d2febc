/** What time makes due: withdrawals, vested grants and reservations that are over, on a network that is a month old. */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { addressOf } from '../../protocol/address.ts';
import { bondOf } from '../../protocol/record/bond.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeRelease } from '../../protocol/tx/release.ts';
import { encodeReserve } from '../../protocol/tx/reserve.ts';
import { encodeUnbond } from '../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../protocol/tx/vest-claim.ts';
import type { Zhi } from '../../protocol/units.ts';
import { DAY_MS, vestedZhi } from '../../protocol/vesting.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { audit } from '../support/audit.ts';
import { VESTING_TERMS } from '../support/founding.ts';
import { recordsAt, type Sender, startSender } from './api-sender.ts';

const AGE_DAYS = 30n;
const now = Date.now;
let alice: Sender;
let bob: Sender;

beforeAll(async () => {
  forgetNetwork();
  // The clock of everybody, a month back; alarms that are set by it are due at once.
  vi.spyOn(Date, 'now').mockImplementation(() => now() - Number(AGE_DAYS * DAY_MS));
  alice = await startSender('due/alice');
  bob = await startSender('due/bob', 'apac');
}, 60_000);

afterAll(async () => {
  vi.restoreAllMocks();
  expect((await audit(env.DB)).faults).toEqual([]);
});

const withdraw = encodeUnbond({ kind: 'withdraw' });
const claim = encodeVestClaim({ grant: 'operationsTeam' });
const reserved = () => alice.genesis.providers[0]?.key as Uint8Array;

it('nothing of it is due before', async () => {
  expect(await alice.outcome('bond', encodeBond({ amountZhi: 900n as Zhi }))).toBe('applied');
  expect(await alice.outcome('unbond', encodeUnbond({ kind: 'begin', amountZhi: 400n as Zhi }))).toBe('applied');
  expect(await alice.outcome('reserve', encodeReserve({ provider: reserved(), hours: 1 }))).toBe('applied');
  expect(await alice.outcome('unbond', withdraw)).toBe('nothing_due');
  expect(await bob.outcome('vestClaim', claim)).toBe('nothing_due');
  expect(await bob.outcome('release', encodeRelease({ provider: reserved() }))).toBe('not_authorised');
}, 60_000);

it('is paid once its time has come, and once only', async () => {
  vi.restoreAllMocks();
  const { genesis, key } = alice;
  const before = await alice.balance();
  expect(await alice.outcome('unbond', withdraw)).toBe('applied');
  expect(await alice.balance()).toBe(before + 400n - genesis.baseFeeZhi);
  expect(bondOf(await recordsAt({ kind: 'bond', key }), key)).toMatchObject({ bondedZhi: 500n, unbonding: [] });
  expect(await alice.outcome('unbond', withdraw)).toBe('nothing_due');

  const terms = VESTING_TERMS.find(({ grant }) => grant === 'operationsTeam') as (typeof VESTING_TERMS)[number];
  const beneficiary = genesis.vesting.find(({ grant }) => grant === terms.grant)?.beneficiary as Uint8Array;
  const fund = async () => BigInt((await alice.client.account(addressOf(beneficiary))).balanceZhi);
  const held = await fund();
  expect(await bob.outcome('vestClaim', claim)).toBe('applied');
  const grantZhi = (10n ** 16n) as Zhi;
  const due = vestedZhi(terms, grantZhi, genesis, (genesis.createdMs + AGE_DAYS * DAY_MS) as typeof genesis.createdMs);
  expect(due).toBeGreaterThan(0n);
  expect((await fund()) - held).toBe(due);
  expect(await bob.outcome('vestClaim', claim)).toBe('nothing_due');

  const paid = genesis.reservationZhiPerHour;
  const provider = addressOf(reserved());
  const earned = BigInt((await alice.client.account(provider)).balanceZhi);
  expect(await bob.outcome('release', encodeRelease({ provider: reserved() }))).toBe('applied');
  expect(BigInt((await alice.client.account(provider)).balanceZhi) - earned).toBe(paid);
  expect(await bob.outcome('release', encodeRelease({ provider: reserved() }))).toBe('unknown_reservation');
}, 60_000);

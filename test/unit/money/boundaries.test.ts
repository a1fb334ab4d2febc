/**
 * The days of the grants, exactly: before, on and after each lock, and the exhaustion, in both readings of the daily releases; and
 * what leap days and a genesis just before midnight do to them.
 */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import type { VestingSchedule } from '../../../protocol/genesis.ts';
import { READINGS, type Reading } from '../../../protocol/money/schedule.ts';
import { encodeVestClaim } from '../../../protocol/tx/vest-claim.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { DAY_MS, exhaustionDay, vestedZhi } from '../../../protocol/vesting.ts';
import { VESTING_TERMS } from '../../support/founding.ts';
import { GENESIS_MS, type TestNetwork, testNetwork } from '../../support/network.ts';
import { StakeChain } from '../../support/stakes.ts';

type Grant = VestingSchedule['grant'];
const percent = (n: bigint) => (SUPPLY_ZHI / 100n) * n;
const onDay = (day: bigint) => GENESIS_MS + day * DAY_MS;

function readAs(base: Reading): TestNetwork {
  const keys = testNetwork('boundaries');
  return testNetwork('boundaries', {
    vesting: VESTING_TERMS.map((terms) => ({ ...terms, base, beneficiary: keys.key(terms.grant).key })),
  });
}
const networks = { grant: readAs('grant'), supply: readAs('supply') } as const;

/** Grant, reading, lock, grant in all, what a day releases, days from the lock to exhaustion; by hand from the white paper. */
const CASES: [Grant, Reading, bigint, bigint, bigint, bigint][] = [
  ['founders', 'grant', 1826n, percent(6n), 6_000_000_000_000n, 10_000n],
  ['founders', 'supply', 1826n, percent(6n), 100_000_000_000_000n, 600n],
  ['devAndOps', 'grant', 1461n, percent(1n), 1_000_000_000_000n, 10_000n],
  ['devAndOps', 'supply', 1461n, percent(1n), 100_000_000_000_000n, 100n],
  ['foundation', 'grant', 1096n, percent(1n), 1_000_000_000_000n, 10_000n],
  ['foundation', 'supply', 1096n, percent(1n), 100_000_000_000_000n, 100n],
  ['operationsTeam', 'grant', 0n, percent(1n), 20_000_000_000n, 500_000n],
  ['operationsTeam', 'supply', 0n, percent(1n), 2_000_000_000_000n, 5_000n],
];

describe.each(CASES)('%s, of the %s', (grant, reading, lock, total, daily, days) => {
  const network = networks[reading];
  const fund = SYSTEM_ACCOUNT[grant];
  const body = encodeVestClaim({ grant });
  const beneficiary = network.key(grant).key;

  test('is locked the day before, on the day, and a millisecond before the day after', () => {
    const chain = new StakeChain(network);
    if (lock > 0n) chain.refuses('nothing_due', chain.alice, 'vestClaim', body, onDay(lock - 1n));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', body, onDay(lock));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', body, onDay(lock + 1n) - 1n);
    chain.do(chain.alice, 'vestClaim', body, onDay(lock + 1n));
    expect([chain.balance(beneficiary), chain.balance(fund)]).toEqual([daily, total - daily]);
  });

  test('is over on its day and not a millisecond before; a claim that is sent again finds nothing due', () => {
    const chain = new StakeChain(network);
    const end = onDay(lock + days);
    chain.do(chain.alice, 'vestClaim', body, end - 1n);
    expect([chain.balance(beneficiary), chain.balance(fund)]).toEqual([total - daily, daily]);
    chain.refuses('nothing_due', chain.bob, 'vestClaim', body, end - 1n);
    chain.do(chain.bob, 'vestClaim', body, end);
    expect([chain.balance(beneficiary), chain.balance(fund)]).toEqual([total, 0n]);
    for (const timeMs of [end, end + DAY_MS, end + 1_000_000n * DAY_MS]) {
      chain.refuses('nothing_due', chain.bob, 'vestClaim', body, timeMs);
    }
  });

  test('is over on the day that the schedule states', () => {
    const terms = network.genesis.vesting.find((one) => one.grant === grant) as VestingSchedule;
    expect(exhaustionDay(terms, total as Zhi)).toBe(lock + days);
  });
});

describe('the day of exhaustion', () => {
  const terms = { lockDays: 3, dailyMillionths: 7, base: 'grant' } as const;
  const vestedOn = (day: bigint, grantZhi: bigint, base: Reading) =>
    vestedZhi({ ...terms, base }, grantZhi as Zhi, { createdMs: 0n as UnixMs }, (day * DAY_MS) as UnixMs);

  test.each([1n, 2n, 142_857n, 999_999n, 1_000_001n, SUPPLY_ZHI])(
    'is the first on which all of %s zhi is vested',
    (zhi) => {
      for (const base of READINGS) {
        const day = exhaustionDay({ ...terms, base }, zhi as Zhi) as bigint;
        expect(vestedOn(day, zhi, base)).toBe(zhi);
        expect(vestedOn(day - 1n, zhi, base)).toBeLessThan(zhi);
      }
    },
  );

  test('never comes at a rate of nothing', () => {
    expect(exhaustionDay({ ...terms, dailyMillionths: 0 }, 5n as Zhi)).toBeUndefined();
  });
});

const utc = (text: string) => BigInt(Date.parse(text));
const dateOf = (timeMs: bigint) => new Date(Number(timeMs)).toISOString();

describe('leap days', () => {
  /** A genesis; the last moment of five years of 1,826 days, of four of 1,461, of three of 1,096. */
  test.each([
    ['2024-02-28T00:00:00.000Z', '2029-02-27', '2028-02-28', '2027-02-28'],
    ['2024-02-29T00:00:00.000Z', '2029-02-28', '2028-02-29', '2027-03-01'],
    ['2024-03-01T00:00:00.000Z', '2029-03-01', '2028-03-01', '2027-03-02'],
    ['2026-11-30T00:00:00.000Z', '2031-11-30', '2030-11-30', '2029-11-30'],
    // 2100 is no leap year: four years have 1,460 days there, and the lock still has 1,461.
    ['2098-01-01T00:00:00.000Z', '2103-01-02', '2102-01-02', '2101-01-02'],
  ])('after a genesis at %s locks end on days, not on dates', (genesis, five, four, three) => {
    const createdMs = utc(genesis) as UnixMs;
    const ends = { founders: five, devAndOps: four, foundation: three } as Record<Grant, string>;
    for (const terms of VESTING_TERMS.filter(({ lockDays }) => lockDays > 0)) {
      const lockEnd = createdMs + BigInt(terms.lockDays) * DAY_MS;
      expect(dateOf(lockEnd).slice(0, 10)).toBe(ends[terms.grant]);
      const vestedAt = (timeMs: bigint) => vestedZhi(terms, percent(1n) as Zhi, { createdMs }, timeMs as UnixMs);
      expect([vestedAt(lockEnd), vestedAt(lockEnd + DAY_MS - 1n)]).toEqual([0n, 0n]);
      expect(vestedAt(lockEnd + DAY_MS)).toBe(percent(1n) / 10_000n);
    }
  });
});

describe('a genesis just before midnight', () => {
  const createdMs = utc('2026-06-30T23:59:59.999Z') as UnixMs;
  const terms = { lockDays: 0, dailyMillionths: 100, base: 'grant' } as const;
  const vestedAt = (text: string) => vestedZhi(terms, 1_000_000n as Zhi, { createdMs }, utc(text) as UnixMs);

  test('counts its days from itself: midnight a millisecond later is no day', () => {
    expect(vestedAt('2026-07-01T00:00:00.000Z')).toBe(0n);
    expect(vestedAt('2026-07-01T23:59:59.998Z')).toBe(0n);
    expect(vestedAt('2026-07-01T23:59:59.999Z')).toBe(100n);
    expect(vestedAt('2026-07-02T00:00:00.000Z')).toBe(100n);
    expect(vestedAt('2026-07-02T23:59:59.999Z')).toBe(200n);
    expect(vestedAt('2026-06-30T23:59:59.998Z')).toBe(0n);
  });
});

describe('marketing', () => {
  test('stays locked on every day of either reading, until governance sets its schedule', () => {
    for (const reading of READINGS) {
      const chain = new StakeChain(networks[reading]);
      for (const day of [0n, 1n, 1826n, 500_001n]) {
        chain.refuses('grant_locked', chain.alice, 'vestClaim', encodeVestClaim({ grant: 'marketing' }), onDay(day));
      }
    }
  });
});

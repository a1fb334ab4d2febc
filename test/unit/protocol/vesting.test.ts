/** Grants vest as the white paper's schedules say: nothing to the day of the lock, a fixed share a day after it, all at the end. */
import { describe, expect, test } from 'vitest';
import { addressOf, SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { genesisFault, type SCHEDULED_GRANTS, type VestingSchedule } from '../../../protocol/genesis.ts';
import { encodeVestClaim, type VestClaim } from '../../../protocol/tx/vest-claim.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { DAY_MS, parseBeneficiaries, vestedZhi } from '../../../protocol/vesting.ts';
import { VESTING_TERMS } from '../../support/founding.ts';
import { GENESIS_MS, testNetwork, vestingNetwork } from '../../support/network.ts';
import { FEE_ZHI, StakeChain } from '../../support/stakes.ts';

const network = vestingNetwork();
const claim = (grant: VestClaim['grant']) => encodeVestClaim({ grant });
const onDay = (day: bigint) => GENESIS_MS + day * DAY_MS;
const percent = (n: bigint) => (SUPPLY_ZHI / 100n) * n;

/** Grant, lock in days, what it is in all, what vests a day, days from the lock to its exhaustion. */
const SCHEDULES: [(typeof SCHEDULED_GRANTS)[number], bigint, bigint, bigint, bigint][] = [
  ['founders', 1826n, percent(6n), percent(6n) / 10_000n, 10_000n],
  ['devAndOps', 1461n, percent(1n), percent(1n) / 10_000n, 10_000n],
  ['foundation', 1096n, percent(1n), percent(1n) / 10_000n, 10_000n],
  ['operationsTeam', 0n, percent(1n), percent(1n) / 500_000n, 500_000n],
];

describe.each(SCHEDULES)('%s', (grant, lock, total, daily, days) => {
  const beneficiary = network.key(`beneficiary/${grant}`);
  const fund = SYSTEM_ACCOUNT[grant];

  test('pays nothing to the last moment of the day of the lock, and a day’s share on the next', () => {
    const chain = new StakeChain(network);
    if (lock > 0n) chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock - 1n));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock + 1n) - 1n);
    const result = chain.try(chain.alice, 'vestClaim', claim(grant), onDay(lock + 1n));
    expect(result.outcome).toEqual(['applied']);
    expect(chain.balance(beneficiary.key, result)).toBe(daily);
    expect(chain.balance(fund, result)).toBe(total - daily);
    expect(chain.balance(chain.alice.key, result)).toBe(chain.balance(chain.alice.key) - FEE_ZHI);
  });

  test('pays what came due since the last claim, the last share at exhaustion, and no more for ever', () => {
    const chain = new StakeChain(network);
    chain.do(chain.alice, 'vestClaim', claim(grant), onDay(lock + 3n));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock + 4n) - 1n);
    chain.do(chain.alice, 'vestClaim', claim(grant), onDay(lock + days - 1n));
    expect(chain.balance(beneficiary.key)).toBe(total - daily);
    chain.do(chain.alice, 'vestClaim', claim(grant), onDay(lock + days));
    expect([chain.balance(beneficiary.key), chain.balance(fund)]).toEqual([total, 0n]);
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock + days + 1n));
    chain.refuses('nothing_due', chain.alice, 'vestClaim', claim(grant), onDay(lock + 10n * days));
  });
});

describe('what stays locked', () => {
  test('marketing, whenever it is asked for', () => {
    const chain = new StakeChain(network);
    for (const day of [0n, 1826n, 1_000_000n]) {
      chain.refuses('grant_locked', chain.alice, 'vestClaim', claim('marketing'), onDay(day) + DAY_MS);
    }
  });

  test('a grant that the genesis gave no schedule', () => {
    const chain = new StakeChain(testNetwork());
    chain.refuses('grant_locked', chain.alice, 'vestClaim', claim('founders'), onDay(9999n));
  });
});

describe('a schedule', () => {
  const terms = VESTING_TERMS[0] as (typeof VESTING_TERMS)[0];
  const at = (ms: bigint, change: Partial<VestingSchedule> = {}, grantZhi = 99_999n as Zhi) =>
    vestedZhi({ ...terms, lockDays: 10, ...change }, grantZhi, { createdMs: 1000n as UnixMs }, ms as UnixMs);

  test('rounds down, and is whole at its end', () => {
    expect(at(1000n + 11n * DAY_MS)).toBe(9n);
    expect(at(1000n + (10n + 9_999n) * DAY_MS)).toBe(99_989n);
    expect(at(1000n + (10n + 10_000n) * DAY_MS)).toBe(99_999n);
    expect(at(0n)).toBe(0n);
  });

  test('of the supply is over in 600 days for the founders’ six hundredths', () => {
    const all = (SUPPLY_ZHI / 100n) * 6n;
    const of = (day: bigint) => at(1000n + (10n + day) * DAY_MS, { base: 'supply' }, all as Zhi);
    expect([of(599n), of(600n), of(601n)]).toEqual([all - SUPPLY_ZHI / 10_000n, all, all]);
  });

  test('is one a grant, and pays no system account', () => {
    const [first] = network.genesis.vesting as [VestingSchedule];
    expect(genesisFault({ ...network.genesis, vesting: [first, first] })).toBe('two schedules of a grant');
    const toItself = { ...first, beneficiary: SYSTEM_ACCOUNT.burned };
    expect(genesisFault({ ...network.genesis, vesting: [toItself] })).toBe('a grant to the system itself');
    expect(genesisFault({ ...network.genesis, epochMs: 0n as UnixMs })).toContain('epochs of 0 ms');
    expect(genesisFault(network.genesis)).toBeUndefined();
  });
});

describe('beneficiaries as text', () => {
  const { address, key } = network.key('beneficiary/founders');
  test('name a grant each', () => {
    expect(parseBeneficiaries('').size).toBe(0);
    expect([...parseBeneficiaries(`founders=${address},operationsTeam=${address}`)]).toEqual([
      ['founders', key],
      ['operationsTeam', key],
    ]);
  });

  test.each([
    `marketing=${address}`,
    `founders=${addressOf(SYSTEM_ACCOUNT.burned)}`,
    `founders=${address}=`,
    `founders=${address},founders=${address}`,
    `founders=${address},`,
    'founders=hai1',
    'founders',
    ` founders=${address}`,
  ])('are refused whole: %s', (text) => {
    expect(() => parseBeneficiaries(text)).toThrow(RangeError);
  });
});

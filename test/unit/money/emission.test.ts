/** Emission: half of the pool in four years, nothing once the pool is below the divisor, and the schedule is the rule's own. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { emissionFacts, emissionOf, emittedAfter, rewardOf } from '../../../protocol/money/emission.ts';
import { EMISSION_DIVISOR, epochEndMs } from '../../../protocol/record/epoch.ts';
import { encodeEpochReward } from '../../../protocol/tx/epoch-reward.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { testNetwork } from '../../support/network.ts';
import { StakeChain } from '../../support/stakes.ts';

const POOL = ((SUPPLY_ZHI / 100n) * 90n) as Zhi;
const FOUR_YEARS_HOURS = 35_064n;

describe('the emission of the miner pool', () => {
  test('is half over after exactly four years of hours: not an epoch before', () => {
    expect(FOUR_YEARS_HOURS).toBe(4n * 8_766n);
    const [before = 0n, at = 0n] = emittedAfter(POOL, [FOUR_YEARS_HOURS - 1n, FOUR_YEARS_HOURS]);
    expect(before * 2n < POOL).toBe(true);
    expect(at * 2n >= POOL).toBe(true);
    expect(emissionFacts(POOL).halfLifeEpochs).toBe(FOUR_YEARS_HOURS);
    // Rounding down, 35,064 times, is far below a ten-thousandth of a percent of the pool.
    expect(at * 2n - POOL).toBeLessThan(POOL / 50_000n);
  });

  test('halves again and again: three quarters after eight years, seven eighths after twelve', () => {
    const [four = 0n, eight = 0n, twelve = 0n] = emittedAfter(
      POOL,
      [1n, 2n, 3n].map((n) => n * FOUR_YEARS_HOURS),
    );
    const isNear = (amount: bigint, share: bigint) =>
      amount - share < POOL / 50_000n && share - amount < POOL / 50_000n;
    expect([isNear(four, POOL / 2n), isNear(eight, (POOL / 4n) * 3n), isNear(twelve, (POOL / 8n) * 7n)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('ends when the pool is below the divisor, and leaves that rest for ever', () => {
    expect([rewardOf(EMISSION_DIVISOR), rewardOf(EMISSION_DIVISOR - 1n), rewardOf(0n)]).toEqual([1n, 0n, 0n]);
    const { epochs, restZhi } = emissionFacts(POOL);
    expect(restZhi).toBe(EMISSION_DIVISOR - 1n);
    const [oneBefore = 0n, last = 0n, later = 0n] = emittedAfter(POOL, [
      epochs - 1n,
      epochs,
      epochs + 1_000_000_000_000n,
    ]);
    expect([oneBefore, last, later]).toEqual([POOL - restZhi - 1n, POOL - restZhi, POOL - restZhi]);
  });

  test.each([
    [0n, { halfLifeEpochs: 0n, epochs: 0n, restZhi: 0n }],
    [EMISSION_DIVISOR - 1n, { halfLifeEpochs: 0n, epochs: 0n, restZhi: EMISSION_DIVISOR - 1n }],
    [EMISSION_DIVISOR, { halfLifeEpochs: 1n, epochs: 1n, restZhi: EMISSION_DIVISOR - 1n }],
  ])('of a pool of %s zhi', (pool, facts) => {
    expect(emissionFacts(pool as Zhi)).toEqual(facts);
  });
});

describe('the rule', () => {
  const network = testNetwork();
  const searcher = network.searcher('weur');
  const reward = (epoch: bigint) =>
    encodeEpochReward({ epoch, work: [{ account: network.key('alice').key, work: 1n, homeRegion: 3 }] });

  test('mints what the schedule says, epoch by epoch', () => {
    const chain = new StakeChain(network);
    const planned = emittedAfter(POOL, [1n, 2n, 3n, 4n, 5n]);
    planned.forEach((mintedZhi, i) => {
      const epoch = BigInt(i);
      chain.do(searcher, 'epochReward', reward(epoch), epochEndMs(network.genesis, epoch));
      expect(chain.balance(SYSTEM_ACCOUNT.minerPool)).toBe(POOL - mintedZhi);
      chain.refuses('epoch_rewarded', searcher, 'epochReward', reward(epoch), epochEndMs(network.genesis, epoch));
    });
  });

  test.each([
    [EMISSION_DIVISOR - 1n, 0n],
    [EMISSION_DIVISOR, 1n],
    [2n * EMISSION_DIVISOR - 1n, 1n],
  ])('of a pool of %s zhi mints %s', (pool, minted) => {
    const [first, ...others] = network.genesis.allocations;
    const rest = { account: network.key('rich').key, amount: (POOL - pool) as Zhi, homeRegion: 3 };
    const poor = testNetwork('test', {
      allocations: [{ account: SYSTEM_ACCOUNT.minerPool, amount: pool as Zhi, homeRegion: 3 }, rest, ...others],
    });
    expect(first?.amount).toBe(POOL);
    const chain = new StakeChain(poor);
    const result = chain.try(searcher, 'epochReward', reward(0n), epochEndMs(poor.genesis, 0n));
    expect(result.outcome).toEqual(['applied']);
    expect(chain.balance(SYSTEM_ACCOUNT.minerPool, result)).toBe(pool - minted);
  });
});

test('one walk gives the facts, and what any numbers of epochs mint', () => {
  const end = emissionFacts(POOL).epochs;
  const asked = [0n, 0n, 1n, 2n, 2n, FOUR_YEARS_HOURS, end - 1n, end, end + 1n, end + 1_000_000n];
  const { facts, emitted } = emissionOf(POOL, asked);
  expect(facts).toEqual(emissionFacts(POOL));
  expect(emitted).toEqual(emittedAfter(POOL, asked));
  expect(emissionOf(0n as Zhi, [0n, 5n]).emitted).toEqual([0n, 0n]);
});

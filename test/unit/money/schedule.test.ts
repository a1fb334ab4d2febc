/** The schedule of a year is what the rules give by then; facts are exact; terms come from a file or from a genesis. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { emittedAfter } from '../../../protocol/money/emission.ts';
import {
  circulatingByYear,
  type MoneyTerms,
  moneyFacts,
  moneyTerms,
  plannedTerms,
  READINGS,
  YEAR_MS,
} from '../../../protocol/money/schedule.ts';
import { wireTokenomics } from '../../../protocol/money/wire.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { DAY_MS } from '../../../protocol/vesting.ts';
import { shippedTerms } from '../../support/founding.ts';
import { EPOCH_MS, GENESIS_MS, testNetwork, vestingNetwork } from '../../support/network.ts';

const planned = plannedTerms(shippedTerms());
const percent = (n: bigint) => (SUPPLY_ZHI / 100n) * n;
const at = (reading: 'grant' | 'supply', year: number) => {
  const [row] = circulatingByYear(planned, reading, [year]);
  return Object.fromEntries((row?.byAllocation ?? []).map((one) => [one.account, one.circulatingZhi]));
};

describe('what circulates', () => {
  test('is nothing at the genesis, and never more than the supply', () => {
    for (const reading of READINGS) {
      const rows = circulatingByYear(planned, reading, [0, 1, 50, 200]);
      expect(rows[0]?.circulatingZhi).toBe(0n);
      const amounts = rows.map(({ circulatingZhi }) => circulatingZhi);
      expect(amounts).toEqual(amounts.toSorted((a, b) => (a < b ? -1 : 1)));
      expect(amounts.at(-1)).toBeLessThan(SUPPLY_ZHI);
      for (const row of rows) {
        expect(row.byAllocation.reduce((sum, one) => sum + one.circulatingZhi, 0n)).toBe(row.circulatingZhi);
      }
    }
  });

  test('of the grants, by hand: a share of the grant', () => {
    // 365.25 days a year: of six years 365 days are after the founders' lock of 1,826.
    expect(at('grant', 5)).toMatchObject({ founders: 0n, foundation: (percent(1n) * 730n) / 10_000n });
    expect(at('grant', 6)).toMatchObject({ founders: (percent(6n) * 365n) / 10_000n, marketing: 0n });
    expect(at('grant', 40)).toMatchObject({
      founders: percent(6n),
      devAndOps: percent(1n),
      foundation: percent(1n),
      operationsTeam: (percent(1n) * 14_610n) / 500_000n,
    });
  });

  test('of the grants, by hand: a share of the supply', () => {
    expect(at('supply', 6)).toMatchObject({ founders: (SUPPLY_ZHI * 365n) / 10_000n, devAndOps: percent(1n) });
    expect(at('supply', 13)).toMatchObject({ operationsTeam: (SUPPLY_ZHI * 4748n * 2n) / 1_000_000n });
    expect(at('supply', 14)).toMatchObject({ founders: percent(6n), operationsTeam: percent(1n), marketing: 0n });
  });

  test('of the miners is the emission of 8,766 epochs a year', () => {
    const emitted = emittedAfter(percent(90n) as Zhi, [8_766n, 40n * 8_766n]);
    expect([at('grant', 1).minerPool, at('supply', 40).minerPool]).toEqual(emitted);
    expect(YEAR_MS).toBe(8_766n * 3_600_000n);
  });
});

describe('the facts', () => {
  test('are the paper’s readings to the day', () => {
    const { emission, grants } = moneyFacts(planned);
    expect(emission).toMatchObject({ halfLifeEpochs: 35_064n, halfLifeMs: 4n * YEAR_MS, restZhi: 50_586n });
    expect(grants.map((one) => [one.grant, one.first.day, one.exhausted.grant.day, one.exhausted.supply.day])).toEqual([
      ['founders', 1827n, 11_826n, 2426n],
      ['devAndOps', 1462n, 11_461n, 1561n],
      ['foundation', 1097n, 11_096n, 1196n],
      ['operationsTeam', 1n, 500_000n, 5000n],
    ]);
  });

  test('of a network are on its own days', () => {
    const { grants } = moneyFacts(moneyTerms(vestingNetwork().genesis));
    for (const { first, exhausted } of grants) {
      for (const { day, timeMs } of [first, exhausted.grant, exhausted.supply]) {
        expect(timeMs).toBe(GENESIS_MS + day * DAY_MS);
      }
    }
  });
});

describe('the terms', () => {
  test('of a file and of the genesis founded from it are the same but for the time', () => {
    const { allocations, vesting, epochMs } = shippedTerms();
    const network = testNetwork('founded', {
      createdMs: 0n as UnixMs,
      epochMs,
      vesting: vesting.map((terms) => ({ ...terms, beneficiary: new Uint8Array(32).fill(1) })),
      allocations: allocations.map(({ account, amountZhi }) => {
        return { account: SYSTEM_ACCOUNT[account], amount: amountZhi, homeRegion: 3 };
      }),
    });
    const founded = moneyTerms(network.genesis);
    for (const reading of READINGS) {
      expect(circulatingByYear(founded, reading, [1, 7, 15])).toEqual(circulatingByYear(planned, reading, [1, 7, 15]));
    }
  });

  test('of a development network have the faucet’s money in circulation, and no schedule where none is', () => {
    const terms = moneyTerms(testNetwork().genesis);
    expect(terms).toMatchObject({ createdMs: GENESIS_MS, epochMs: EPOCH_MS, othersZhi: percent(1n), vesting: [] });
    expect(plannedTerms(shippedTerms('development')).othersZhi).toBe(percent(1n));
    const [row] = circulatingByYear(terms, 'grant', [0]);
    expect(row?.circulatingZhi).toBe(percent(1n));
  });

  test('have marketing’s schedule once governance has set it', () => {
    const { genesis } = testNetwork('voted', {
      vesting: vestingNetwork().genesis.vesting,
      allocations: shippedTerms().allocations.map(({ account, amountZhi }) => {
        return { account: SYSTEM_ACCOUNT[account], amount: amountZhi, homeRegion: 3 };
      }),
    });
    const beneficiary = new Uint8Array(32).fill(5);
    const marketing = { beneficiary, lockDays: 30, dailyMillionths: 1000, base: 'grant' } as const;
    const ofMarketing = (terms: MoneyTerms) => {
      const [row] = circulatingByYear(terms, 'grant', [1]);
      return row?.byAllocation.find(({ account }) => account === 'marketing')?.circulatingZhi;
    };
    expect(ofMarketing(moneyTerms(genesis))).toBe(0n);
    expect(ofMarketing(moneyTerms(genesis, marketing))).toBe((percent(1n) * 335n) / 1000n);
    expect(moneyFacts(moneyTerms(genesis, marketing)).grants.at(-1)).toMatchObject({
      grant: 'marketing',
      exhausted: { grant: { day: 1030n }, supply: { day: 40n } },
    });
  });

  test('tell no grant whose fund was given nothing, as where the faucet has it', () => {
    const development = plannedTerms(shippedTerms('development'));
    const marketing = { grant: 'marketing', lockDays: 30, dailyMillionths: 1000, base: 'grant' } as const;
    const terms: MoneyTerms = { ...development, vesting: [...development.vesting, marketing] };
    const named = (of: MoneyTerms) => moneyFacts(of).grants.map(({ grant }) => grant);
    expect(named(terms)).toEqual(['founders', 'devAndOps', 'foundation', 'operationsTeam']);
    const nothing = {
      ...terms,
      allocations: [...terms.allocations, { account: 'marketing' as const, amountZhi: 0n as Zhi }],
    };
    expect(named(nothing)).toEqual(named(terms));
    expect(named({ ...planned, vesting: terms.vesting })).toEqual([...named(terms), 'marketing']);
    expect(wireTokenomics(terms, ['grant'], [0]).grants).toHaveLength(4);
  });

  test('as JSON hold no number that JSON would round', () => {
    const wire = JSON.parse(JSON.stringify(wireTokenomics(planned, READINGS, [0, 1])));
    expect(wire).toMatchObject({ supplyZhi: SUPPLY_ZHI.toString(), emissionDivisor: '50587', epochMs: '3600000' });
    expect(wire.readings.grant).toHaveLength(2);
    expect(wire.readings.supply[1].byAllocation.minerPool).toBe(at('supply', 1).minerPool?.toString());
    expect(wireTokenomics(planned, ['grant'], [0]).readings.supply).toBeUndefined();
  });
});

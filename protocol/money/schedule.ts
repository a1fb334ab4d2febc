/**
 * Tokenomics: how much of each allocation circulates by when, by the rules' own functions (white paper 5.2). The paper names no
 * denominator of the daily releases, so both readings are computed: a share of the grant, and a share of the supply. Which of them
 * a network goes by its genesis says.
 */
import { SYSTEM_ACCOUNT, type SystemAccountName } from '../address.ts';
import type { FoundingTerms } from '../found-genesis.ts';
import { allocatedTo, type Genesis, type VestingSchedule } from '../genesis.ts';
import type { MarketingVesting } from '../governance/values.ts';
import type { UnixMs, Zhi } from '../units.ts';
import { DAY_MS, exhaustionDay, vestedZhi } from '../vesting.ts';
import { type Emission, type EmissionFacts, emissionFacts, emissionOf, emittedAfter } from './emission.ts';
import { genesisSupply, UNMINTED_ACCOUNTS } from './supply.ts';

export const READINGS = ['grant', 'supply'] as const;
export type Reading = (typeof READINGS)[number];

/** 365.25 days, 8,766 hours: four of them are the 35,064 hours of the emission's half-life. */
export const YEAR_MS = 31_557_600_000n;
export const YEARS_MAX = 200;

type UnmintedAccount = (typeof UNMINTED_ACCOUNTS)[number];
/** Marketing's is no term of a genesis: governance sets it. */
export type GrantSchedule = Omit<VestingSchedule, 'beneficiary' | 'grant'> & {
  readonly grant: VestingSchedule['grant'] | 'marketing';
};

export interface MoneyTerms {
  readonly createdMs: UnixMs;
  readonly epochMs: UnixMs;
  /** What is not minted at the genesis. */
  readonly allocations: readonly { readonly account: UnmintedAccount; readonly amountZhi: Zhi }[];
  /** What is: a faucet's money, what backs a swap. */
  readonly othersZhi: Zhi;
  readonly vesting: readonly GrantSchedule[];
}

/** `marketing`: as governance has set it by now, null while the grant is locked. */
export function moneyTerms(genesis: Genesis, marketing: MarketingVesting = null): MoneyTerms {
  const { createdMs, epochMs } = genesis;
  const allocations = UNMINTED_ACCOUNTS.map((account) => {
    return { account, amountZhi: allocatedTo(genesis, SYSTEM_ACCOUNT[account]) };
  }).filter(({ amountZhi }) => amountZhi > 0n);
  const voted = marketing ? [{ grant: 'marketing' as const, ...marketing }] : [];
  const vesting: GrantSchedule[] = [...genesis.vesting, ...voted].map(({ beneficiary: _, ...schedule }) => schedule);
  return { createdMs, epochMs, allocations, othersZhi: genesisSupply(genesis).mintedZhi, vesting };
}

/** Of a network that is not founded yet, as if every grant had its beneficiary. Times count from its founding, which is 0. */
export function plannedTerms({ allocations, vesting, epochMs, faucet }: FoundingTerms): MoneyTerms {
  const isUnminted = (account: SystemAccountName): account is UnmintedAccount =>
    account !== faucet && UNMINTED_ACCOUNTS.some((name) => name === account);
  const unminted = allocations.flatMap(({ account, amountZhi }) =>
    isUnminted(account) ? [{ account, amountZhi }] : [],
  );
  const othersZhi = allocations.reduce((sum, one) => sum + (isUnminted(one.account) ? 0n : one.amountZhi), 0n) as Zhi;
  const schedules = vesting.map(({ beneficiary: _, ...schedule }) => schedule);
  return { createdMs: 0n as UnixMs, epochMs, allocations: unminted, othersZhi, vesting: schedules };
}

export interface Circulating {
  /** Whole years after the genesis. */
  readonly year: number;
  readonly timeMs: UnixMs;
  /** Minted or vested of each allocation by then, in the order of the terms. */
  readonly byAllocation: readonly { readonly account: UnmintedAccount; readonly circulatingZhi: Zhi }[];
  /** Of all, with what circulates from the genesis on. */
  readonly circulatingZhi: Zhi;
}

const poolOf = ({ allocations }: MoneyTerms): Zhi =>
  allocations.find(({ account }) => account === 'minerPool')?.amountZhi ?? (0n as Zhi);

const epochsBy = ({ epochMs }: MoneyTerms, years: readonly number[]): bigint[] =>
  years.map((year) => (BigInt(year) * YEAR_MS) / epochMs);

/** What of tokenomics takes long to compute, once for all of it: by the end of each of the years, which do not fall. */
export const emissionByYear = (terms: MoneyTerms, years: readonly number[]): Emission =>
  emissionOf(poolOf(terms), epochsBy(terms, years));

/** At the end of each of the years, from 0. Burned fees are not taken off: nobody knows them beforehand. */
export function circulatingByYear(
  terms: MoneyTerms,
  reading: Reading,
  years: readonly number[],
  emitted: readonly Zhi[] = emittedAfter(poolOf(terms), epochsBy(terms, years)),
): Circulating[] {
  const times = years.map((year) => (terms.createdMs + BigInt(year) * YEAR_MS) as UnixMs);
  const columns = terms.allocations.map(({ account, amountZhi }) => {
    const amounts = account === 'minerPool' ? emitted : vestedBy(terms, reading, account, amountZhi, times);
    return { account, amounts };
  });
  return years.map((year, i) => {
    const byAllocation = columns.map(({ account, amounts }) => ({ account, circulatingZhi: amounts[i] as Zhi }));
    const circulatingZhi = byAllocation.reduce((sum, one) => sum + one.circulatingZhi, terms.othersZhi as bigint);
    return { year, timeMs: times[i] as UnixMs, byAllocation, circulatingZhi: circulatingZhi as Zhi };
  });
}

function vestedBy(
  terms: MoneyTerms,
  base: Reading,
  account: UnmintedAccount,
  amountZhi: Zhi,
  times: readonly UnixMs[],
): Zhi[] {
  const schedule = terms.vesting.find(({ grant }) => grant === account);
  if (!schedule) return times.map(() => 0n as Zhi);
  return times.map((timeMs) => vestedZhi({ ...schedule, base }, amountZhi, terms, timeMs));
}

/** When a grant begins to vest and when all of it has, in one reading. */
export interface GrantEnd {
  /** Whole days after the genesis. */
  readonly day: bigint;
  readonly timeMs: UnixMs;
}

export interface GrantFacts extends GrantSchedule {
  readonly amountZhi: Zhi;
  /** The first day on which anything is vested. */
  readonly first: GrantEnd;
  readonly exhausted: Record<Reading, GrantEnd>;
}

export interface MoneyFacts {
  readonly emission: EmissionFacts & { readonly halfLifeMs: bigint };
  readonly grants: readonly GrantFacts[];
}

export function moneyFacts(terms: MoneyTerms, emission: EmissionFacts = emissionFacts(poolOf(terms))): MoneyFacts {
  const onDay = (day: bigint): GrantEnd => ({ day, timeMs: (terms.createdMs + day * DAY_MS) as UnixMs });
  const grants = terms.vesting.flatMap((schedule): GrantFacts[] => {
    const amountZhi = terms.allocations.find(({ account }) => account === schedule.grant)?.amountZhi;
    // Of a fund that was given nothing, as where the faucet has the grant, nothing ever vests.
    if (!amountZhi) return [];
    const end = (base: Reading) => onDay(exhaustionDay({ ...schedule, base }, amountZhi) ?? 0n);
    const first = onDay(BigInt(schedule.lockDays) + 1n);
    return [{ ...schedule, amountZhi, first, exhausted: { grant: end('grant'), supply: end('supply') } }];
  });
  return { emission: { ...emission, halfLifeMs: emission.halfLifeEpochs * terms.epochMs }, grants };
}

/** Tokenomics as JSON: what `GET /v1/tokenomics` and `hai tokenomics --json` answer. Amounts, times and counts are decimal strings. */
import { EMISSION_DIVISOR } from '../record/epoch.ts';
import { SUPPLY_ZHI } from '../units.ts';
import type { Emission } from './emission.ts';
import {
  type Circulating,
  circulatingByYear,
  emissionByYear,
  type GrantEnd,
  type MoneyTerms,
  moneyFacts,
  type Reading,
} from './schedule.ts';

interface WireDay {
  /** Whole days after the genesis, and the Unix ms at which that day begins. */
  day: string;
  timeMs: string;
}

export interface WireCirculating {
  year: number;
  timeMs: string;
  /** By account; in its order of `allocations`. */
  byAllocation: Record<string, string>;
  circulatingZhi: string;
}

export interface WireTokenomics {
  supplyZhi: string;
  createdMs: string;
  epochMs: string;
  /** What is left of the miner pool, by this, is minted an epoch. */
  emissionDivisor: string;
  allocations: { account: string; amountZhi: string }[];
  /** What circulates from the genesis on. */
  othersZhi: string;
  emission: { halfLifeEpochs: string; halfLifeMs: string; epochs: string; restZhi: string };
  grants: {
    grant: string;
    amountZhi: string;
    lockDays: number;
    dailyMillionths: number;
    /** The reading that the network goes by. */
    base: Reading;
    first: WireDay;
    exhausted: Record<Reading, WireDay>;
  }[];
  /** The end of each year in each reading, from year 0. */
  readings: Partial<Record<Reading, WireCirculating[]>>;
}

const wireDay = ({ day, timeMs }: GrantEnd): WireDay => ({ day: day.toString(), timeMs: timeMs.toString() });

function wireYears(rows: readonly Circulating[]): WireCirculating[] {
  return rows.map(({ year, timeMs, byAllocation, circulatingZhi }) => ({
    year,
    timeMs: timeMs.toString(),
    byAllocation: Object.fromEntries(byAllocation.map((one) => [one.account, one.circulatingZhi.toString()])),
    circulatingZhi: circulatingZhi.toString(),
  }));
}

/** `walked`: `emissionByYear` of the same terms and years, from whoever keeps it. */
export function wireTokenomics(
  terms: MoneyTerms,
  readings: readonly Reading[],
  years: readonly number[],
  walked: Emission = emissionByYear(terms, years),
): WireTokenomics {
  const { emission, grants } = moneyFacts(terms, walked.facts);
  const rowsOf = (reading: Reading) => circulatingByYear(terms, reading, years, walked.emitted);
  return {
    supplyZhi: SUPPLY_ZHI.toString(),
    createdMs: terms.createdMs.toString(),
    epochMs: terms.epochMs.toString(),
    emissionDivisor: EMISSION_DIVISOR.toString(),
    allocations: terms.allocations.map(({ account, amountZhi }) => ({ account, amountZhi: amountZhi.toString() })),
    othersZhi: terms.othersZhi.toString(),
    emission: {
      halfLifeEpochs: emission.halfLifeEpochs.toString(),
      halfLifeMs: emission.halfLifeMs.toString(),
      epochs: emission.epochs.toString(),
      restZhi: emission.restZhi.toString(),
    },
    grants: grants.map(({ amountZhi, first, exhausted, ...schedule }) => ({
      ...schedule,
      amountZhi: amountZhi.toString(),
      first: wireDay(first),
      exhausted: { grant: wireDay(exhausted.grant), supply: wireDay(exhausted.supply) },
    })),
    readings: Object.fromEntries(readings.map((reading) => [reading, wireYears(rowsOf(reading))])),
  };
}

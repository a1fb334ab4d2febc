/** The schedule of the money as plain text within 80 columns: a table of the years, and a plot of them. */

import { formatPercent, wholeHai } from '../../protocol/money/quantity.ts';
import {
  type Circulating,
  circulatingByYear,
  type GrantEnd,
  type MoneyFacts,
  type MoneyTerms,
  READINGS,
  type Reading,
} from '../../protocol/money/schedule.ts';
import { SUPPLY_ZHI, ZHI_PER_HAI } from '../../protocol/units.ts';
import { DAY_MS } from '../../protocol/vesting.ts';
import { rfc3339 } from '../../protocol/webhook/rfc3339.ts';

/** Heading and letter of each allocation. */
export const ALLOCATION_LABELS: Record<Circulating['byAllocation'][number]['account'], readonly [string, string]> = {
  minerPool: ['miners', 'm'],
  vesting: ['vesting', 'v'],
  founders: ['founders', 'F'],
  devAndOps: ['dev+ops', 'D'],
  foundation: ['foundat.', 'N'],
  operationsTeam: ['op.team', 'O'],
  marketing: ['market.', 'M'],
};

export const READING_TITLES: Record<Reading, string> = {
  grant: 'daily releases as a share of the grant',
  supply: 'daily releases as a share of the supply',
};

const MILLION_ZHI = 1_000_000n * ZHI_PER_HAI;
const CELL_WIDTH = 9;

/** "1431.24": millions of HAI, two decimals, rounded down. */
export function millions(amountZhi: bigint): string {
  const hundredths = (amountZhi * 100n) / MILLION_ZHI;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}`;
}

/** "14.31%" of the supply, rounded down. */
export function shareOfSupply(amountZhi: bigint): string {
  const hundredths = (amountZhi * 10_000n) / SUPPLY_ZHI;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}%`;
}

export function yearTable(rows: readonly Circulating[]): string {
  const heads = (rows[0]?.byAllocation ?? []).map(({ account }) => ALLOCATION_LABELS[account][0]);
  const line = (year: string, cells: readonly string[], share: string) =>
    `${year.padStart(4)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')} ${share.padStart(8)}`;
  return [
    line('year', [...heads, 'all'], 'supply'),
    ...rows.map(({ year, byAllocation, circulatingZhi }) => {
      const cells = [...byAllocation.map((one) => one.circulatingZhi), circulatingZhi].map(millions);
      return line(String(year), cells, shareOfSupply(circulatingZhi));
    }),
  ].join('\n');
}

const BAR_WIDTH = 64;

/** A bar a year, as long as what circulates of the supply; each allocation is its letter. */
export function yearPlot(rows: readonly Circulating[]): string {
  const accounts = (rows[0]?.byAllocation ?? []).map(({ account }) => account);
  const bars = rows.map(
    (row) => `${String(row.year).padStart(4)} |${barOf(row)}| ${shareOfSupply(row.circulatingZhi)}`,
  );
  const key = accounts.map((account) => ALLOCATION_LABELS[account].toReversed().join(' '));
  return [...bars, `     ${key.join(', ')}`].join('\n');
}

/** Each letter ends where the sum so far does, so that rounding never adds up. */
function barOf({ byAllocation, circulatingZhi }: Circulating): string {
  let sum = circulatingZhi - byAllocation.reduce((total, one) => total + one.circulatingZhi, 0n);
  let bar = '*'.repeat(cellsOf(sum));
  for (const { account, circulatingZhi: amount } of byAllocation) {
    sum += amount;
    bar = bar.padEnd(cellsOf(sum), ALLOCATION_LABELS[account][1]);
  }
  return bar.padEnd(BAR_WIDTH);
}

const cellsOf = (amountZhi: bigint): number => Number((amountZhi * BigInt(BAR_WIDTH) + SUPPLY_ZHI / 2n) / SUPPLY_ZHI);

/** Days as years of 365.25 days, to the nearest tenth. */
export function inYears(days: bigint): string {
  const count = (days * 80n + 1461n) / 2922n;
  return `${count / 10n}.${count % 10n}`;
}

const dayText = ({ day, timeMs }: GrantEnd, isFounded: boolean): string =>
  `day ${day}${isFounded ? `, ${rfc3339(timeMs).slice(0, 10)}` : ''}`;

/** What is exact: when each grant begins and ends, and the emission's half-life and rest. */
export function factsText({ emission, grants }: MoneyFacts, { createdMs }: MoneyTerms): string {
  const isFounded = createdMs > 0n;
  return [
    `miners: half of what is left every ${emission.halfLifeEpochs} epochs (${inYears(emission.halfLifeMs / DAY_MS)} years);`,
    `  ${emission.epochs} epochs pay, and ${emission.restZhi} zhi stay in the pool`,
    ...grants.map((grant) => grantText(grant, isFounded)),
  ].join('\n');
}

function grantText(facts: MoneyFacts['grants'][number], isFounded: boolean): string {
  const { grant, amountZhi, lockDays, dailyMillionths, base, first, exhausted } = facts;
  const ends = (reading: Reading) => {
    const end = exhausted[reading];
    const days = end.day - BigInt(lockDays);
    return `  ends, of the ${reading}: ${dayText(end, isFounded)}, ${days} days (${inYears(days)} years) after the lock`;
  };
  return [
    `${grant}: ${wholeHai(amountZhi)} HAI, locked ${lockDays} days, then ${formatPercent(dailyMillionths)} a day of the ${base}`,
    `  first: ${dayText(first, isFounded)}`,
    ...READINGS.map(ends),
  ].join('\n');
}

/** The table of a reading, or its plot. */
export function readingText(terms: MoneyTerms, reading: Reading, years: readonly number[], isPlot: boolean): string {
  const rows = circulatingByYear(terms, reading, years);
  const unit = isPlot ? 'circulating' : 'circulating, millions of HAI';
  return `${READING_TITLES[reading]} (${unit})\n${isPlot ? yearPlot(rows) : yearTable(rows)}`;
}

/** Quantities as people write them in the genesis file: "0.01%", "1826 days", "36 HAI". Exact, or not taken at all. */
import { formatHai, parseHai, type UnixMs, ZHI_PER_HAI, type Zhi } from '../units.ts';

const MILLIONTHS_PER_PERCENT = 10_000;

/** "0.01%" to 100 millionths: up to four decimals, at most 100%. Undefined for anything else. */
export function parsePercent(text: string): number | undefined {
  const match = /^(0|[1-9]\d{0,2})(?:\.(\d{1,4}))?%$/.exec(text);
  if (!match) return undefined;
  const millionths = Number(match[1]) * MILLIONTHS_PER_PERCENT + Number((match[2] ?? '').padEnd(4, '0'));
  return millionths <= 100 * MILLIONTHS_PER_PERCENT ? millionths : undefined;
}

export function formatPercent(millionths: number): string {
  const whole = Math.trunc(millionths / MILLIONTHS_PER_PERCENT);
  const decimals = String(millionths % MILLIONTHS_PER_PERCENT).padStart(4, '0');
  return `${withDecimals(String(whole), decimals)}%`;
}

const withDecimals = (whole: string, decimals: string): string => {
  const kept = decimals.replace(/0+$/, '');
  return kept === '' ? whole : `${whole}.${kept}`;
};

/** Longest first: what is written is in the longest that divides it. */
const UNIT_MS = [
  ['day', 86_400_000n],
  ['hour', 3_600_000n],
  ['minute', 60_000n],
  ['second', 1_000n],
  ['millisecond', 1n],
] as const;

/** "1826 days", "1 hour", "60 seconds" in milliseconds. Undefined for anything else; days are of 24 hours. */
export function parseDuration(text: string): UnixMs | undefined {
  const match = /^(0|[1-9]\d{0,11}) ([a-z]+?)s?$/.exec(text);
  const unit = UNIT_MS.find(([name]) => name === match?.[2]);
  return match && unit ? ((BigInt(match[1] as string) * unit[1]) as UnixMs) : undefined;
}

export function formatDuration(durationMs: bigint): string {
  const [name, unitMs] = UNIT_MS.find(([, ms]) => durationMs % ms === 0n) as (typeof UNIT_MS)[number];
  const count = durationMs / unitMs;
  return `${count} ${name}${count === 1n ? '' : 's'}`;
}

/** "36 HAI", "0.00001 HAI": the unit is part of it. */
export function parseHaiAmount(text: string): Zhi | undefined {
  return text.endsWith(' HAI') ? parseHai(text.slice(0, -' HAI'.length)) : undefined;
}

/** Without the zeros at the end. */
export function shortHai(amountZhi: bigint): string {
  const [whole = '', decimals = ''] = formatHai(amountZhi).replace(' HAI', '').split('.');
  return `${withDecimals(whole, decimals)} HAI`;
}

/** Whole HAI, rounded down, in groups of three: what a table shows. */
export function wholeHai(amountZhi: bigint): string {
  return (amountZhi / ZHI_PER_HAI).toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

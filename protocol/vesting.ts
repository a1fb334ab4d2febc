/**
 * How grants vest (white paper 5.2; chain.md "Money and accounts"). `vested(d) = min(A, floor(base * rate * d))` for d whole days
 * after the lock, nothing before. The paper names no denominator of the daily rate: it is the grant here, and a parameter.
 */
import { parseAddress } from './address.ts';
import type { Genesis, VestingSchedule } from './genesis.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from './units.ts';

export const DAY_MS = 86_400_000n;
const MILLIONTHS = 1_000_000n;

/** Locks of five, four and three years with their leap days; 0.01% a day, the operations team 0.0002%. */
export const VESTING_TERMS: readonly Omit<VestingSchedule, 'beneficiary'>[] = [
  { grant: 'founders', lockDays: 1826, dailyMillionths: 100, base: 'grant' },
  { grant: 'devAndOps', lockDays: 1461, dailyMillionths: 100, base: 'grant' },
  { grant: 'foundation', lockDays: 1096, dailyMillionths: 100, base: 'grant' },
  { grant: 'operationsTeam', lockDays: 0, dailyMillionths: 2, base: 'grant' },
];

/** Of a grant of `grantZhi`, at a time. Rounded down: the fund keeps the fraction until a later day makes it whole. */
export function vestedZhi(
  schedule: Pick<VestingSchedule, 'lockDays' | 'dailyMillionths' | 'base'>,
  grantZhi: Zhi,
  { createdMs }: Pick<Genesis, 'createdMs'>,
  timeMs: UnixMs,
): Zhi {
  const days = (timeMs - createdMs) / DAY_MS - BigInt(schedule.lockDays);
  if (timeMs < createdMs || days <= 0n) return 0n as Zhi;
  const base = schedule.base === 'grant' ? grantZhi : SUPPLY_ZHI;
  const vested = (base * BigInt(schedule.dailyMillionths) * days) / MILLIONTHS;
  return (vested < grantZhi ? vested : grantZhi) as Zhi;
}

/** Grants and whom they pay, as whoever founds a network writes them: `founders=hai1…,devAndOps=hai1…`. Throws for anything else. */
export function parseBeneficiaries(text: string): Map<string, Uint8Array> {
  const named = new Map<string, Uint8Array>();
  for (const pair of text === '' ? [] : text.split(',')) {
    const [grant = '', address = '', ...rest] = pair.split('=');
    const account = parseAddress(address);
    const isGrant = VESTING_TERMS.some((terms) => terms.grant === grant);
    if (!account || !isGrant || named.has(grant) || rest.length > 0) throw new RangeError(`no beneficiary: ${pair}`);
    named.set(grant, account);
  }
  return named;
}

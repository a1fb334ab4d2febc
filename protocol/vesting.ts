/**
 * How grants vest (white paper 5.2; chain.md "Money and accounts"). `vested(d) = min(A, floor(base * rate * d))` for d whole days
 * after the lock, nothing before. The paper names no denominator of the daily rate: a genesis says whether it is the grant or the
 * supply, and the file that ships says the grant.
 */
import { isSystemAccount, parseAddress } from './address.ts';
import { type Genesis, SCHEDULED_GRANTS, type VestingSchedule } from './genesis.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from './units.ts';

export const DAY_MS = 86_400_000n;
const MILLIONTHS = 1_000_000n;

export type VestingTerms = Pick<VestingSchedule, 'lockDays' | 'dailyMillionths' | 'base'>;

/** Of a grant of `grantZhi`, at a time. Rounded down: the fund keeps the fraction until a later day makes it whole. */
export function vestedZhi(
  schedule: VestingTerms,
  grantZhi: Zhi,
  { createdMs }: Pick<Genesis, 'createdMs'>,
  timeMs: UnixMs,
): Zhi {
  const days = (timeMs - createdMs) / DAY_MS - BigInt(schedule.lockDays);
  if (timeMs < createdMs || days <= 0n) return 0n as Zhi;
  const vested = (vestingBaseZhi(schedule, grantZhi) * BigInt(schedule.dailyMillionths) * days) / MILLIONTHS;
  return (vested < grantZhi ? vested : grantZhi) as Zhi;
}

const vestingBaseZhi = ({ base }: Pick<VestingSchedule, 'base'>, grantZhi: Zhi): Zhi =>
  base === 'grant' ? grantZhi : SUPPLY_ZHI;

/**
 * The first whole day after the genesis on which all of a grant is vested: the least d with floor(base * rate * d) >= A, after
 * the lock. Undefined for a rate of nothing.
 */
export function exhaustionDay(schedule: VestingTerms, grantZhi: Zhi): bigint | undefined {
  const daily = vestingBaseZhi(schedule, grantZhi) * BigInt(schedule.dailyMillionths);
  if (daily === 0n) return undefined;
  const days = (grantZhi * MILLIONTHS + daily - 1n) / daily;
  return BigInt(schedule.lockDays) + days;
}

/** Grants and whom they pay, as whoever founds a network writes them: `founders=hai1…,devAndOps=hai1…`. Throws for anything else. */
export function parseBeneficiaries(text: string): Map<string, Uint8Array> {
  const named = new Map<string, Uint8Array>();
  for (const pair of text === '' ? [] : text.split(',')) {
    const [grant = '', address = '', ...rest] = pair.split('=');
    const account = parseAddress(address);
    const isGrant = SCHEDULED_GRANTS.some((name) => name === grant);
    const isPayable = account && !isSystemAccount(account);
    if (!isPayable || !isGrant || named.has(grant) || rest.length > 0) throw new RangeError(`no beneficiary: ${pair}`);
    named.set(grant, account);
  }
  return named;
}

/**
 * Within what bounds the parameters may be set. A bound is not a parameter: it is what no vote can pass, so that none can lock
 * the network, its money or later votes.
 */
import { SUPPLY_ZHI, ZHI_PER_HAI } from '../units.ts';

/** Both ends are inside. */
export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

const SECOND_MS = 1_000n;
const DAY_MS = 86_400_000n;

/** Not 0: a transaction that costs nothing could fill blocks for nothing. An order at the upper end costs 6 HAI in fees. */
export const BASE_FEE_ZHI: Range = { from: 1n, to: ZHI_PER_HAI };

/** Not 0: for a fee anyone could hold every provider for 720 hours, and at the end again. That long costs 0.72% of the supply at most. */
export const RESERVATION_ZHI_PER_HOUR: Range = { from: 1n, to: SUPPLY_ZHI / 100_000n };

/** 1% to 50%: what need not vote can't decide alone, and the silence of half the stake can't end all change. */
export const TURNOUT_MILLIONTHS: Range = { from: 10_000n, to: 500_000n };

/** All of it in one day at most. */
export const DAILY_MILLIONTHS: Range = { from: 1n, to: 1_000_000n };

/** A day at least, so that every time zone sees it; on a development network a second. */
const shortest = { production: DAY_MS, development: SECOND_MS } as const;
export type Profile = keyof typeof shortest;

/**
 * Shorter than an unbonding (21 days, record/bond.ts): money that has voted can't come back as another account's bond before the
 * voting is over.
 */
export const votingMsRange = (profile: Profile): Range => ({ from: shortest[profile], to: 20n * DAY_MS });

/** With the voting at most 40 days from a proposal to its effect. */
export const delayMsRange = (profile: Profile): Range => ({ from: shortest[profile], to: 20n * DAY_MS });

export const isWithin = (value: bigint, { from, to }: Range): boolean => from <= value && value <= to;

const rangeFault = (name: string, value: bigint, { from, to }: Range): string | undefined =>
  isWithin(value, { from, to }) ? undefined : `${name} of ${value}, not ${from} to ${to}`;

/** Why the terms that a genesis begins with can't be: no vote could set them either. */
export function governanceFault(
  profile: Profile,
  terms: { readonly votingMs: bigint; readonly delayMs: bigint; readonly turnoutMillionths: number },
): string | undefined {
  return (
    rangeFault('votingMs', terms.votingMs, votingMsRange(profile)) ??
    rangeFault('delayMs', terms.delayMs, delayMsRange(profile)) ??
    rangeFault('turnoutMillionths', BigInt(terms.turnoutMillionths), TURNOUT_MILLIONTHS)
  );
}

/** The same of what a genesis charges. */
export const feesFault = (terms: {
  readonly baseFeeZhi: bigint;
  readonly reservationZhiPerHour: bigint;
}): string | undefined =>
  rangeFault('baseFeeZhi', terms.baseFeeZhi, BASE_FEE_ZHI) ??
  rangeFault('reservationZhiPerHour', terms.reservationZhiPerHour, RESERVATION_ZHI_PER_HOUR);

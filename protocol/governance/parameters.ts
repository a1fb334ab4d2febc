/**
 * The parameters: what the seats and the stake may change together while the network runs (tx/param.ts).
 *
 * Not among them: what a receipt is verified by (seats, roles, providers, the split of a bill), which must hold for a reader who
 * has the genesis alone, and what the supply rests on (the allocations, the emission).
 */
import { isSystemAccount } from '../address.ts';
import { CodecError, decode, encode } from '../codec.ts';
import type { Genesis } from '../genesis.ts';
import { SET_RECORDS_MAX, setPartsFault } from '../swap/set-parts.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../units.ts';
import {
  BASE_FEE_ZHI,
  DAILY_MILLIONTHS,
  delayMsRange,
  isWithin,
  type Profile,
  type Range,
  RESERVATION_ZHI_PER_HOUR,
  TURNOUT_MILLIONTHS,
  votingMsRange,
} from './ranges.ts';
import {
  integerKind,
  type MarketingVesting,
  type SwapSetValue,
  scheduleKind,
  swapSetKind,
  type ValueKind,
} from './values.ts';

/** The values in force at one time. */
export interface Parameters {
  readonly baseFeeZhi: Zhi;
  readonly reservationZhiPerHour: Zhi;
  readonly marketingVesting: MarketingVesting;
  readonly votingMs: UnixMs;
  readonly delayMs: UnixMs;
  readonly turnoutMillionths: bigint;
  /** The last set of records that was registered: no rule reads it here. */
  readonly swapSet: SwapSetValue;
}
export type ParameterName = keyof Parameters;

/** The number of a parameter, which transactions and records carry, is its place here, for ever: new ones go to the end. */
export const PARAMETER_NAMES = [
  'baseFeeZhi',
  'reservationZhiPerHour',
  'marketingVesting',
  'votingMs',
  'delayMs',
  'turnoutMillionths',
  'swapSet',
] as const satisfies readonly ParameterName[];

/** The longest value in canonical bytes: a key, an amount, and as much again. */
export const VALUE_BYTES_MAX = 80;

export interface Parameter<T> extends ValueKind<T> {
  readonly unit: string;
  /** What holds until it is changed. */
  initial(genesis: Genesis): T;
  isInRange(value: T, profile: Profile): boolean;
  /** For readers. */
  range(profile: Profile): string;
}

const integer = <T extends bigint>(
  unit: string,
  initial: (genesis: Genesis) => T,
  rangeOf: (profile: Profile) => Range,
): Parameter<T> => ({
  ...integerKind<T>(),
  unit,
  initial,
  isInRange: (value, profile) => isWithin(value, rangeOf(profile)),
  range: (profile) => `${rangeOf(profile).from} to ${rangeOf(profile).to}`,
});

const ROWS: { readonly [Name in ParameterName]: Parameter<Parameters[Name]> } = {
  baseFeeZhi: integer(
    'zhi',
    (genesis) => genesis.baseFeeZhi,
    () => BASE_FEE_ZHI,
  ),
  reservationZhiPerHour: integer(
    'zhi an hour',
    (genesis) => genesis.reservationZhiPerHour,
    () => RESERVATION_ZHI_PER_HOUR,
  ),
  marketingVesting: {
    ...scheduleKind,
    unit: 'schedule',
    initial: () => null,
    isInRange: (value) =>
      value === null ||
      (isWithin(BigInt(value.dailyMillionths), DAILY_MILLIONTHS) && !isSystemAccount(value.beneficiary)),
    range: () => 'locked, or ADDRESS lockDays=0..65535 dailyMillionths=1..1000000 base=grant|supply',
  },
  votingMs: integer('ms', (genesis) => genesis.governance.votingMs, votingMsRange),
  delayMs: integer('ms', (genesis) => genesis.governance.delayMs, delayMsRange),
  turnoutMillionths: integer(
    'millionths of the bonds',
    (genesis) => BigInt(genesis.governance.turnoutMillionths),
    () => TURNOUT_MILLIONTHS,
  ),
  swapSet: {
    ...swapSetKind,
    unit: 'set of records',
    initial: () => null,
    // Whether the swap account holds so much is asked when the set is registered.
    isInRange: (value) => value !== null && setPartsFault(value) === undefined,
    range: () => `root=HASH records=1..${SET_RECORDS_MAX} totalZhi=1..${SUPPLY_ZHI} merkleRoot=HASH`,
  },
};

/** Each row's own functions take the values that its own codec gives. */
export const rowOf = (name: ParameterName): Parameter<unknown> => ROWS[name] as Parameter<unknown>;

/** Undefined for a number that no parameter has. */
export const parameterName = (number: number): ParameterName | undefined => PARAMETER_NAMES[number];
export const parameterNumber = (name: ParameterName): number => PARAMETER_NAMES.indexOf(name);
/** Undefined for a word that is no parameter's name. */
export const parameterNamed = (text: string): ParameterName | undefined =>
  PARAMETER_NAMES.find((name) => name === text);

export function initialParameters(genesis: Genesis): Parameters {
  return Object.fromEntries(
    PARAMETER_NAMES.map((name) => [name, ROWS[name].initial(genesis)]),
  ) as unknown as Parameters;
}

export const encodeValue = (name: ParameterName, value: unknown): Uint8Array => encode(rowOf(name).codec, value);

/** Undefined for bytes that are no value of the parameter. */
export function decodeValue(name: ParameterName, bytes: Uint8Array): unknown {
  try {
    return decode(rowOf(name).codec, bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

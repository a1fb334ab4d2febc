/** The kinds of values that a parameter can have: how each is encoded, written and read as text. */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { addressOf, parseAddress } from '../address.ts';
import { bytes32, type Codec, oneOf, option, struct, u16, u32, u64As } from '../codec.ts';
import type { VestingSchedule } from '../genesis.ts';
import { rootOfParts, type SetParts, setPartsCodec } from '../swap/set-parts.ts';
import type { Zhi } from '../units.ts';

export interface ValueKind<T> {
  readonly codec: Codec<T>;
  /** One text a value. */
  text(value: T): string;
  /** What `text` gives, and nothing else. */
  parse(text: string): T | undefined;
}

/** Canonical decimal below 10^19, hence below 2^64. */
const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;

export const integerKind = <T extends bigint>(): ValueKind<T> => ({
  codec: u64As<T>(),
  text: (value) => value.toString(),
  parse: (text) => (DECIMAL.test(text) ? (BigInt(text) as T) : undefined),
});

/** How the marketing grant vests; null while it is locked. */
export type MarketingVesting = Omit<VestingSchedule, 'grant'> | null;

/** `option` has undefined, which here stands for "no value". */
function nullable<T>(item: Codec<T>): Codec<T | null> {
  const inner = option(item);
  return {
    write: (writer, value) => inner.write(writer, value ?? undefined),
    read: (reader) => inner.read(reader) ?? null,
  };
}

const LOCKED = 'locked';
const SCHEDULE =
  /^(hai1[a-z0-9]+) lockDays=(0|[1-9][0-9]{0,4}) dailyMillionths=(0|[1-9][0-9]{0,6}) base=(grant|supply)$/;

export const scheduleKind: ValueKind<MarketingVesting> = {
  codec: nullable(
    struct({ beneficiary: bytes32, lockDays: u16, dailyMillionths: u32, base: oneOf(['grant', 'supply']) }),
  ),
  text(value) {
    if (!value) return LOCKED;
    const { beneficiary, lockDays, dailyMillionths, base } = value;
    return `${addressOf(beneficiary)} lockDays=${lockDays} dailyMillionths=${dailyMillionths} base=${base}`;
  },
  parse(text) {
    if (text === LOCKED) return null;
    const [, address = '', lockDays, dailyMillionths, base] = SCHEDULE.exec(text) ?? [];
    const beneficiary = parseAddress(address);
    if (!beneficiary || Number(lockDays) > 0xffff) return undefined;
    return {
      beneficiary,
      lockDays: Number(lockDays),
      dailyMillionths: Number(dailyMillionths),
      base: base === 'supply' ? 'supply' : 'grant',
    };
  },
};

/** A set of records of the ERC20 swap (record/swap.ts); null where none was registered. */
export type SwapSetValue = SetParts | null;

const NO_SET = 'none';
const SET = /^root=([0-9a-f]{64}) records=(0|[1-9][0-9]{0,6}) totalZhi=(0|[1-9][0-9]{0,18}) merkleRoot=([0-9a-f]{64})$/;

function partsOf(text: string): SetParts | undefined {
  const [, root, records, totalZhi, merkleRoot] = SET.exec(text) ?? [];
  if (!root || !totalZhi || !merkleRoot) return undefined;
  const parts = { records: Number(records), totalZhi: BigInt(totalZhi) as Zhi, merkleRoot: hexToBytes(merkleRoot) };
  return bytesToHex(rootOfParts(parts)) === root ? parts : undefined;
}

/** The root, by which people know a set, is in the text alone, where it shows a mistake in any of the others. */
export const swapSetKind: ValueKind<SwapSetValue> = {
  codec: nullable(setPartsCodec),
  text(value) {
    if (!value) return NO_SET;
    const { records, totalZhi, merkleRoot } = value;
    const root = bytesToHex(rootOfParts(value));
    return `root=${root} records=${records} totalZhi=${totalZhi} merkleRoot=${bytesToHex(merkleRoot)}`;
  },
  parse: (text) => (text === NO_SET ? null : partsOf(text)),
};

/**
 * A record of a set as a file: all that a claim needs beside the holder's signature. `hai swap snapshot` writes one a line.
 *
 *   {"set":"…","records":3,"totalZhi":"30","index":0,"holder":"0x…","amountZhi":"10","lock":null,"path":["…"]}
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import { formatEvmAddress, parseEvmAddress } from '../../protocol/swap/evm-address.ts';
import { evmHex } from '../../protocol/swap/evm-hex.ts';
import { isInSet, type Lock, type RecordPosition, type SwapRecord } from '../../protocol/swap/record-set.ts';
import { SET_PATH_MAX, SET_RECORDS_MAX } from '../../protocol/swap/set-parts.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';

/** A record with its place in its set, whose root is `set`. */
export interface PlacedRecord extends SwapRecord, RecordPosition {
  readonly set: Hash;
}

export const formatSwapRecord = ({ set, records, totalZhi, index, holder, amountZhi, lock, path }: PlacedRecord) =>
  JSON.stringify({
    set: bytesToHex(set),
    records,
    totalZhi: totalZhi.toString(),
    index,
    holder: formatEvmAddress(holder),
    amountZhi: amountZhi.toString(),
    lock: lock ? { txHash: evmHex(lock.txHash), logIndex: lock.logIndex } : null,
    path: path.map(bytesToHex),
  });

const FIELDS = ['set', 'records', 'totalZhi', 'index', 'holder', 'amountZhi', 'lock', 'path'];
const LOG_INDEX_MAX = 2 ** 32 - 1;

const isCount = (value: unknown, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

function hashOf(value: unknown): Hash | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? hexToBytes(value) : undefined;
}

function zhiOf(value: unknown): Zhi | undefined {
  if (typeof value !== 'string' || !/^[1-9][0-9]{0,18}$/.test(value)) return undefined;
  const amount = BigInt(value);
  return amount <= SUPPLY_ZHI ? (amount as Zhi) : undefined;
}

/** Undefined for what is no lock; null for none. */
function lockOf(value: unknown): Lock | null | undefined {
  if (value === null) return null;
  const { txHash, logIndex } = (typeof value === 'object' ? value : {}) as { txHash?: unknown; logIndex?: unknown };
  const hash = typeof txHash === 'string' && txHash.startsWith('0x') ? hashOf(txHash.slice(2)) : undefined;
  return hash && isCount(logIndex, LOG_INDEX_MAX) ? { txHash: hash, logIndex } : undefined;
}

function pathOf(value: unknown): Hash[] | undefined {
  if (!Array.isArray(value) || value.length > SET_PATH_MAX) return undefined;
  const path = value.flatMap((one) => hashOf(one) ?? []);
  return path.length === value.length ? path : undefined;
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.keys(value).every((name) => FIELDS.includes(name))
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses with `proof_malformed` what is no such file, and with `proof_invalid` a record that is not in the set that it names. */
export function parseSwapRecord(text: string): Result<PlacedRecord> {
  const fields = fieldsOf(text);
  if (!fields) return fail('proof_malformed', 'not the JSON of a swap record');
  const { records, index } = fields;
  const [set, totalZhi, amountZhi] = [hashOf(fields.set), zhiOf(fields.totalZhi), zhiOf(fields.amountZhi)];
  const holder = typeof fields.holder === 'string' ? parseEvmAddress(fields.holder) : undefined;
  const [lock, path] = [lockOf(fields.lock), pathOf(fields.path)];
  const hasCounts = isCount(records, SET_RECORDS_MAX) && isCount(index, SET_RECORDS_MAX - 1);
  if (!set || !totalZhi || !amountZhi || !holder || lock === undefined || !path || !hasCounts)
    return fail('proof_malformed', 'a field of the swap record has another form');
  const record = { set, records, totalZhi, index, holder, amountZhi, lock: lock ?? undefined, path };
  return isInSet(record, record, set)
    ? ok(record)
    : fail('proof_invalid', 'the record is not in the set that it names');
}

/**
 * A list of the token's holders, or of locks and burns of it, becomes a set of swap records. CSV with a header, or a JSON array of
 * objects; columns `address`, `amount`, and for locks `txHash` and `logIndex`. The order of the lines does not matter.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { compareBytes } from '../../protocol/hash.ts';
import { weiToZhi } from '../../protocol/swap/amount.ts';
import { parseEvmAddress } from '../../protocol/swap/evm-address.ts';
import { type Lock, type SwapRecord, swapLeaf, swapSetOf } from '../../protocol/swap/record-set.ts';
import type { SetParts } from '../../protocol/swap/set-parts.ts';
import { parseHai, type Zhi } from '../../protocol/units.ts';
import { merklePathsOf } from '../../protocol/webhook/merkle-paths.ts';
import type { PlacedRecord } from '../sdk/swap-record.ts';
import { Refusal } from './exit-codes.ts';

/** `wei`: the token's smallest unit, as an integer. `hai`: whole tokens, with at most eight decimals. */
export const AMOUNT_UNITS = ['wei', 'hai'] as const;
export type AmountUnit = (typeof AMOUNT_UNITS)[number];

const HOLDER_COLUMNS = ['address', 'amount'];
const LOCK_COLUMNS = [...HOLDER_COLUMNS, 'txHash', 'logIndex'];

type Row = Readonly<Record<string, string>>;
/** `where` names the line or the item for whoever has to put it right. */
type Placed = { readonly where: string; readonly row: Row };

const fault = (where: string, why: string): never => {
  throw new Refusal(`${where}: ${why}`, 'invalid_field');
};

function csvRows(text: string): Placed[] {
  const [header = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const names = header.split(',').map((name) => name.trim());
  checkColumns('line 1', names);
  return lines.flatMap((line, i) => {
    const where = `line ${i + 2}`;
    if (line.trim() === '') return [];
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== names.length) return fault(where, `${cells.length} cells, not ${names.length}`);
    return [{ where, row: Object.fromEntries(names.map((name, at) => [name, cells[at] as string])) }];
  });
}

function jsonRows(text: string): Placed[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new Refusal(`not JSON: ${(cause as Error).message}`, 'malformed_json');
  }
  if (!Array.isArray(list)) return fault('the file', 'not a list');
  return list.map((item: unknown, i) => {
    const where = `item ${i}`;
    if (typeof item !== 'object' || item === null) return fault(where, 'not an object');
    checkColumns(where, Object.keys(item));
    // A JSON number is exact only below 2^53: amounts are texts.
    const cells = Object.entries(item).map(([name, cell]): [string, string] =>
      typeof cell === 'string' || name === 'logIndex' ? [name, String(cell)] : fault(where, `${name} is not a text`),
    );
    return { where, row: Object.fromEntries(cells) };
  });
}

function checkColumns(where: string, names: readonly string[]): void {
  const wanted = names.includes('txHash') || names.includes('logIndex') ? LOCK_COLUMNS : HOLDER_COLUMNS;
  const isAll = names.length === wanted.length && wanted.every((name) => names.includes(name));
  if (!isAll) fault(where, `the columns are ${names.join(', ')}; not ${wanted.join(', ')}`);
}

function amountOf(where: string, text: string, unit: AmountUnit): Zhi {
  if (unit === 'wei' && !/^[0-9]{1,78}$/.test(text)) return fault(where, `${text} is not an integer in wei`);
  const amount = unit === 'hai' ? parseHai(text) : weiToZhi(BigInt(text));
  if (amount === undefined) return fault(where, `${text} ${unit} is not a whole number of zhi (10^10 wei)`);
  return amount > 0n ? amount : fault(where, 'an amount of nothing');
}

function lockOf(where: string, { txHash, logIndex }: Row): Lock | undefined {
  if (txHash === undefined || logIndex === undefined) return undefined;
  if (!/^0x[0-9a-f]{64}$/i.test(txHash)) return fault(where, `${txHash} is not the hash of a transaction`);
  if (!/^[0-9]{1,9}$/.test(logIndex)) return fault(where, `${logIndex} is not the index of an event`);
  return { txHash: hexToBytes(txHash.slice(2).toLowerCase()), logIndex: Number(logIndex) };
}

function recordOf({ where, row }: Placed, unit: AmountUnit): SwapRecord {
  const holder = parseEvmAddress(row.address ?? '');
  if (!holder) return fault(where, `${row.address} is not an address, or its checksum is wrong`);
  return { holder, amountZhi: amountOf(where, row.amount ?? '', unit), lock: lockOf(where, row) };
}

/** What may be listed once: a holder of the snapshot, or an event. */
const nameOf = ({ holder, lock }: SwapRecord): string =>
  lock ? `event ${lock.logIndex} of 0x${bytesToHex(lock.txHash)}` : `0x${bytesToHex(holder)}`;

function inOrder(a: SwapRecord, b: SwapRecord): number {
  const byHolder = compareBytes(a.holder, b.holder);
  if (byHolder !== 0 || !a.lock || !b.lock) return byHolder;
  return compareBytes(a.lock.txHash, b.lock.txHash) || a.lock.logIndex - b.lock.logIndex;
}

/** Throws Refusal, which names the line, for whatever is not exactly such a list. */
export function snapshotRecords(text: string, unit: AmountUnit): SwapRecord[] {
  const rows = /^\s*\[/.test(text) ? jsonRows(text) : csvRows(text);
  const seen = new Map<string, string>();
  const records = rows.map((placed) => {
    const record = recordOf(placed, unit);
    const name = nameOf(record);
    const before = seen.get(name);
    if (before !== undefined) fault(placed.where, `${name} is in ${before} already`);
    seen.set(name, placed.where);
    return record;
  });
  if (new Set(records.map(({ lock }) => lock === undefined)).size > 1)
    throw new Refusal('some items name an event and some do not', 'invalid_field');
  return records.sort(inOrder);
}

export interface PlacedSet {
  readonly parts: SetParts;
  readonly records: PlacedRecord[];
}

/** Throws Refusal for records that are no set. */
export function placedRecords(list: readonly SwapRecord[]): PlacedSet {
  try {
    const { root, records, totalZhi, merkleRoot } = swapSetOf(list);
    const paths = merklePathsOf(list.map((record, i) => swapLeaf(i, record)));
    const place = { records, totalZhi, set: root };
    return {
      parts: { records, totalZhi, merkleRoot },
      records: list.map((record, index) => ({ ...record, ...place, index, path: paths.path(index) })),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(error.message, 'amount_out_of_range');
    throw error;
  }
}

/**
 * Sets of swap records: who holds how much of the ERC20 token, or locked or burned it there. A set is known by its root, which is
 * over all that it says: how many records there are, what they sum to, and each of them (a tree of protocol/merkle.ts).
 *
 * The root is that of the set's parts (set-parts.ts). Leaf: the tag `HAI/swap-record/1` and the canonical bytes of the record with
 * its index.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytes32, type Decoded, encode, fixed, option, struct, u32, u64As } from '../codec.ts';
import { domain, equalBytes, type Hash } from '../hash.ts';
import { merkleRoot, rootOfPath } from '../merkle.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';
import { rootOfParts, SET_RECORDS_MAX, type SetParts } from './set-parts.ts';

export const swapRecordFields = {
  /** The holder's address on the EVM chain. */
  holder: fixed(20),
  amountZhi: u64As<Zhi>(),
  /** The event of the token contract that it stands for: a lock or a burn. None in a snapshot of holders. */
  lock: option(struct({ txHash: bytes32, logIndex: u32 })),
};
const recordCodec = struct(swapRecordFields);
export type SwapRecord = Decoded<typeof recordCodec>;
export type Lock = NonNullable<SwapRecord['lock']>;

const leafCodec = struct({ index: u32, ...swapRecordFields });

export const swapLeaf = (index: number, { holder, amountZhi, lock }: SwapRecord): Uint8Array =>
  concatBytes(domain('HAI/swap-record/1'), encode(leafCodec, { index, holder, amountZhi, lock }));

export type SetSize = Omit<SetParts, 'merkleRoot'>;

export interface SwapSet extends SetParts {
  readonly root: Hash;
}

/** Throws RangeError for a set that can't be: none or too many records, one of nothing, a sum above the supply. */
export function swapSetOf(records: readonly SwapRecord[]): SwapSet {
  if (records.length === 0 || records.length > SET_RECORDS_MAX)
    throw new RangeError(`a set of ${records.length} records`);
  if (records.some(({ amountZhi }) => amountZhi <= 0n)) throw new RangeError('a record of nothing');
  const totalZhi = records.reduce((sum, { amountZhi }) => sum + amountZhi, 0n) as Zhi;
  if (totalZhi > SUPPLY_ZHI) throw new RangeError(`records of ${totalZhi} zhi, more than there is`);
  const leaves = records.map((record, index) => swapLeaf(index, record));
  const parts = { records: records.length, totalZhi, merkleRoot: merkleRoot(leaves) };
  return { ...parts, root: rootOfParts(parts) };
}

/** Where a record is said to be. */
export interface RecordPosition extends SetSize {
  readonly index: number;
  /** Leaf side first. */
  readonly path: readonly Hash[];
}

/** Whether the record is the one at its index of the set with this root. */
export function isInSet(record: SwapRecord, { records, totalZhi, index, path }: RecordPosition, root: Hash): boolean {
  const merkle = rootOfPath(swapLeaf(index, record), index, records, path);
  return merkle !== undefined && equalBytes(rootOfParts({ records, totalZhi, merkleRoot: merkle }), root);
}

/**
 * What a set of swap records is said to be, wherever one is named with its size: in a genesis, and in what governance registers.
 * The root is computed from it and never stated beside it, so that no set can be registered under a root with another sum.
 */
import { bytes32, type Decoded, encode, struct, u32, u64As } from '../codec.ts';
import { equalBytes, type Hash, taggedHash, ZERO_HASH } from '../hash.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';

/** A path of 20 hashes fits a transaction; more holders come in more sets. */
export const SET_PATH_MAX = 20;
export const SET_RECORDS_MAX = 2 ** SET_PATH_MAX;

export const setPartsCodec = struct({
  records: u32,
  totalZhi: u64As<Zhi>(),
  /** Of the tree of the records: swap/record-set.ts. */
  merkleRoot: bytes32,
});
export type SetParts = Decoded<typeof setPartsCodec>;

/** Root: sha256 under the tag `HAI/swap-set/1` of (records u32, totalZhi u64, Merkle root), little-endian. */
export const rootOfParts = ({ records, totalZhi, merkleRoot }: SetParts): Hash =>
  taggedHash('HAI/swap-set/1', encode(setPartsCodec, { records, totalZhi, merkleRoot }));

/** Why no set is of such parts, or undefined. A record is of one zhi at least. */
export function setPartsFault({ records, totalZhi, merkleRoot }: SetParts): string | undefined {
  if (records < 1 || records > SET_RECORDS_MAX) return `${records} records, not 1 to ${SET_RECORDS_MAX}`;
  if (totalZhi < BigInt(records) || totalZhi > SUPPLY_ZHI) return `${records} records that sum to ${totalZhi} zhi`;
  return equalBytes(merkleRoot, ZERO_HASH) ? 'records without a tree' : undefined;
}

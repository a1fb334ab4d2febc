/** A batch of settled orders whose bills wait to be claimed. The key is the hash of the BatchSettle. */
import { bytes32, type Decoded, encode, fixed, struct, u8, u64As } from '../codec.ts';
import { recordTable } from '../state/record.ts';
import type { UnixMs, Zhi } from '../units.ts';
import { DAY_MS } from '../vesting.ts';

/** 32 bytes each: what fits the body of one transaction. */
export const BATCH_ORDERS_MAX = 100;
/** Length of a path among so many leaves: 2^7 = 128. */
export const BATCH_PATH_MAX = 7;
/** How long the provider has; then the bill returns to the demander. */
export const BATCH_CLAIM_MS = 30n * DAY_MS;
const CLAIMED_BYTES = 13;

export const batchLeafFields = { order: bytes32, provider: bytes32, demander: bytes32, billZhi: u64As<Zhi>() };
const leafCodec = struct(batchLeafFields);
export type BatchLeaf = Decoded<typeof leafCodec>;
export const encodeBatchLeaf = (leaf: BatchLeaf): Uint8Array => encode(leafCodec, leaf);

const batchCodec = struct({
  /** Sent it, and gets the searcher's share of each bill. */
  searcher: bytes32,
  root: bytes32,
  orders: u8,
  /** Unclaimed bills; held by the batches account. */
  heldZhi: u64As<Zhi>(),
  /** A bit a leaf, the lowest of a byte first. */
  claimed: fixed(CLAIMED_BYTES),
  expiryMs: u64As<UnixMs>(),
});
export type Batch = Decoded<typeof batchCodec>;
export const batches = recordTable('batch', batchCodec);

export const NONE_CLAIMED: Uint8Array = new Uint8Array(CLAIMED_BYTES);

export const isClaimed = ({ claimed }: Batch, index: number): boolean =>
  (((claimed[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

export function withClaimed({ claimed }: Batch, index: number): Uint8Array {
  const next = Uint8Array.from(claimed);
  next[index >> 3] = (next[index >> 3] ?? 0) | (1 << (index & 7));
  return next;
}

/**
 * BatchClaim: pays leaves of settled batches, each once, by its Merkle proof. Until a batch expires its leaf pays the provider,
 * and the shares of searcher, seats and burn with it; after that the bill returns to the demander. Anyone may send it, for it
 * pays whom the leaf names: the searcher has its share to gain from claiming for a provider that sleeps.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u8, vec } from '../codec.ts';
import { verifyMerklePath } from '../merkle.ts';
import { splitBill } from '../order/split.ts';
import {
  BATCH_PATH_MAX,
  type Batch,
  type BatchLeaf,
  batches,
  batchLeafFields,
  encodeBatchLeaf,
  isClaimed,
  withClaimed,
} from '../record/batch.ts';
import type { UnixMs, Zhi } from '../units.ts';
import { post } from './postings.ts';
import {
  applied,
  BATCH_ENTRIES_MAX,
  type EntryOutcome,
  type Posting,
  type Rule,
  type RuleInput,
  refused,
} from './rule.ts';

const entryCodec = struct({
  batch: bytes32,
  index: u8,
  ...batchLeafFields,
  /** Leaf side first. */
  path: vec(bytes32, BATCH_PATH_MAX),
});
export type BatchClaim = Decoded<typeof entryCodec>;
const bodyCodec = vec(entryCodec, BATCH_ENTRIES_MAX);
export const encodeBatchClaims = (entries: BatchClaim[]): Uint8Array => encode(bodyCodec, entries);
export const decodeBatchClaims = (body: Uint8Array): BatchClaim[] => decode(bodyCodec, body);

function claimPostings(batch: Batch, leaf: BatchLeaf, timeMs: UnixMs): Posting[] {
  const out = { account: SYSTEM_ACCOUNT.batches, deltaZhi: -leaf.billZhi };
  if (timeMs >= batch.expiryMs) return [out, { account: leaf.demander, deltaZhi: leaf.billZhi }];
  const split = splitBill(leaf.billZhi);
  return [
    out,
    { account: leaf.provider, deltaZhi: split.provider },
    { account: batch.searcher, deltaZhi: split.searcher },
    { account: SYSTEM_ACCOUNT.seatPool, deltaZhi: split.seatPool },
    { account: SYSTEM_ACCOUNT.burned, deltaZhi: split.burned },
  ];
}

function apply(entry: BatchClaim, { context, state }: RuleInput): EntryOutcome {
  const batch = batches.read(state, entry.batch);
  if (!batch) return refused('unknown_batch');
  if (isClaimed(batch, entry.index)) return refused('already_claimed');
  const { order, provider, demander, billZhi } = entry;
  const leaf: BatchLeaf = { order, provider, demander, billZhi };
  if (!verifyMerklePath(encodeBatchLeaf(leaf), entry.index, batch.orders, entry.path, batch.root)) {
    return refused('proof_invalid');
  }
  const postings = claimPostings(batch, leaf, context.timeMs);
  post(state, postings);
  const heldZhi = (batch.heldZhi - billZhi) as Zhi;
  batches.write(state, entry.batch, { ...batch, heldZhi, claimed: withClaimed(batch, entry.index) });
  return applied(postings);
}

export const batchClaimRule: Rule<BatchClaim> = {
  decodeBody: decodeBatchClaims,
  innerSignatures: () => [],
  apply,
};

/**
 * BatchClaim: pays leaves of settled batches, each once, by its Merkle proof. Until a batch expires its leaf pays the provider,
 * and the shares of searcher, seats and burn with it; after that the bill returns to the demander. Anyone may send it, for it
 * pays whom the leaf names: the searcher has its share to gain from claiming for a provider that sleeps.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u8, vec } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
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
import type { RecordView } from '../state/record.ts';
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

const leafOf = ({ order, provider, demander, billZhi }: BatchClaim): BatchLeaf => ({
  order,
  provider,
  demander,
  billZhi,
});

/** The batch, or why it does not pay this leaf. Intake and the chain share it. */
export function claimable(entry: BatchClaim, records: RecordView): Batch | ErrorCode {
  const batch = batches.read(records, entry.batch);
  if (!batch) return 'unknown_batch';
  if (isClaimed(batch, entry.index)) return 'already_claimed';
  const leaf = encodeBatchLeaf(leafOf(entry));
  return verifyMerklePath(leaf, entry.index, batch.orders, entry.path, batch.root) ? batch : 'proof_invalid';
}

function apply(entry: BatchClaim, { context, state }: RuleInput): EntryOutcome {
  const batch = claimable(entry, state);
  if (typeof batch === 'string') return refused(batch);
  const postings = claimPostings(batch, leafOf(entry), context.timeMs);
  post(state, postings);
  const heldZhi = (batch.heldZhi - entry.billZhi) as Zhi;
  batches.write(state, entry.batch, { ...batch, heldZhi, claimed: withClaimed(batch, entry.index) });
  return applied(postings);
}

export const batchClaimRule: Rule<BatchClaim> = {
  decodeBody: decodeBatchClaims,
  innerSignatures: () => [],
  apply,
};

/**
 * WorkProof (the white paper's space-time proof): the provider's signed claim of what it did, a work log of so many chunks
 * and cycles, and the commitment to the result. The cycles must equal the quote: quote = bill; those of
 * metered work may be fewer, and are the bill (order/bill.ts).
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytes32, bytes64, type Decoded, decode, encode, struct, u8, u32, u64As, vec } from '../codec.ts';
import { domain, equalBytes, type Hash } from '../hash.ts';
import { billZhiOf, isBillable } from '../order/bill.ts';
import { nextState } from '../order/lifecycle.ts';
import { resultsOf } from '../order/work.ts';
import { CHUNKS_MAX } from '../order/worklog.ts';
import type { HpuCycles } from '../units.ts';
import { isSearcher } from './roles.ts';
import { applied, BATCH_ENTRIES_MAX, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const claimFields = {
  order: bytes32,
  attempt: u8,
  provider: bytes32,
  chunks: u32,
  cycles: u64As<HpuCycles>(),
  logHead: bytes32,
  /** Leaves under the result root: rows of a prediction, 1 for a model. */
  results: u32,
  resultRoot: bytes32,
};
const claimCodec = struct(claimFields);
export type ProviderClaim = Decoded<typeof claimCodec>;
export const workProofEntry = struct({ ...claimFields, claim: bytes64 });
export type WorkProof = Decoded<typeof workProofEntry>;
const bodyCodec = vec(workProofEntry, BATCH_ENTRIES_MAX);
export const encodeWorkProofs = (entries: WorkProof[]): Uint8Array => encode(bodyCodec, entries);
export const decodeWorkProofs = (body: Uint8Array): WorkProof[] => decode(bodyCodec, body);

export function claimBytes(genesisHash: Hash, claim: ProviderClaim): Uint8Array {
  return concatBytes(domain('HAI/work-claim/1'), genesisHash, encode(claimCodec, claim));
}

function apply(entry: WorkProof, { context, state, sender }: RuleInput): EntryOutcome {
  const record = state.order(entry.order);
  if (!record) return refused('unknown_order');
  if (!isSearcher(context.genesis, record.region, sender)) return refused('not_authorised');
  const next = nextState(record.state, 'work');
  if (!next || !record.match) return refused('illegal_transition');
  if (entry.attempt !== record.attempt) return refused('attempt_mismatch');
  if (!equalBytes(record.match.provider, entry.provider)) return refused('provider_not_selected');
  if (!isBillable(record.work, entry.cycles, record.quoteCycles)) return refused('bill_mismatch');
  if (entry.chunks < 1 || entry.chunks > CHUNKS_MAX) return refused('work_invalid');
  if (entry.results !== resultsOf(record.work)) return refused('result_mismatch');
  const provider = context.genesis.providers.find(({ key }) => equalBytes(key, entry.provider));
  if (!provider) return refused('unknown_provider');
  const { chunks, cycles, logHead, resultRoot } = entry;
  const match = { provider: entry.provider, billCycles: cycles, billZhi: billZhiOf(cycles, provider) };
  const claim = { chunks, cycles, logHead, results: entry.results, resultRoot };
  state.setOrder(entry.order, { ...record, state: next, match, claim });
  return applied();
}

export const workProofRule: Rule<WorkProof> = {
  decodeBody: decodeWorkProofs,
  innerSignatures: (entry, context) => [
    { publicKey: entry.provider, message: claimBytes(context.genesisHash, entry), signature: entry.claim },
  ],
  apply,
};

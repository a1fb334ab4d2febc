/**
 * OrderMatch (with the acceptance inside: the white paper's transaction proof): the searcher names the provider that the
 * rule selects, and the provider has signed the quote. Anyone recomputes both.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytes32, bytes64, type Decoded, decode, encode, struct, u8, u64, u64As, vec } from '../codec.ts';
import { domain, equalBytes, type Hash } from '../hash.ts';
import { nextState } from '../order/lifecycle.ts';
import { providersLeft } from '../order/matching.ts';
import type { HpuCycles, Zhi } from '../units.ts';
import { isSearcher } from './roles.ts';
import { applied, BATCH_ENTRIES_MAX, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const acceptanceFields = {
  order: bytes32,
  attempt: u8,
  provider: bytes32,
  quoteCycles: u64As<HpuCycles>(),
  priceZhi: u64As<Zhi>(),
  /** The quote in time, at the provider's attested rate. */
  quoteMs: u64,
};
const acceptanceCodec = struct(acceptanceFields);
export type Acceptance = Decoded<typeof acceptanceCodec>;
export const orderMatchEntry = struct({ ...acceptanceFields, acceptance: bytes64 });
export type OrderMatch = Decoded<typeof orderMatchEntry>;
const bodyCodec = vec(orderMatchEntry, BATCH_ENTRIES_MAX);
export const encodeOrderMatches = (entries: OrderMatch[]): Uint8Array => encode(bodyCodec, entries);
export const decodeOrderMatches = (body: Uint8Array): OrderMatch[] => decode(bodyCodec, body);

export function acceptanceBytes(genesisHash: Hash, acceptance: Acceptance): Uint8Array {
  return concatBytes(domain('HAI/accept/1'), genesisHash, encode(acceptanceCodec, acceptance));
}

function apply(entry: OrderMatch, { context, state, sender }: RuleInput): EntryOutcome {
  const record = state.order(entry.order);
  if (!record) return refused('unknown_order');
  if (!isSearcher(context.genesis, record.region, sender)) return refused('not_authorised');
  const next = nextState(record.state, 'match');
  if (!next) return refused('illegal_transition');
  if (entry.attempt !== record.attempt) return refused('attempt_mismatch');
  const best = providersLeft(context.genesis.providers, record)[0];
  if (!best) return refused('no_provider');
  if (!equalBytes(best.provider.key, entry.provider)) return refused('provider_not_selected');
  if (best.cycles !== entry.quoteCycles || best.priceZhi !== entry.priceZhi || best.durationMs !== entry.quoteMs) {
    return refused('quote_mismatch');
  }
  const match = { provider: entry.provider, billCycles: entry.quoteCycles, billZhi: entry.priceZhi };
  state.setOrder(entry.order, { ...record, state: next, match });
  return applied();
}

export const orderMatchRule: Rule<OrderMatch> = {
  decodeBody: decodeOrderMatches,
  innerSignatures: (entry, context) => [
    {
      publicKey: entry.provider,
      message: acceptanceBytes(context.genesisHash, entry),
      signature: entry.acceptance,
    },
  ],
  apply,
};

/**
 * OrderSettle: pays a confirmed order out of escrow. One entry settles the n >= 1 results under its root; the bill is the
 * quote, or of metered work what was claimed (order/bill.ts), and the rest of the escrow returns to the demander.
 */

import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u32, u64As, vec } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { nextState } from '../order/lifecycle.ts';
import type { OrderRecord } from '../order/record.ts';
import { splitBill } from '../order/split.ts';
import type { HpuCycles, UnixMs, Zhi } from '../units.ts';
import { post } from './postings.ts';
import { isSearcher } from './roles.ts';
import {
  applied,
  BATCH_ENTRIES_MAX,
  type EntryOutcome,
  type Posting,
  type Rule,
  type RuleInput,
  refused,
} from './rule.ts';

export const orderSettleEntry = struct({
  order: bytes32,
  results: u32,
  resultRoot: bytes32,
  billCycles: u64As<HpuCycles>(),
  billZhi: u64As<Zhi>(),
});
export type OrderSettle = Decoded<typeof orderSettleEntry>;
const bodyCodec = vec(orderSettleEntry, BATCH_ENTRIES_MAX);
export const encodeOrderSettles = (entries: OrderSettle[]): Uint8Array => encode(bodyCodec, entries);
export const decodeOrderSettles = (body: Uint8Array): OrderSettle[] => decode(bodyCodec, body);

/** Silence for the signed window confirms a checked order. */
export function confirmedState(record: OrderRecord, now: UnixMs): OrderRecord['state'] {
  const silent = record.confirm.kind === 'manual' && now >= record.checkedMs + record.confirm.windowMs;
  return record.state === 'checked' && silent ? 'confirmed' : record.state;
}

export function settlementPostings(
  record: { priceLimitZhi: Zhi; demander: Uint8Array },
  match: { provider: Uint8Array; billZhi: Zhi },
  searcher: Uint8Array,
): Posting[] {
  const split = splitBill(match.billZhi);
  return [
    { account: SYSTEM_ACCOUNT.escrow, deltaZhi: -record.priceLimitZhi },
    { account: match.provider, deltaZhi: split.provider },
    { account: searcher, deltaZhi: split.searcher },
    { account: SYSTEM_ACCOUNT.seatPool, deltaZhi: split.seatPool },
    { account: SYSTEM_ACCOUNT.burned, deltaZhi: split.burned },
    { account: record.demander, deltaZhi: record.priceLimitZhi - match.billZhi },
  ];
}

function apply(entry: OrderSettle, { context, state, sender }: RuleInput): EntryOutcome {
  const record = state.order(entry.order);
  if (!record) return refused('unknown_order');
  if (!isSearcher(context.genesis, record.region, sender)) return refused('not_authorised');
  const next = nextState(confirmedState(record, context.timeMs), 'settle');
  if (!next || !record.claim || !record.match) return refused('illegal_transition');
  if (entry.billCycles !== record.match.billCycles || entry.billZhi !== record.match.billZhi)
    return refused('bill_mismatch');
  if (entry.results !== record.claim.results || !equalBytes(entry.resultRoot, record.claim.resultRoot)) {
    return refused('result_mismatch');
  }
  const postings = settlementPostings(record, record.match, sender);
  post(state, postings);
  state.setOrder(entry.order, { ...record, state: next });
  return applied(postings);
}

export const orderSettleRule: Rule<OrderSettle> = {
  decodeBody: decodeOrderSettles,
  innerSignatures: () => [],
  apply,
};

/**
 * OrderRefund: ends an order that nobody is paid for, and returns the whole escrow. The demander may cancel until a result
 * is committed, a search until it is matched; anyone may expire an order after its deadline; the searcher gives one up when no provider is left, and
 * declines one whose inputs can't be read. No data set goes while an order reads it, so that shows before anything is
 * computed, or in a batch of tiles with the first tile that does not decode.
 */

import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, oneOf, struct } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import { equalBytes } from '../hash.ts';
import { cancelled, nextState, type OrderEvent } from '../order/lifecycle.ts';
import { providersLeft } from '../order/matching.ts';
import type { OrderRecord } from '../order/record.ts';
import { post } from './postings.ts';
import { isSearcher } from './roles.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

export const REFUND_REASONS = ['cancel', 'expire', 'giveUp', 'decline'] as const satisfies readonly OrderEvent[];
export type RefundReason = (typeof REFUND_REASONS)[number];

export const orderRefundCodec = struct({ order: bytes32, reason: oneOf(REFUND_REASONS) });
export type OrderRefund = Decoded<typeof orderRefundCodec>;
export const encodeOrderRefund = (body: OrderRefund): Uint8Array => encode(orderRefundCodec, body);
export const decodeOrderRefund = (body: Uint8Array): OrderRefund => decode(orderRefundCodec, body);

function reasonFault(reason: RefundReason, record: OrderRecord, input: RuleInput): ErrorCode | undefined {
  if (reason === 'cancel') return equalBytes(record.demander, input.sender) ? undefined : 'not_authorised';
  if (reason === 'expire') return input.context.timeMs > record.deadlineMs ? undefined : 'illegal_transition';
  if (!isSearcher(input.context.genesis, record.region, input.sender)) return 'not_authorised';
  if (reason === 'decline') return undefined;
  return providersLeft(input.context.genesis.providers, record).length > 0 ? 'illegal_transition' : undefined;
}

function apply(body: OrderRefund, input: RuleInput): EntryOutcome {
  const record = input.state.order(body.order);
  if (!record) return refused('unknown_order');
  const fault = reasonFault(body.reason, record, input);
  if (fault) return refused(fault);
  const { state, work } = record;
  const next = body.reason === 'cancel' ? cancelled(state, work.kind) : nextState(state, body.reason);
  if (!next) return refused(body.reason === 'cancel' ? 'not_cancellable' : 'illegal_transition');
  const postings: Posting[] = [
    { account: SYSTEM_ACCOUNT.escrow, deltaZhi: -record.priceLimitZhi },
    { account: record.demander, deltaZhi: record.priceLimitZhi },
  ];
  post(input.state, postings);
  input.state.setOrder(body.order, { ...record, state: next });
  return applied(postings);
}

export const orderRefundRule: Rule<OrderRefund> = {
  decodeBody: (body) => [decodeOrderRefund(body)],
  innerSignatures: () => [],
  apply,
};

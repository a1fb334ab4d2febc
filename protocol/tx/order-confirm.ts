/** OrderConfirm: the demander's yes, for orders whose signed policy is `manual`. */
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { nextState } from '../order/lifecycle.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ order: bytes32, resultRoot: bytes32 });
export type OrderConfirm = Decoded<typeof bodyCodec>;
export const encodeOrderConfirm = (body: OrderConfirm): Uint8Array => encode(bodyCodec, body);
export const decodeOrderConfirm = (body: Uint8Array): OrderConfirm => decode(bodyCodec, body);

function apply(body: OrderConfirm, { state, sender }: RuleInput): EntryOutcome {
  const record = state.order(body.order);
  if (!record) return refused('unknown_order');
  if (!equalBytes(record.demander, sender)) return refused('not_authorised');
  const next = nextState(record.state, 'confirm');
  if (!next || !record.claim) return refused('illegal_transition');
  if (!equalBytes(record.claim.resultRoot, body.resultRoot)) return refused('result_mismatch');
  state.setOrder(body.order, { ...record, state: next });
  return applied();
}

export const orderConfirmRule: Rule<OrderConfirm> = {
  decodeBody: (body) => [decodeOrderConfirm(body)],
  innerSignatures: () => [],
  apply,
};

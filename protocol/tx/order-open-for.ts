/**
 * OrderOpenFor: an OrderOpen by a key that the payer has allowed to (allow.ts). The payer is the demander in every respect: it
 * pays price limit and fee, both counted against the allowance, and only it may confirm or cancel. The key's own account lends
 * the nonce. The fee is the payer's even when the order is refused, or the key could make blocks carry refusals for nothing.
 */
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import { liveAllowance, setAllowance } from '../record/allowance.ts';
import type { Zhi } from '../units.ts';
import { openFor, orderOpenCodec } from './order-open.ts';
import { balanceOf } from './postings.ts';
import { type EntryOutcome, type FeeInput, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ payer: bytes32, order: orderOpenCodec });
export type OrderOpenFor = Decoded<typeof bodyCodec>;
export const encodeOrderOpenFor = (body: OrderOpenFor): Uint8Array => encode(bodyCodec, body);
export const decodeOrderOpenFor = (body: Uint8Array): OrderOpenFor => decode(bodyCodec, body);

function sponsor({ payer }: OrderOpenFor, { context, state, sender, feeZhi }: FeeInput): Uint8Array | ErrorCode {
  if (balanceOf(state, payer) < feeZhi) return 'insufficient_balance';
  const allowance = liveAllowance(state, payer, sender, context.height);
  if (!allowance) return 'unknown_allowance';
  if (allowance.leftZhi < feeZhi) return 'allowance_exceeded';
  setAllowance(state, payer, sender, { ...allowance, leftZhi: (allowance.leftZhi - feeZhi) as Zhi });
  return payer;
}

function apply({ payer, order }: OrderOpenFor, input: RuleInput): EntryOutcome {
  const { context, state, sender } = input;
  const allowance = liveAllowance(state, payer, sender, context.height);
  if (!allowance || allowance.leftZhi < order.priceLimitZhi) return refused('allowance_exceeded');
  setAllowance(state, payer, sender, { ...allowance, leftZhi: (allowance.leftZhi - order.priceLimitZhi) as Zhi });
  return openFor(order, payer, input);
}

export const orderOpenForRule: Rule<OrderOpenFor> = {
  decodeBody: (body) => [decodeOrderOpenFor(body)],
  innerSignatures: () => [],
  apply,
  sponsor,
};

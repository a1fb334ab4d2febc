/**
 * Allow: lets a key open orders in the sender's name and at its expense, up to a limit and a height; a limit of 0 ends an
 * allowance that there is. The key gets an account of its own, with the sender's home, so that it has a nonce; it needs no money.
 * A later Allow replaces the earlier one. Whoever holds the key can spend the limit on orders and their fees, and nothing else:
 * the orders, results and refunds are the sender's.
 */
import { isSystemAccount } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u64As } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { allowancePlace, setAllowance } from '../record/allowance.ts';
import type { RecordView } from '../state/record.ts';
import { type BlockHeight, SUPPLY_ZHI, type Zhi } from '../units.ts';
import { openAccount } from './postings.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ key: bytes32, limitZhi: u64As<Zhi>(), expiryHeight: u64As<BlockHeight>() });
export type Allow = Decoded<typeof bodyCodec>;
export const encodeAllow = (body: Allow): Uint8Array => encode(bodyCodec, body);
export const decodeAllow = (body: Uint8Array): Allow => decode(bodyCodec, body);

/** Also when the allowance is spent or over: it can be ended all the same. */
function wasAllowed(state: RecordView, payer: Uint8Array, key: Uint8Array): boolean {
  const place = allowancePlace(payer, key);
  return state.record(place.kind, place.key) !== undefined;
}

function apply({ key, limitZhi, expiryHeight }: Allow, { context, state, sender }: RuleInput): EntryOutcome {
  if (equalBytes(key, sender)) return refused('invalid_field');
  if (limitZhi > 0n && expiryHeight <= context.height) return refused('expiry_too_soon');
  if (limitZhi > SUPPLY_ZHI) return refused('amount_out_of_range');
  const homeRegion = state.account(sender)?.homeRegion ?? 0;
  const known = state.account(key);
  if (known && known.homeRegion !== homeRegion) return refused('wrong_home_region');
  if (isSystemAccount(key)) return refused('system_account');
  if (limitZhi === 0n && !wasAllowed(state, sender, key)) return refused('unknown_allowance');
  openAccount(state, key, homeRegion);
  setAllowance(state, sender, key, { leftZhi: limitZhi, expiryHeight });
  return applied();
}

export const allowRule: Rule<Allow> = {
  decodeBody: (body) => [decodeAllow(body)],
  innerSignatures: () => [],
  apply,
};

/** Transfer: moves money, and creates the recipient's account with its home region when it is new. */
import { isSystemAccount } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u8, u64As } from '../codec.ts';
import { REGIONS } from '../regions.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';
import { balanceOf, openAccount, post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({
  to: bytes32,
  amountZhi: u64As<Zhi>(),
  /** Home of the recipient, if this transfer creates its account; else ignored. */
  homeRegion: u8,
});
export type Transfer = Decoded<typeof bodyCodec>;
export const encodeTransfer = (body: Transfer): Uint8Array => encode(bodyCodec, body);
export const decodeTransfer = (body: Uint8Array): Transfer => decode(bodyCodec, body);

function apply(body: Transfer, { state, sender }: RuleInput): EntryOutcome {
  if (body.amountZhi <= 0n || body.amountZhi > SUPPLY_ZHI) return refused('amount_out_of_range');
  if (REGIONS[body.homeRegion] === undefined) return refused('invalid_field');
  if (balanceOf(state, sender) < body.amountZhi) return refused('insufficient_balance');
  if (isSystemAccount(body.to)) return refused('system_account');
  openAccount(state, body.to, body.homeRegion);
  const postings: Posting[] = [
    { account: sender, deltaZhi: -body.amountZhi },
    { account: body.to, deltaZhi: body.amountZhi },
  ];
  post(state, postings);
  return applied(postings);
}

export const transferRule: Rule<Transfer> = {
  decodeBody: (body) => [decode(bodyCodec, body)],
  innerSignatures: () => [],
  apply,
};

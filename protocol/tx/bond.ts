/** Bond: locks money of the sender, to vote with it and to answer for what the sender does. */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { type Decoded, decode, encode, struct, u64As } from '../codec.ts';
import { bondOf, setBond } from '../record/bond.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';
import { balanceOf, post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ amountZhi: u64As<Zhi>() });
export type BondBody = Decoded<typeof bodyCodec>;
export const encodeBond = (body: BondBody): Uint8Array => encode(bodyCodec, body);
export const decodeBond = (body: Uint8Array): BondBody => decode(bodyCodec, body);

function apply({ amountZhi }: BondBody, { state, sender }: RuleInput): EntryOutcome {
  if (amountZhi <= 0n || amountZhi > SUPPLY_ZHI) return refused('amount_out_of_range');
  if (balanceOf(state, sender) < amountZhi) return refused('insufficient_balance');
  const postings: Posting[] = [
    { account: sender, deltaZhi: -amountZhi },
    { account: SYSTEM_ACCOUNT.bonds, deltaZhi: amountZhi },
  ];
  post(state, postings);
  const bond = bondOf(state, sender);
  setBond(state, sender, bond, { ...bond, bondedZhi: (bond.bondedZhi + amountZhi) as Zhi });
  return applied(postings);
}

export const bondRule: Rule<BondBody> = {
  decodeBody: (body) => [decodeBond(body)],
  innerSignatures: () => [],
  apply,
};

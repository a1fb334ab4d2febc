/**
 * Unbond: `begin` takes money out of the bond, and with it out of the vote, at once; it can be withdrawn 21 days later.
 * `withdraw` pays out everything whose time has come.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { type Decoded, decode, encode, struct, u64As, union } from '../codec.ts';
import { bondOf, setBond, UNBONDING_MS, UNBONDINGS_MAX } from '../record/bond.ts';
import { SUPPLY_ZHI, type UnixMs, type Zhi } from '../units.ts';
import { post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = union({ begin: struct({ amountZhi: u64As<Zhi>() }), withdraw: struct({}) });
export type Unbond = Decoded<typeof bodyCodec>;
export const encodeUnbond = (body: Unbond): Uint8Array => encode(bodyCodec, body);
export const decodeUnbond = (body: Uint8Array): Unbond => decode(bodyCodec, body);

function begin(amountZhi: Zhi, { context, state, sender }: RuleInput): EntryOutcome {
  if (amountZhi <= 0n || amountZhi > SUPPLY_ZHI) return refused('amount_out_of_range');
  const bond = bondOf(state, sender);
  if (bond.bondedZhi < amountZhi) return refused('insufficient_bond');
  if (bond.unbonding.length >= UNBONDINGS_MAX) return refused('too_many_unbondings');
  const releaseMs = (context.timeMs + UNBONDING_MS) as UnixMs;
  setBond(state, sender, bond, {
    ...bond,
    bondedZhi: (bond.bondedZhi - amountZhi) as Zhi,
    unbonding: [...bond.unbonding, { amountZhi, releaseMs }],
  });
  return applied();
}

function withdraw({ context, state, sender }: RuleInput): EntryOutcome {
  const bond = bondOf(state, sender);
  const isDue = ({ releaseMs }: { releaseMs: UnixMs }) => releaseMs <= context.timeMs;
  const dueZhi = bond.unbonding.filter(isDue).reduce((sum, { amountZhi }) => sum + amountZhi, 0n);
  if (dueZhi === 0n) return refused('nothing_due');
  const postings: Posting[] = [
    { account: SYSTEM_ACCOUNT.bonds, deltaZhi: -dueZhi },
    { account: sender, deltaZhi: dueZhi },
  ];
  post(state, postings);
  setBond(state, sender, bond, { ...bond, unbonding: bond.unbonding.filter((one) => !isDue(one)) });
  return applied(postings);
}

export const unbondRule: Rule<Unbond> = {
  decodeBody: (body) => [decodeUnbond(body)],
  innerSignatures: () => [],
  apply: (body, input) => (body.kind === 'begin' ? begin(body.amountZhi, input) : withdraw(input)),
};

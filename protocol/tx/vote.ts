/** Vote: the whole bond of the sender speaks for one candidate, or for none. A later vote replaces it. */
import { bytes32, type Decoded, decode, encode, option, struct } from '../codec.ts';
import { bondOf, setBond } from '../record/bond.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({
  /** Any key: whether it may hold a seat is asked at an election, not here. */
  candidate: option(bytes32),
});
export type Vote = Decoded<typeof bodyCodec>;
export const encodeVote = (body: Vote): Uint8Array => encode(bodyCodec, body);
export const decodeVote = (body: Uint8Array): Vote => decode(bodyCodec, body);

function apply({ candidate }: Vote, { state, sender }: RuleInput): EntryOutcome {
  const bond = bondOf(state, sender);
  if (bond.bondedZhi === 0n) return refused('insufficient_bond');
  setBond(state, sender, bond, { ...bond, candidate });
  return applied();
}

export const voteRule: Rule<Vote> = {
  decodeBody: (body) => [decodeVote(body)],
  innerSignatures: () => [],
  apply,
};

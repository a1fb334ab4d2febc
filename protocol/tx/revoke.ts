/** Revoke: ends a grant. What the grantee has read by then it keeps. */
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import { isGranted, setGrant } from '../record/dataset.ts';
import { ownershipFault } from './grant.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ dataset: bytes32, grantee: bytes32 });
export type Revoke = Decoded<typeof bodyCodec>;
export const encodeRevoke = (body: Revoke): Uint8Array => encode(bodyCodec, body);
export const decodeRevoke = (body: Uint8Array): Revoke => decode(bodyCodec, body);

function apply({ dataset, grantee }: Revoke, input: RuleInput): EntryOutcome {
  const fault = ownershipFault(dataset, input);
  if (fault) return refused(fault);
  if (!isGranted(input.state, dataset, grantee)) return refused('unknown_grant');
  setGrant(input.state, dataset, grantee, { live: false, changedMs: input.context.timeMs });
  return applied();
}

export const revokeRule: Rule<Revoke> = {
  decodeBody: (body) => [decodeRevoke(body)],
  innerSignatures: () => [],
  apply,
};

/** Grant: the owner of a listed data set lets an account use it. The key to its content goes to the grantee off the chain, sealed. */
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import { equalBytes } from '../hash.ts';
import { datasets, setGrant } from '../record/dataset.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ dataset: bytes32, grantee: bytes32 });
export type Grant = Decoded<typeof bodyCodec>;
export const encodeGrant = (body: Grant): Uint8Array => encode(bodyCodec, body);
export const decodeGrant = (body: Uint8Array): Grant => decode(bodyCodec, body);

/** Why the sender can't say who may use the data set. */
export function ownershipFault(dataset: Uint8Array, { state, sender }: RuleInput): ErrorCode | undefined {
  const listed = datasets.read(state, dataset);
  if (listed && !equalBytes(listed.owner, sender)) return 'not_authorised';
  return listed ? undefined : 'unknown_dataset';
}

function apply({ dataset, grantee }: Grant, input: RuleInput): EntryOutcome {
  const fault = ownershipFault(dataset, input);
  if (fault) return refused(fault);
  setGrant(input.state, dataset, grantee, { live: true, changedMs: input.context.timeMs });
  return applied();
}

export const grantRule: Rule<Grant> = {
  decodeBody: (body) => [decodeGrant(body)],
  innerSignatures: () => [],
  apply,
};

/**
 * ModelList: claims a model by its hash, sets its royalty, and appends the commitment to it to the commitment tree. The owner may
 * list it again at another royalty; the commitment stays.
 */
import { bytes32, type Decoded, decode, encode, struct, u16 } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { models, ROYALTY_BP_MAX } from '../record/model.ts';
import { appendCommitment, isCommitment } from '../state/commitments.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ model: bytes32, royaltyBp: u16, commitment: bytes32 });
export type ModelList = Decoded<typeof bodyCodec>;
export const encodeModelList = (body: ModelList): Uint8Array => encode(bodyCodec, body);
export const decodeModelList = (body: Uint8Array): ModelList => decode(bodyCodec, body);

function apply({ model, royaltyBp, commitment }: ModelList, { state, sender }: RuleInput): EntryOutcome {
  const listed = models.read(state, model);
  const isForeign = listed !== undefined && !equalBytes(listed.owner, sender);
  if (listed && !isForeign && !equalBytes(listed.commitment, commitment)) return refused('hash_mismatch');
  if (isForeign) return refused('model_taken');
  if (royaltyBp > ROYALTY_BP_MAX) return refused('royalty_out_of_range');
  if (!isCommitment(commitment)) return refused('commitment_invalid');
  const index = listed ? listed.index : appendCommitment(state, commitment);
  models.write(state, model, { owner: sender, royaltyBp, commitment, index });
  return applied();
}

export const modelListRule: Rule<ModelList> = {
  decodeBody: (body) => [decodeModelList(body)],
  innerSignatures: () => [],
  apply,
};

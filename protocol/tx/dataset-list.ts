/** DatasetList: claims a data set by its commitment and asks a price for it; the owner may list it again at another price. */
import { bytes32, type Decoded, decode, encode, struct, u64As } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { datasets } from '../record/dataset.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ dataset: bytes32, priceZhi: u64As<Zhi>() });
export type DatasetList = Decoded<typeof bodyCodec>;
export const encodeDatasetList = (body: DatasetList): Uint8Array => encode(bodyCodec, body);
export const decodeDatasetList = (body: Uint8Array): DatasetList => decode(bodyCodec, body);

function apply({ dataset, priceZhi }: DatasetList, { state, sender }: RuleInput): EntryOutcome {
  if (priceZhi > SUPPLY_ZHI) return refused('amount_out_of_range');
  const listed = datasets.read(state, dataset);
  if (listed && !equalBytes(listed.owner, sender)) return refused('dataset_taken');
  datasets.write(state, dataset, { owner: sender, priceZhi, junkFlags: listed?.junkFlags ?? 0 });
  return applied();
}

export const datasetListRule: Rule<DatasetList> = {
  decodeBody: (body) => [decodeDatasetList(body)],
  innerSignatures: () => [],
  apply,
};

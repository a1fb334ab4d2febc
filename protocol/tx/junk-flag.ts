/**
 * JunkFlag: a bonded account says of a listed data set that it is junk, once, with the hash of its report. The ledger keeps who
 * said so and how much they had at stake; it ranks, and deletes nothing.
 */
import { bytes32, type Decoded, decode, encode, struct } from '../codec.ts';
import { bondOf } from '../record/bond.ts';
import { datasets, flagKey, junkFlags } from '../record/dataset.ts';
import { applied, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ dataset: bytes32, report: bytes32 });
export type JunkFlag = Decoded<typeof bodyCodec>;
export const encodeJunkFlag = (body: JunkFlag): Uint8Array => encode(bodyCodec, body);
export const decodeJunkFlag = (body: Uint8Array): JunkFlag => decode(bodyCodec, body);

function apply({ dataset, report }: JunkFlag, { context, state, sender }: RuleInput): EntryOutcome {
  const { bondedZhi } = bondOf(state, sender);
  if (bondedZhi === 0n) return refused('insufficient_bond');
  const listed = datasets.read(state, dataset);
  if (!listed) return refused('unknown_dataset');
  const key = flagKey(dataset, sender);
  if (junkFlags.read(state, key)) return refused('already_flagged');
  junkFlags.write(state, key, { report, bondedZhi, flaggedMs: context.timeMs });
  datasets.write(state, dataset, { ...listed, junkFlags: listed.junkFlags + 1 });
  return applied();
}

export const junkFlagRule: Rule<JunkFlag> = {
  decodeBody: (body) => [decodeJunkFlag(body)],
  innerSignatures: () => [],
  apply,
};

/** Data sets that are listed, to whom they are granted, and who flagged them as junk. Contents and keys are not on the chain. */
import { bool, bytes32, type Decoded, struct, u32, u64As } from '../codec.ts';
import type { Overlay } from '../state/overlay.ts';
import { pairKey, type RecordView, recordTable } from '../state/record.ts';
import type { UnixMs, Zhi } from '../units.ts';

const datasetCodec = struct({
  owner: bytes32,
  /** Of a grant, as the owner asks it; a transfer pays it. */
  priceZhi: u64As<Zhi>(),
  /** Accounts that flagged it. */
  junkFlags: u32,
});
export type Dataset = Decoded<typeof datasetCodec>;
/** The key is the commitment to the data: the SHA-256 of the uploaded ciphertext. */
export const datasets = recordTable('dataset', datasetCodec);

const grants = recordTable('grant', struct({ live: bool, changedMs: u64As<UnixMs>() }));

export const isGranted = (state: RecordView, dataset: Uint8Array, grantee: Uint8Array): boolean =>
  grants.read(state, pairKey('grant', dataset, grantee))?.live ?? false;

export const setGrant = (
  state: Overlay,
  dataset: Uint8Array,
  grantee: Uint8Array,
  value: { live: boolean; changedMs: UnixMs },
): void => grants.write(state, pairKey('grant', dataset, grantee), value);

export const junkFlags = recordTable(
  'junkFlag',
  struct({
    /** Hash of the report that shows why. */
    report: bytes32,
    /** The flagger's bond then: the weight of its word. */
    bondedZhi: u64As<Zhi>(),
    flaggedMs: u64As<UnixMs>(),
  }),
);
export const flagKey = (dataset: Uint8Array, flagger: Uint8Array): Uint8Array => pairKey('junkFlag', dataset, flagger);

/** Bonded money, what of it is on its way back, and whom its weight votes for. The money itself is in the bonds account. */
import { bytes32, type Decoded, option, struct, u64As, vec } from '../codec.ts';
import type { Overlay } from '../state/overlay.ts';
import { type RecordPlace, type RecordView, recordTable } from '../state/record.ts';
import type { UnixMs, Zhi } from '../units.ts';
import { DAY_MS } from '../vesting.ts';

/** Evidence of a fault may come so long after it: the money stays within reach until then. */
export const UNBONDING_MS = 21n * DAY_MS;
/** Unbondings of one account under way at a time. */
export const UNBONDINGS_MAX = 8;

const bondCodec = struct({
  bondedZhi: u64As<Zhi>(),
  /** Oldest first; neither bonded nor spendable. */
  unbonding: vec(struct({ amountZhi: u64As<Zhi>(), releaseMs: u64As<UnixMs>() }), UNBONDINGS_MAX),
  candidate: option(bytes32),
});
export type Bond = Decoded<typeof bondCodec>;

const bonds = recordTable('bond', bondCodec);
/** By candidate: the sum of the bonds of those who vote for it. */
const tallies = recordTable('tally', struct({ weightZhi: u64As<Zhi>() }));

const NO_BOND: Bond = { bondedZhi: 0n as Zhi, unbonding: [], candidate: undefined };

export const bondPlace = (account: Uint8Array): RecordPlace => ({ kind: 'bond', key: account });

export const bondOf = (state: RecordView, account: Uint8Array): Bond => bonds.read(state, account) ?? NO_BOND;

export const weightOf = (state: RecordView, candidate: Uint8Array): Zhi =>
  tallies.read(state, candidate)?.weightZhi ?? (0n as Zhi);

function addWeight(state: Overlay, candidate: Uint8Array | undefined, deltaZhi: bigint): void {
  if (!candidate) return;
  tallies.write(state, candidate, { weightZhi: (weightOf(state, candidate) + deltaZhi) as Zhi });
}

/** Writes a bond, and moves the weight from the candidate of before to that of after. */
export function setBond(state: Overlay, account: Uint8Array, before: Bond, after: Bond): void {
  addWeight(state, before.candidate, -before.bondedZhi);
  addWeight(state, after.candidate, after.bondedZhi);
  bonds.write(state, account, after);
}

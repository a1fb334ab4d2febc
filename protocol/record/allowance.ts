/** What a key may still spend of a payer's money, by opening orders in the payer's name. */
import { type Decoded, struct, u64As } from '../codec.ts';
import type { Overlay } from '../state/overlay.ts';
import { pairKey, type RecordPlace, type RecordView, recordTable } from '../state/record.ts';
import type { BlockHeight, Zhi } from '../units.ts';

const allowanceCodec = struct({
  /** Price limits and fees count against it; what returns of an escrow does not refill it. */
  leftZhi: u64As<Zhi>(),
  /** The last height at which the key may open an order. */
  expiryHeight: u64As<BlockHeight>(),
});
export type Allowance = Decoded<typeof allowanceCodec>;
const allowances = recordTable('allowance', allowanceCodec);

export const allowancePlace = (payer: Uint8Array, key: Uint8Array): RecordPlace => ({
  kind: 'allowance',
  key: pairKey('allowance', payer, key),
});

/** Undefined when there is none, it ended, or nothing is left of it. */
export function liveAllowance(
  state: RecordView,
  payer: Uint8Array,
  key: Uint8Array,
  height: BlockHeight,
): Allowance | undefined {
  const found = allowances.read(state, allowancePlace(payer, key).key);
  return found && found.leftZhi > 0n && height <= found.expiryHeight ? found : undefined;
}

export const setAllowance = (state: Overlay, payer: Uint8Array, key: Uint8Array, value: Allowance): void =>
  allowances.write(state, allowancePlace(payer, key).key, value);

/** Records of the swap in the words of the API. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../address.ts';
import type { Hash } from '../hash.ts';
import type { RegisteredSet, SwapClaimed, SwappedOut } from '../record/swap.ts';
import { evmHex } from './evm-hex.ts';
import type { WireSwapClaim, WireSwapOut, WireSwapSet } from './wire.ts';

export const wireSet = (root: Hash, { totalZhi, claimedZhi, registeredMs }: RegisteredSet): WireSwapSet => ({
  set: bytesToHex(root),
  totalZhi: totalZhi.toString(),
  claimedZhi: claimedZhi.toString(),
  registeredMs: registeredMs.toString(),
});

export const wireClaim = ({
  set,
  index,
  recipient,
  amountZhi,
  timeMs,
}: SwapClaimed): NonNullable<WireSwapClaim['claim']> => ({
  set: bytesToHex(set),
  index,
  recipient: addressOf(recipient),
  amountZhi: amountZhi.toString(),
  timeMs: timeMs.toString(),
});

export const wireOut = (sequence: bigint, out: SwappedOut): WireSwapOut => ({
  sequence: sequence.toString(),
  to: evmHex(out.to),
  amountZhi: out.amountZhi.toString(),
  sender: addressOf(out.sender),
  transaction: bytesToHex(out.tx),
  height: out.height.toString(),
  timeMs: out.timeMs.toString(),
});

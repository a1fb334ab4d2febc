/** The swap as the API tells it: amounts in zhi as decimal strings, addresses of the EVM chain as 0x and lower-case hex. */
import type { WireStateProof } from '../wire.ts';

export interface WireSwapSet {
  /** Root, hex: the set's name. */
  set: string;
  totalZhi: string;
  claimedZhi: string;
  /** Block time at which it was registered; of the snapshot, when the network was founded. */
  registeredMs: string;
}

export interface WireSwap {
  /** False where the network takes over no token; all else is then nothing. */
  open: boolean;
  /** Hash of the genesis, which claims and releases name. */
  network: string;
  evmChainId: string;
  token: string;
  /** What the swap account holds. Never below what is promised. */
  balanceZhi: string;
  /** Unclaimed, of all sets. */
  promisedZhi: string;
  claimedZhi: string;
  outZhi: string;
  /** Swaps out so far. */
  outs: string;
  /** The set that the genesis names. */
  snapshot: WireSwapSet | null;
}

export interface WireSwapSets {
  sets: WireSwapSet[];
  /** `after` of the next page. */
  next: string | null;
}

export interface WireSwapClaim {
  set: string;
  index: number;
  /**
   * Null while nobody claimed the record, if the set has one of this index. `set` and `index` are those of the record that was paid:
   * others than were asked for where the lock that was named was paid through another set.
   */
  claim: { set: string; index: number; recipient: string; amountZhi: string; timeMs: string } | null;
}

export interface WireSwapOut {
  sequence: string;
  to: string;
  amountZhi: string;
  sender: string;
  /** Hash of the transaction. */
  transaction: string;
  height: string;
  timeMs: string;
}

export interface WireSwapOuts {
  outs: WireSwapOut[];
  /** `from` of the next page; null at the end, which grows. */
  next: string | null;
}

/** Null: the proof is of the record's absence. */
export interface WireSwapOutProof extends WireStateProof {
  sequence: string;
  /** Canonical bytes of the record, base64. */
  record: string | null;
  out: WireSwapOut | null;
}

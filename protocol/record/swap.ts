/**
 * What is known of the ERC20 swap: the sets of records that may be claimed, what was claimed of them, and what went out. The money
 * is in the swap account, which always holds at least what is promised: the unclaimed rest of all sets.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, encode, fixed, struct, u32, u64, u64As, u128 } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash, taggedHash } from '../hash.ts';
import type { Overlay } from '../state/overlay.ts';
import { ONLY_KEY, type RecordPlace, type RecordView, recordTable } from '../state/record.ts';
import type { Lock, SwapSet } from '../swap/record-set.ts';
import { rootOfParts, type SetParts, setPartsFault } from '../swap/set-parts.ts';
import type { BlockHeight, UnixMs, Zhi } from '../units.ts';

const setCodec = struct({
  totalZhi: u64As<Zhi>(),
  claimedZhi: u64As<Zhi>(),
  /** By block time; of the set that the genesis names, when it was founded. */
  registeredMs: u64As<UnixMs>(),
});
export type RegisteredSet = Decoded<typeof setCodec>;
/** The key is the set's root. */
const sets = recordTable('swapSet', setCodec);

const totalsCodec = struct({
  /** The sum of what is unclaimed of all sets. */
  promisedZhi: u64As<Zhi>(),
  /** Both of all time: the same money may go out and come in again without end, so they are not held to the supply. */
  claimedZhi: u128,
  outZhi: u128,
  /** Swaps out so far: the next one's sequence number. */
  outs: u64,
});
export type SwapTotals = Decoded<typeof totalsCodec>;
/** Under ONLY_KEY, which is no set's root. */
const totals = recordTable('swapSet', totalsCodec);

const claimCodec = struct({
  set: bytes32,
  index: u32,
  recipient: bytes32,
  amountZhi: u64As<Zhi>(),
  timeMs: u64As<UnixMs>(),
});
export type SwapClaimed = Decoded<typeof claimCodec>;
/** A record that was paid: under its place in its set and, if it is a lock's, under that too. */
export const swapClaims = recordTable('swapClaim', claimCodec);

const outCodec = struct({
  /** Whom the token contract is to pay on the EVM chain. */
  to: fixed(20),
  amountZhi: u64As<Zhi>(),
  sender: bytes32,
  /** Of the SwapOut. */
  tx: bytes32,
  height: u64As<BlockHeight>(),
  timeMs: u64As<UnixMs>(),
});
export type SwappedOut = Decoded<typeof outCodec>;
export const swapOuts = recordTable('swapOut', outCodec);

const placeCodec = struct({ set: bytes32, index: u32 });
const lockCodec = struct({ txHash: bytes32, logIndex: u32 });
const sequenceCodec = struct({ sequence: u64 });

export const claimKey = (set: Hash, index: number): Hash =>
  taggedHash('HAI/swap-claim/1', encode(placeCodec, { set, index }));
/** Of an event, whichever set lists it: an event that two sets list is paid once. */
export const lockKey = (lock: Lock): Hash => taggedHash('HAI/swap-lock/1', encode(lockCodec, lock));
export const outKey = (sequence: bigint): Hash => taggedHash('HAI/swap-out/1', encode(sequenceCodec, { sequence }));

export const setPlace = (root: Hash): RecordPlace => ({ kind: 'swapSet', key: root });
export const totalsPlace: RecordPlace = { kind: 'swapSet', key: ONLY_KEY };
export const claimPlace = (set: Hash, index: number): RecordPlace => ({ kind: 'swapClaim', key: claimKey(set, index) });
export const lockPlace = (lock: Lock): RecordPlace => ({ kind: 'swapClaim', key: lockKey(lock) });
export const outPlace = (sequence: bigint): RecordPlace => ({ kind: 'swapOut', key: outKey(sequence) });

/** Whether the network takes over a token at all. */
export const hasSwap = ({ swap }: Genesis): boolean => swap.evmChainId !== 0n;

/** The set that the genesis names. */
export function snapshotOf({ swap }: Genesis): SwapSet | undefined {
  const { snapshot } = swap;
  return snapshot && { ...snapshot, root: rootOfParts(snapshot) };
}

export function readTotals(state: RecordView, { swap }: Genesis): SwapTotals {
  const promisedZhi = swap.snapshot?.totalZhi ?? (0n as Zhi);
  return totals.read(state, ONLY_KEY) ?? { promisedZhi, claimedZhi: 0n, outZhi: 0n, outs: 0n };
}

export const writeTotals = (state: Overlay, value: SwapTotals): void => totals.write(state, ONLY_KEY, value);

/** The snapshot that the genesis names is a set without a record until something of it is claimed. */
export function readSet(state: RecordView, genesis: Genesis, root: Hash): RegisteredSet | undefined {
  // The sums stand there.
  if (equalBytes(root, ONLY_KEY)) return undefined;
  const found = sets.read(state, root);
  if (found) return found;
  const snapshot = snapshotOf(genesis);
  if (!snapshot || !equalBytes(root, snapshot.root)) return undefined;
  return { totalZhi: snapshot.totalZhi, claimedZhi: 0n as Zhi, registeredMs: genesis.createdMs };
}

export const writeSet = (state: Overlay, root: Hash, value: RegisteredSet): void => sets.write(state, root, value);

/**
 * Lets the records of a set be claimed, as governance decided at `timeMs`: a batch of locks or burns, or another snapshot. Refused
 * with the state as it was: `swap_closed`, `invalid_field` (the parts of no set), `swap_set_exists`, `swap_uncovered` (the swap account does not hold the set's sum beside what is promised already).
 */
export function registerSwapSet(
  state: Overlay,
  genesis: Genesis,
  parts: SetParts,
  timeMs: UnixMs,
): ErrorCode | undefined {
  if (!hasSwap(genesis)) return 'swap_closed';
  if (setPartsFault(parts)) return 'invalid_field';
  const { totalZhi } = parts;
  const root = rootOfParts(parts);
  if (readSet(state, genesis, root)) return 'swap_set_exists';
  const before = readTotals(state, genesis);
  const promisedZhi = (before.promisedZhi + totalZhi) as Zhi;
  const heldZhi = state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi ?? 0n;
  if (heldZhi < promisedZhi) return 'swap_uncovered';
  writeSet(state, root, { totalZhi, claimedZhi: 0n as Zhi, registeredMs: timeMs });
  writeTotals(state, { ...before, promisedZhi });
  return undefined;
}

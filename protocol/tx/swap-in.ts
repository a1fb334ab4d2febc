/**
 * SwapIn: pays a record of the ERC20's holders, locks or burns out of the swap account, once, to the account that the holder named.
 * The holder signs that with the key that it has on the EVM chain (EIP-712: swap/typed-data.ts); anyone may send it, as a holder who
 * comes for the first time has no HAI for the fee. Nobody but the recipient is paid.
 */
import { isSystemAccount, SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, fixed, struct, u8, u32, vec } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import {
  claimKey,
  claimPlace,
  hasSwap,
  lockKey,
  lockPlace,
  type RegisteredSet,
  readSet,
  readTotals,
  setPlace,
  swapClaims,
  writeSet,
  writeTotals,
} from '../record/swap.ts';
import { REGIONS } from '../regions.ts';
import type { Overlay } from '../state/overlay.ts';
import type { RecordPlace, RecordView } from '../state/record.ts';
import { claimStatementOf, encodeClaimStatement } from '../swap/claim-statement.ts';
import { isInSet, swapRecordFields } from '../swap/record-set.ts';
import { SET_PATH_MAX } from '../swap/set-parts.ts';
import type { Zhi } from '../units.ts';
import { balanceOf, openAccount, post } from './postings.ts';
import {
  applied,
  type EntryOutcome,
  type Posting,
  type Rule,
  type RuleContext,
  type RuleInput,
  refused,
} from './rule.ts';

const bodyCodec = struct({
  /** Root of the set. */
  set: bytes32,
  /** How many records the set has. */
  records: u32,
  index: u32,
  ...swapRecordFields,
  /** Leaf side first. */
  path: vec(bytes32, SET_PATH_MAX),
  recipient: bytes32,
  /** Home of the recipient, if this creates its account; else ignored. */
  homeRegion: u8,
  /** The holder's: r, s and v (27 or 28) of secp256k1, s in the lower half. */
  signature: fixed(65),
});
export type SwapIn = Decoded<typeof bodyCodec>;
export const encodeSwapIn = (body: SwapIn): Uint8Array => encode(bodyCodec, body);
export const decodeSwapIn = (body: Uint8Array): SwapIn => decode(bodyCodec, body);

/** What `swapInFault` reads. */
export const swapInPlaces = ({ set, index, lock }: SwapIn): RecordPlace[] => [
  setPlace(set),
  claimPlace(set, index),
  ...(lock ? [lockPlace(lock)] : []),
];

function isClaimed(records: RecordView, { set, index, lock }: SwapIn): boolean {
  const keys = [claimKey(set, index), ...(lock ? [lockKey(lock)] : [])];
  // All are read before any answer, so that a block's witness has the same leaves whichever of them decides.
  return keys.map((key) => swapClaims.read(records, key)).some((claim) => claim !== undefined);
}

function setFault(body: SwapIn, found: RegisteredSet, records: RecordView): ErrorCode | undefined {
  if (isClaimed(records, body)) return 'already_claimed';
  const { totalZhi, claimedZhi } = found;
  if (!isInSet(body, { records: body.records, totalZhi, index: body.index, path: body.path }, body.set))
    return 'proof_invalid';
  // A set whose records sum to more than it says: the last ones are not paid.
  return claimedZhi + body.amountZhi > totalZhi ? 'swap_uncovered' : undefined;
}

/** The set, or why the claim is not one that the records allow. Intake and the chain share it; neither signature is asked. */
export function claimableSet(body: SwapIn, records: RecordView, genesis: Genesis): RegisteredSet | ErrorCode {
  if (!hasSwap(genesis)) return 'swap_closed';
  if (REGIONS[body.homeRegion] === undefined) return 'invalid_field';
  if (body.amountZhi <= 0n) return 'amount_out_of_range';
  if (isSystemAccount(body.recipient)) return 'system_account';
  const found = readSet(records, genesis, body.set);
  if (!found) return 'unknown_swap_set';
  return setFault(body, found, records) ?? found;
}

function markClaimed(body: SwapIn, found: RegisteredSet, { context, state }: RuleInput): void {
  const { set, index, lock, recipient, amountZhi } = body;
  const claim = { set, index, recipient, amountZhi, timeMs: context.timeMs };
  swapClaims.write(state, claimKey(set, index), claim);
  if (lock) swapClaims.write(state, lockKey(lock), claim);
  writeSet(state, set, { ...found, claimedZhi: (found.claimedZhi + amountZhi) as Zhi });
  countClaim(state, context, amountZhi);
}

function countClaim(state: Overlay, { genesis }: RuleContext, amountZhi: Zhi): void {
  const before = readTotals(state, genesis);
  writeTotals(state, {
    ...before,
    promisedZhi: (before.promisedZhi - amountZhi) as Zhi,
    claimedZhi: before.claimedZhi + amountZhi,
  });
}

function apply(body: SwapIn, input: RuleInput): EntryOutcome {
  const { context, state } = input;
  const { recipient, amountZhi } = body;
  const found = claimableSet(body, state, context.genesis);
  if (typeof found === 'string') return refused(found);
  // Not of an honest genesis, which allots the swap account what its snapshot promises; registered sets are covered.
  if (balanceOf(state, SYSTEM_ACCOUNT.swap) < amountZhi) return refused('swap_uncovered');
  openAccount(state, recipient, body.homeRegion);
  const postings: Posting[] = [
    { account: SYSTEM_ACCOUNT.swap, deltaZhi: -amountZhi },
    { account: recipient, deltaZhi: amountZhi },
  ];
  post(state, postings);
  markClaimed(body, found, input);
  return applied(postings);
}

export const swapInRule: Rule<SwapIn> = {
  decodeBody: (body) => [decodeSwapIn(body)],
  innerSignatures: (body, { genesis, genesisHash }) => [
    {
      scheme: 'evmClaim',
      publicKey: body.holder,
      message: encodeClaimStatement(claimStatementOf(body, genesis, genesisHash)),
      signature: body.signature,
    },
  ],
  apply,
};

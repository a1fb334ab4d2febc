/** What a holder signs on a claim, in canonical bytes: all that decides whom it pays, and where it holds. swap/verify.ts checks it. */
import { bytes32, type Decoded, decode, encode, fixed, struct, u8, u32, u64, u64As } from '../codec.ts';
import type { Genesis } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import type { Zhi } from '../units.ts';

const statementCodec = struct({
  evmChainId: u64,
  token: fixed(20),
  /** Hash of the genesis. */
  network: bytes32,
  /** Root of the set. */
  set: bytes32,
  index: u32,
  amountZhi: u64As<Zhi>(),
  recipient: bytes32,
  /** Of the recipient, if the claim creates its account. */
  homeRegion: u8,
});
export type ClaimStatement = Decoded<typeof statementCodec>;
export const encodeClaimStatement = (statement: ClaimStatement): Uint8Array => encode(statementCodec, statement);
/** Throws CodecError. */
export const decodeClaimStatement = (bytes: Uint8Array): ClaimStatement => decode(statementCodec, bytes);

type Claimed = Pick<ClaimStatement, 'set' | 'index' | 'amountZhi' | 'recipient' | 'homeRegion'>;

export function claimStatementOf(
  { set, index, amountZhi, recipient, homeRegion }: Claimed,
  { swap }: Genesis,
  network: Hash,
): ClaimStatement {
  const { evmChainId, token } = swap;
  return { evmChainId, token, network, set, index, amountZhi, recipient, homeRegion };
}

/** An account as the chain's state holds it: a leaf of the state tree, its balance summed in the tree. */
import { type Decoded, decode, encode, struct, u8, u64, u64As } from '../codec.ts';
import type { Zhi } from '../units.ts';

export const accountCodec = struct({
  balanceZhi: u64As<Zhi>(),
  /** The nonce that the account's next transaction must carry. */
  nonce: u64,
  /** Orders the account's nonces, reserves its escrow, keeps its idempotency keys. Set when the account is created. */
  homeRegion: u8,
});
export type Account = Decoded<typeof accountCodec>;
export const encodeAccount = (account: Account): Uint8Array => encode(accountCodec, account);
export const decodeAccount = (bytes: Uint8Array): Account => decode(accountCodec, bytes);

/** What region objects ask of each other. Not reachable from the API's types. */

import type { ErrorCode, Result } from '../../protocol/errors.ts';
import type { Acceptance } from '../../protocol/tx/order-match.ts';
import type { ProviderClaim } from '../../protocol/tx/work-proof.ts';
import type { RegionPublicKeys } from './keyring.ts';

/** A hosted provider's yes: its signature under the quote, and the content key that its grant opens. */
export interface Accepted {
  readonly acceptance: Uint8Array;
  readonly contentKey: Uint8Array;
  readonly lie: boolean;
}

/** What the sequencer tells a region after a final block. */
export interface FinalNotice {
  readonly height: bigint;
  readonly hash: Uint8Array;
  readonly timeMs: bigint;
  readonly transactions: { readonly hash: Uint8Array; readonly entries: number[]; readonly index: number }[];
  /** Home accounts that the block touched; `height` is the block that the leaf is of. */
  readonly accounts: { readonly key: Uint8Array; readonly leaf: Uint8Array; readonly height: bigint }[];
  readonly orders: { readonly id: Uint8Array; readonly record: Uint8Array }[];
  readonly refused: { readonly hash: Uint8Array; readonly code: ErrorCode }[];
  /** The record of parameters, where the block has written it. */
  readonly parameters?: Uint8Array;
}

export interface SeatVote {
  readonly seatKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** A block as the sequencer lays it before the seats, in canonical bytes. */
export interface Proposal {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  /** The part of the previous state that the block touches. */
  readonly witness: Uint8Array;
}

export interface CertifiedHeader {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface PeerRpcMethods {
  /** Public keys of the roles that this region will hold; made on the first call. */
  publicKeys(seats: number): Promise<RegionPublicKeys>;
  acceptOrder(acceptance: Acceptance, sealed: Uint8Array, demander: Uint8Array): Promise<Result<Accepted>>;
  /** Opens the provider's grant again for a consumer that takes over a lease. */
  contentKey(sealed: Uint8Array, demander: Uint8Array): Promise<Uint8Array | null>;
  signClaim(claim: ProviderClaim): Promise<Uint8Array>;
  /**
   * The seats of this region vote for a block. `consensus_stalled` unless it extends the last final block that they know of;
   * `block_invalid` or `witness_invalid` unless it executes to its header.
   */
  vote(proposal: Proposal, parent: CertifiedHeader | null): Promise<Result<SeatVote[]>>;
  /** The same of a proposal by name (shown-proposals.ts); undefined where none has it. */
  voteShown(name: string, parent: CertifiedHeader | null): Promise<Result<SeatVote[]> | undefined>;
  /** What time it is here: the proposer dates no block far ahead of most. */
  clock(): Promise<number>;
  /** Pending transactions, oldest first. */
  pull(limit: number): Promise<Uint8Array[]>;
  takeFinal(notice: FinalNotice): Promise<void>;
  /** To the sequencer: this region has something to seal. */
  wake(region: string): Promise<void>;
}

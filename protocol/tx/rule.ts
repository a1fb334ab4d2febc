/** What a rule (a file in this folder) is given, and what it leaves behind. */
import type { SignatureScheme } from '../ed25519.ts';
import type { ErrorCode } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import type { Parameters } from '../governance/parameters.ts';
import type { Hash } from '../hash.ts';
import type { Overlay } from '../state/overlay.ts';
import type { BlockHeight, UnixMs } from '../units.ts';

/** One line of double entry: the deltas of a transaction sum to zero. */
export interface Posting {
  readonly account: Uint8Array;
  readonly deltaZhi: bigint;
}

export interface RuleContext {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
}

/** With what the state says holds at that time (record/parameter.ts). Within a block no parameter changes. */
export interface BlockContext extends RuleContext {
  readonly parameters: Parameters;
}

export interface Signed {
  /** Of an `evmClaim` the signer's address on the EVM chain, of 20 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** ed25519 unless it says otherwise. */
  readonly scheme?: SignatureScheme;
}

/** A refusal of one entry (or of a whole body of one), with the state left as it was. */
export type EntryOutcome =
  | { readonly ok: true; readonly postings: Posting[] }
  | { readonly ok: false; readonly code: ErrorCode };

export const applied = (postings: Posting[] = []): EntryOutcome => ({ ok: true, postings });
export const refused = (code: ErrorCode): EntryOutcome => ({ ok: false, code });

export interface RuleInput {
  readonly context: BlockContext;
  readonly state: Overlay;
  readonly sender: Uint8Array;
  readonly nonce: bigint;
  readonly txHash: Hash;
}

/** What a sponsored transaction asks before anything else of it. */
export interface FeeInput {
  readonly context: BlockContext;
  readonly state: Overlay;
  readonly sender: Uint8Array;
  readonly feeZhi: bigint;
}

/** A body is a list of entries; each is applied by itself. A rule with one entry per transaction has a list of one. */
export interface Rule<Entry> {
  decodeBody(body: Uint8Array): Entry[];
  /** Signatures inside the body, beside the envelope's. */
  innerSignatures(entry: Entry, context: RuleContext): Signed[];
  apply(entry: Entry, input: RuleInput): EntryOutcome;
  /**
   * Of a type whose sender has no money: who pays the fee in its stead, or the code with which the transaction can't be in a
   * block at all. Counts the fee against whatever bounds it; the caller moves the money, which is there.
   */
  sponsor?(entry: Entry, input: FeeInput): Uint8Array | ErrorCode;
}

/** Entries in one batch transaction: keeps an order's receipt, which carries whole transactions, under 10 KB. */
export const BATCH_ENTRIES_MAX = 8;

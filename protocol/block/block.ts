/** A block: header, transactions, and the outcome of each. */
import { bytesMax, type Decoded, decode, encode, struct, u16, vec } from '../codec.ts';
import { merkleRoot } from '../merkle.ts';
import { encodeOutcome, type Outcome } from '../outcome.ts';
import { TX_BYTES_MAX } from '../tx/envelope.ts';
import { BATCH_ENTRIES_MAX } from '../tx/rule.ts';
import type { BlockHeader } from './header.ts';

export const BLOCK_TRANSACTIONS_MAX = 2000;
/** 1 MiB: the body is one parameter of one D1 statement, which may hold 2 MB. */
export const BLOCK_BYTES_MAX = 1 << 20;

/** What the body spends on a transaction beside its bytes, at most: two ULEB128 lengths of <= 2 bytes, and its outcome. */
export const BODY_ENTRY_OVERHEAD = 2 + 2 + 2 * BATCH_ENTRIES_MAX;

const bodyCodec = struct({
  transactions: vec(bytesMax(TX_BYTES_MAX), BLOCK_TRANSACTIONS_MAX),
  outcomes: vec(struct({ entries: vec(u16, BATCH_ENTRIES_MAX) }), BLOCK_TRANSACTIONS_MAX),
});
export type BlockBody = Decoded<typeof bodyCodec>;
export const encodeBody = (body: BlockBody): Uint8Array => encode(bodyCodec, body);
export const decodeBody = (bytes: Uint8Array): BlockBody => decode(bodyCodec, bytes);

export interface Block {
  readonly header: BlockHeader;
  readonly body: BlockBody;
}

export function txRootOf(transactions: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(transactions);
}

export function receiptRootOf(outcomes: readonly Outcome[]): Uint8Array {
  return merkleRoot(outcomes.map(encodeOutcome));
}

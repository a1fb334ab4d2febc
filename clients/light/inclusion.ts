/** What is in a block: against the Merkle roots of a final header. */
import { type BlockBody, decodeBody, receiptRootOf, txRootOf } from '../../protocol/block/block.ts';
import { CodecError } from '../../protocol/codec.ts';
import type { Result } from '../../protocol/errors.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { verifyMerklePath } from '../../protocol/merkle.ts';
import { encodeOutcome, type Outcome } from '../../protocol/outcome.ts';
import type { FinalHeader, PinnedNetwork } from '../../protocol/proof/final-header.ts';
import { fail, ok } from '../../protocol/result.ts';
import { parseTransaction, type Transaction } from '../../protocol/tx/envelope.ts';

export interface Place {
  /** Position in the block. */
  readonly index: number;
  /** Hashes of the siblings, leaf side first. */
  readonly path: readonly Hash[];
}

export interface Included extends Place {
  /** The signed transaction. */
  readonly bytes: Uint8Array;
}

const refuse = (why: string) => fail('inclusion_invalid', why);

export function bodyIn({ header }: FinalHeader, bytes: Uint8Array): Result<BlockBody> {
  let body: BlockBody;
  try {
    body = decodeBody(bytes);
  } catch (error) {
    if (error instanceof CodecError) return refuse(error.message);
    throw error;
  }
  const { transactions, outcomes } = body;
  if (transactions.length !== header.txCount || outcomes.length !== header.txCount)
    return refuse('another number of transactions');
  if (!equalBytes(txRootOf(transactions), header.txRoot)) return refuse('other transactions');
  if (!equalBytes(receiptRootOf(outcomes), header.receiptRoot)) return refuse('other outcomes');
  return ok(body);
}

export function transactionIn(
  { hash }: PinnedNetwork,
  { header }: FinalHeader,
  { bytes, index, path }: Included,
): Result<Transaction> {
  if (!verifyMerklePath(bytes, index, header.txCount, path, header.txRoot)) return refuse('not at this place');
  const parsed = parseTransaction(bytes, hash);
  return parsed.ok ? parsed : refuse(`the transaction is malformed: ${parsed.code}`);
}

export function outcomeIn({ header }: FinalHeader, outcome: Outcome, { index, path }: Place): Result<Outcome> {
  let leaf: Uint8Array;
  try {
    leaf = encodeOutcome(outcome);
  } catch (error) {
    if (error instanceof CodecError) return refuse(error.message);
    throw error;
  }
  return verifyMerklePath(leaf, index, header.txCount, path, header.receiptRoot)
    ? ok(outcome)
    : refuse('not at this place');
}

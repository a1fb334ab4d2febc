/**
 * What is asked of a verifier, in canonical bytes: signatures of transactions, or a proposed block. Each message names the network by
 * its whole genesis, so that a verifier needs no storage and trusts nobody.
 */
import { BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX } from '../../protocol/block/block.ts';
import { bytesMax, type Decoded, option, struct, vec } from '../../protocol/codec.ts';
import { WITNESS_BYTES_MAX } from '../../protocol/state/witness.ts';
import { TX_BYTES_MAX } from '../../protocol/tx/envelope.ts';

/** Far above any genesis: its lists are bounded to some tens of KB. */
const GENESIS_BYTES_MAX = 1 << 20;
const HEADER_BYTES_MAX = 4096;

export const signaturesRequest = struct({
  genesis: bytesMax(GENESIS_BYTES_MAX),
  transactions: vec(bytesMax(TX_BYTES_MAX), BLOCK_TRANSACTIONS_MAX),
});
export type SignaturesRequest = Decoded<typeof signaturesRequest>;

/** The answer has one byte for each transaction. */
export const SIGNATURE_VERDICTS = ['good', 'bad_signature', 'tx_malformed'] as const;
export type SignatureVerdict = (typeof SIGNATURE_VERDICTS)[number];

export const executeRequest = struct({
  genesis: bytesMax(GENESIS_BYTES_MAX),
  /** Undefined for the first block. */
  previous: option(bytesMax(HEADER_BYTES_MAX)),
  header: bytesMax(HEADER_BYTES_MAX),
  body: bytesMax(BLOCK_BYTES_MAX),
  witness: bytesMax(WITNESS_BYTES_MAX),
});
export type ExecuteRequest = Decoded<typeof executeRequest>;

/** Why a block may be refused, as validateBlock says; a valid one has no code. */
export const EXECUTION_REFUSALS = ['block_invalid', 'witness_invalid'] as const;

export const VERIFIER_PATHS = { signatures: '/signatures', execute: '/execute' } as const;

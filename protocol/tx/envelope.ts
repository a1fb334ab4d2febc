/**
 * The signed envelope of every transaction.
 *
 * Signed: `HAI/tx/1` || genesis hash (32) || canonical bytes of the envelope without the signature. The genesis hash in the
 * signature's domain, and its first eight bytes in the envelope, bind a transaction to one network.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { bytes32, bytes64, bytesMax, type Decoded, decode, encode, fixed, struct, u8, u64, u64As } from '../codec.ts';
import { digestAt, hashEach } from '../digests.ts';
import type { Result } from '../errors.ts';
import { domain, equalBytes, type Hash, taggedHash } from '../hash.ts';
import { fail, ok } from '../result.ts';
import type { BlockHeight, Zhi } from '../units.ts';
import { isReservedTxType, txTypeName } from './types.ts';

/** The whole signed transaction; what D1, a queue message and a receipt carry comfortably. */
export const TX_BYTES_MAX = 4096;
const BODY_BYTES_MAX = 3840;
/** A transaction may not lie about for longer than this many blocks: bounds what a nonce cache must remember. */
export const EXPIRY_HORIZON_BLOCKS = 100_000n;

const unsignedFields = {
  version: u8,
  chain: fixed(8),
  type: u8,
  sender: bytes32,
  /** The sender's next unused number, from 0, no gaps. */
  nonce: u64,
  /** The last height at which it may be sealed. */
  expiryHeight: u64As<BlockHeight>(),
  /** Burned whole; at least the type's base fee. */
  feeZhi: u64As<Zhi>(),
  body: bytesMax(BODY_BYTES_MAX),
};
const unsignedCodec = struct(unsignedFields);
const signedCodec = struct({ ...unsignedFields, signature: bytes64 });

/** Where the type stands in a transaction's bytes: behind version and chain. */
export const TX_TYPE_AT = 9;

export type UnsignedTransaction = Decoded<typeof unsignedCodec>;
export type Transaction = Decoded<typeof signedCodec>;

export const TX_VERSION = 1;
export const chainIdOf = (genesisHash: Hash): Uint8Array => genesisHash.slice(0, 8);

export function signingBytes(genesisHash: Hash, tx: UnsignedTransaction): Uint8Array {
  return concatBytes(domain('HAI/tx/1'), genesisHash, encode(unsignedCodec, tx));
}

export const encodeTransaction = (tx: Transaction): Uint8Array => encode(signedCodec, tx);

/** The transaction's id, over the signed bytes. ed25519 as checked here is not malleable, so there is one id. */
export function transactionHash(bytes: Uint8Array): Hash {
  return taggedHash('HAI/tx-id/1', bytes);
}

const ID_TAG = domain('HAI/tx-id/1');

/** The same of many: several times as fast where the host has a faster way to many digests. */
export function transactionHashes(transactions: readonly Uint8Array[]): Hash[] {
  const digests = hashEach(transactions.map((bytes) => concatBytes(ID_TAG, bytes)));
  return transactions.map((_, i) => digestAt(digests, i));
}

/** Structural pass: canonical bytes, size, version, a type that exists, this chain. No signature, no state. */
export function parseTransaction(bytes: Uint8Array, genesisHash: Hash): Result<Transaction> {
  if (bytes.length > TX_BYTES_MAX) return fail('tx_too_large', `${bytes.length} bytes`);
  let tx: Transaction;
  try {
    tx = decode(signedCodec, bytes);
  } catch (error) {
    return fail('tx_malformed', (error as Error).message);
  }
  if (tx.version !== TX_VERSION) return fail('tx_malformed', `version ${tx.version}`);
  if (isReservedTxType(tx.type)) return fail('tx_type_reserved', `type ${tx.type}`);
  if (txTypeName(tx.type) === undefined) return fail('tx_malformed', `type ${tx.type}`);
  if (!equalBytes(tx.chain, chainIdOf(genesisHash))) return fail('wrong_chain');
  return ok(tx);
}

export interface ParsedTransaction {
  readonly tx: Transaction;
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

/** Each with its hash, as far as `parse` takes it. */
export function parseEach(
  batch: readonly Uint8Array[],
  parse: (bytes: Uint8Array) => Result<Transaction>,
): Result<ParsedTransaction>[] {
  const parsed = batch.map(parse);
  const hashes = transactionHashes(batch.filter((_, i) => parsed[i]?.ok)).values();
  return parsed.map((one, i) =>
    one.ok ? ok({ tx: one.value, hash: hashes.next().value as Hash, bytes: batch[i] as Uint8Array }) : one,
  );
}

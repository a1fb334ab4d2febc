/**
 * The receipt of an order: everything a stranger needs to check, offline, that this order was opened, matched by an
 * accepting provider, computed, checked, settled at its quote, and sealed in final blocks of the network that the pinned
 * genesis hash names. It holds the genesis, the blocks' headers and certificates, and each transaction with its paths.
 */
import { bytes32, bytesMax, CodecError, type Decoded, decode, encode, struct, u8, u16, u32, vec } from '../codec.ts';
import { PATH_MAX } from '../merkle.ts';
import { TX_BYTES_MAX } from '../tx/envelope.ts';
import { BATCH_ENTRIES_MAX } from '../tx/rule.ts';

const GENESIS_BYTES_MAX = 16_384;
const HEADER_BYTES_MAX = 512;
const CERTIFICATE_BYTES_MAX = 1024;
/** open, then match, work and result for each of three attempts, confirm, settle. */
const TRANSACTIONS_MAX = 12;

const merklePathCodec = vec(bytes32, PATH_MAX);
const receiptCodec = struct({
  version: u8,
  genesis: bytesMax(GENESIS_BYTES_MAX),
  order: bytes32,
  blocks: vec(
    struct({ header: bytesMax(HEADER_BYTES_MAX), certificate: bytesMax(CERTIFICATE_BYTES_MAX) }),
    TRANSACTIONS_MAX,
  ),
  transactions: vec(
    struct({
      /** Index into `blocks`. */
      block: u8,
      /** Position in that block. */
      index: u32,
      bytes: bytesMax(TX_BYTES_MAX),
      path: merklePathCodec,
      outcome: vec(u16, BATCH_ENTRIES_MAX),
      outcomePath: merklePathCodec,
    }),
    TRANSACTIONS_MAX,
  ),
});
export type Receipt = Decoded<typeof receiptCodec>;
export const RECEIPT_VERSION = 1;
export const encodeReceipt = (receipt: Receipt): Uint8Array => encode(receiptCodec, receipt);

export function decodeReceipt(bytes: Uint8Array): Receipt | undefined {
  try {
    return decode(receiptCodec, bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/**
 * The receipt of an order: everything a stranger needs to check, offline, that this order was opened, matched by an
 * accepting provider, computed, checked, settled at its quote, and sealed in final blocks of the network that the pinned
 * genesis hash names. It holds the genesis, what of the blocks' headers does not follow from that, their certificates, and each
 * transaction with its paths.
 */
import type { Certificate } from '../block/certificate.ts';
import { BLOCK_VERSION, type BlockHeader, decodeHeader, encodeHeader, headerHash, REGIMES } from '../block/header.ts';
import {
  bytes32,
  bytes64,
  bytesMax,
  CodecError,
  type Decoded,
  decode,
  encode,
  oneOf,
  struct,
  u8,
  u16,
  u32,
  u64,
  u64As,
  vec,
} from '../codec.ts';
import { decodeGenesis, electionRoot, genesisHash, resourceRoot, SEATS } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import { PATH_MAX } from '../merkle.ts';
import { TX_BYTES_MAX } from '../tx/envelope.ts';
import { BATCH_ENTRIES_MAX } from '../tx/rule.ts';
import { type BlockHeight, type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../units.ts';

const GENESIS_BYTES_MAX = 16_384;
/** open, then match, work and result for each of three attempts, confirm, settle. */
const TRANSACTIONS_MAX = 12;
/** Blocks of others between two of the order's that a receipt holds to link them: some 190 bytes each, a certificate takes 600. */
export const LINKS_MAX = 3;
const BLOCKS_MAX = TRANSACTIONS_MAX + (TRANSACTIONS_MAX - 1) * LINKS_MAX;

/** Of a header, what the genesis and the block before it in the receipt do not give. */
const shortBlockCodec = struct({
  height: u64As<BlockHeight>(),
  /** Empty after a block without a certificate: that one is the parent. */
  parent: vec(bytes32, 1),
  timeMs: u64As<UnixMs>(),
  region: u8,
  proposerSeat: u8,
  epoch: u64,
  round: u32,
  regime: oneOf(REGIMES),
  txCount: u32,
  txRoot: bytes32,
  receiptRoot: bytes32,
  stateRoot: bytes32,
  commitmentRoot: bytes32,
  cyclesBilled: u64As<HpuCycles>(),
  mintedZhi: u64As<Zhi>(),
  burnedZhi: u64As<Zhi>(),
  seats: u16,
  signatures: vec(bytes64, SEATS),
});
type ShortBlock = Decoded<typeof shortBlockCodec>;

const merklePathCodec = vec(bytes32, PATH_MAX);
const receiptCodec = struct({
  version: u8,
  genesis: bytesMax(GENESIS_BYTES_MAX),
  order: bytes32,
  blocks: vec(shortBlockCodec, BLOCKS_MAX),
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

export interface ReceiptBlock {
  /** Canonical bytes. */
  readonly header: Uint8Array;
  /**
   * Of its certificate; what else is in one follows from the header. None of either where the next block here names this one as its
   * parent. A block that no transaction here is in is always such a one.
   */
  readonly seats: number;
  readonly signatures: Uint8Array[];
}

export interface Receipt extends Omit<Decoded<typeof receiptCodec>, 'blocks'> {
  readonly blocks: ReceiptBlock[];
}

/** 1 carried whole headers and certificates. */
export const RECEIPT_VERSION = 2;

/** Throws for headers that no receipt of this genesis can hold: of another network, seat set, resource table, supply or parent. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const given = givenBy(receipt.genesis);
  const blocks = receipt.blocks.map((block, i): ShortBlock => {
    const { header: bytes, seats, signatures } = block;
    const before = receipt.blocks[i - 1];
    const { parent, ...header } = decodeHeader(bytes);
    const short = { ...header, parent: before && isLinked(before) ? [] : [parent], seats, signatures };
    if (!equalBytes(headerBytes(short, given, before?.header), bytes))
      throw new RangeError('a header that does not belong to the receipt');
    return short;
  });
  return encode(receiptCodec, { ...receipt, blocks });
}

/** Undefined for bytes that are not the one encoding of a receipt. */
export function decodeReceipt(bytes: Uint8Array): Receipt | undefined {
  try {
    const { blocks: short, ...rest } = decode(receiptCodec, bytes);
    const given = givenBy(rest.genesis);
    const blocks: ReceiptBlock[] = [];
    for (const { seats, signatures, ...block } of short) {
      const before = blocks.at(-1);
      if (block.parent.length !== (before && isLinked(before) ? 0 : 1)) return undefined;
      blocks.push({ header: headerBytes(block, given, before?.header), seats, signatures });
    }
    return { ...rest, blocks };
  } catch (error) {
    // As pinGenesis: a genesis that no network can start from.
    if (error instanceof CodecError || error instanceof RangeError) return undefined;
    throw error;
  }
}

type Given = Pick<BlockHeader, 'version' | 'genesis' | 'supplyZhi' | 'resourceRoot' | 'electionRoot'>;

/** What is the same in every header of a network. */
function givenBy(bytes: Uint8Array): Given {
  const genesis = decodeGenesis(bytes);
  return {
    version: BLOCK_VERSION,
    genesis: genesisHash(genesis),
    supplyZhi: SUPPLY_ZHI,
    resourceRoot: resourceRoot(genesis),
    electionRoot: electionRoot(genesis),
  };
}

/** `before`: the header of the block before, which is the parent of one that names none. */
function headerBytes(
  { parent: [stated], ...short }: Omit<ShortBlock, 'seats' | 'signatures'>,
  given: Given,
  before: Uint8Array | undefined,
): Uint8Array {
  const parent = stated ?? headerHash(decodeHeader(before as Uint8Array));
  return encodeHeader({ ...short, parent, ...given });
}

/** Whether a block in a receipt has no certificate, and rests on the one after it. */
export const isLinked = ({ seats, signatures }: ReceiptBlock): boolean => seats === 0 && signatures.length === 0;

/** The certificate of a block in a receipt; `header` is its decoded header. */
export const certificateIn = ({ seats, signatures }: ReceiptBlock, header: BlockHeader): Certificate => ({
  block: headerHash(header),
  round: header.round,
  seats,
  signatures,
});

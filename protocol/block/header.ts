/** The block header: what seats sign and what a light client keeps. The block's hash is the header's. */
import { bytes32, type Decoded, decode, encode, oneOf, struct, u8, u32, u64, u64As } from '../codec.ts';
import { type Hash, taggedHash } from '../hash.ts';
import type { BlockHeight, HpuCycles, UnixMs, Zhi } from '../units.ts';

export const REGIMES = ['final', 'fallback', 'recovered'] as const;

const headerCodec = struct({
  version: u8,
  /** Hash of the genesis: the chain id at full length. */
  genesis: bytes32,
  height: u64As<BlockHeight>(),
  parent: bytes32,
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
  /** Sum of all balances, as the state tree's root states it. */
  supplyZhi: u64As<Zhi>(),
  resourceRoot: bytes32,
  /** Root of the Poseidon commitment tree; all zero while no commitment exists. */
  commitmentRoot: bytes32,
  electionRoot: bytes32,
  /** HPU cycles billed in this block. */
  cyclesBilled: u64As<HpuCycles>(),
  /** Minted in this block: what left the miner pool and the grants' funds (money/supply.ts). */
  mintedZhi: u64As<Zhi>(),
  /** Burned in this block. */
  burnedZhi: u64As<Zhi>(),
});

export type BlockHeader = Decoded<typeof headerCodec>;
export const BLOCK_VERSION = 1;

export const encodeHeader = (header: BlockHeader): Uint8Array => encode(headerCodec, header);
export const decodeHeader = (bytes: Uint8Array): BlockHeader => decode(headerCodec, bytes);

export function headerHash(header: BlockHeader): Hash {
  return taggedHash('HAI/block/1', encodeHeader(header));
}

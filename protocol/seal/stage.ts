/**
 * The stage: the bytes of the one block that the proposer has laid before the seats and that is not known to be final. It is
 * durable before a seat sees it, and it is the proposer's own sign-once record: whatever comes back after a crash, with
 * another clock or another code, these bytes are voted on and committed, never a block built anew.
 */
import { BLOCK_BYTES_MAX, type Block, decodeBody, encodeBody } from '../block/block.ts';
import { decodeHeader, encodeHeader, headerHash } from '../block/header.ts';
import { bytes32, bytesMax, decode, encode, struct, u64 } from '../codec.ts';
import { equalBytes, type Hash } from '../hash.ts';

/** A header of 19 fields is some 400 bytes. */
const HEADER_BYTES_MAX = 1024;

const stageCodec = struct({ header: bytesMax(HEADER_BYTES_MAX), body: bytesMax(BLOCK_BYTES_MAX) });

/** Where a block is in the chain: its height, and which of the blocks that there could be. */
export interface Place {
  readonly height: bigint;
  readonly hash: Hash;
}

export interface StagedBlock extends Place {
  readonly parent: Hash;
  readonly block: Block;
}

export function stagedBlock(block: Block): StagedBlock {
  const { height, parent } = block.header;
  return { height, parent, hash: headerHash(block.header), block };
}

export function encodeStage({ block }: StagedBlock): Uint8Array {
  return encode(stageCodec, { header: encodeHeader(block.header), body: encodeBody(block.body) });
}

export function decodeStage(bytes: Uint8Array): StagedBlock {
  const { header, body } = decode(stageCodec, bytes);
  return stagedBlock({ header: decodeHeader(header), body: decodeBody(body) });
}

const placeCodec = struct({ height: u64, hash: bytes32 });
export const encodePlace = ({ height, hash }: Place): Uint8Array => encode(placeCodec, { height, hash });
export const decodePlace = (bytes: Uint8Array): Place => decode(placeCodec, bytes);

export const samePlace = (a: Place, b: Place): boolean => a.height === b.height && equalBytes(a.hash, b.hash);

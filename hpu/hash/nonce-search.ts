/** Proof-of-work search on one instance of sha256.wasm: the least nonce whose digest is below a target. */
import type { Arena } from '../arena.ts';
import { KernelFault, requireDimension, requireLength } from '../shape.ts';

export const PREIMAGE_BYTES_MAX = 4096;
/** Nonces of one search: minutes of work. The caller cuts a longer one into slices. */
export const NONCES_MAX = 2 ** 30;
const NONCE_BYTES = 8;
const NONCE_END = 1n << 64n;
const TARGET_BYTES = 32;

const BLOCK_BYTES = 64;
/** A block's message schedule in the kernel: 64 words in four lanes. */
const SCHEDULE_BYTES = 64 * 16;

export type NonceSearch = {
  /**
   * The message, at most PREIMAGE_BYTES_MAX with its nonce. Blocks before the nonce's are hashed once a search; one block after
   * it halves the speed. So the cheapest nonce is in the last block: preimage.length % 64 <= 55 and nonceAt in the same block.
   */
  readonly preimage: Uint8Array;
  /** Where the nonce's eight bytes begin, little-endian like every u64 of protocol/codec.ts. What stands there is ignored. */
  readonly nonceAt: number;
  readonly start: bigint;
  /** Nonces to try, at most NONCES_MAX. */
  readonly count: number;
  /** 32 bytes, big-endian; a digest wins when it is below. */
  readonly target: Uint8Array;
};

export type NonceExports = {
  searchNonce(
    message: number,
    blocks: number,
    nonceAt: number,
    start: bigint,
    count: number,
    target: number,
    tables: number,
  ): number;
};

function requireSearch({ preimage, nonceAt, start, count, target }: NonceSearch): void {
  requireDimension('nonceAt', nonceAt);
  requireDimension('count', count);
  requireLength('target', target.length, TARGET_BYTES);
  if (preimage.length > PREIMAGE_BYTES_MAX) throw new KernelFault(5, `a preimage of ${preimage.length} bytes`);
  if (nonceAt + NONCE_BYTES > preimage.length) {
    throw new KernelFault(4, `a nonce at ${nonceAt} of ${preimage.length} bytes`);
  }
  if (count > NONCES_MAX) throw new KernelFault(4, `${count} nonces, at most ${NONCES_MAX}`);
  if (start < 0n || start + BigInt(count) > NONCE_END) throw new KernelFault(4, `${count} nonces from ${start}`);
}

/** The preimage with a zero nonce, and SHA-256's padding: 0x80, zeros, the length in bits as a big-endian u64. */
function paddedMessage(preimage: Uint8Array, nonceAt: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil((preimage.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(preimage);
  padded.fill(0, nonceAt, nonceAt + NONCE_BYTES);
  padded[preimage.length] = 0x80;
  new DataView(padded.buffer).setUint32(padded.length - 4, preimage.length * 8);
  return padded;
}

/** Takes at most 70 KiB of the arena. */
export function searchNonce(wasm: NonceExports, arena: Arena, search: NonceSearch): bigint | undefined {
  requireSearch(search);
  const { preimage, nonceAt, start, count, target } = search;
  const padded = paddedMessage(preimage, nonceAt);
  const blocks = padded.length / BLOCK_BYTES;
  const varying = blocks - Math.floor(nonceAt / BLOCK_BYTES);
  arena.reset();
  const message = arena.put(padded);
  const bound = arena.put(target);
  const found = wasm.searchNonce(message, blocks, nonceAt, start, count, bound, arena.take(varying * SCHEDULE_BYTES));
  return found < 0 ? undefined : start + BigInt(found);
}

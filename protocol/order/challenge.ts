/**
 * Public randomness for checks, drawn only after the result is committed: everyone derives the same challenge from the
 * claim, and the provider can't aim at it without changing the claim.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { type Hash, taggedHash } from '../hash.ts';

export function checkChallenge(order: Hash, attempt: number, logHead: Hash, resultRoot: Hash): Hash {
  return taggedHash('HAI/challenge/1', order, new Uint8Array([attempt]), logHead, resultRoot);
}

/** Each tile of a large prediction is checked under a challenge of its own. */
export function tileChallenge(challenge: Hash, tile: number): Hash {
  return taggedHash('HAI/tile-challenge/1', challenge, new Uint8Array([tile & 255, tile >> 8]));
}

/** Work of at most this many chunks is replayed whole; longer work by this many sampled chunks. */
export const REPLAYED_CHUNKS_MAX = 128;

/** `count` of the indices below `of` (all of them where there are no more), ascending, drawn from the challenge by rejection. */
export function drawn(challenge: Hash, of: number, count: number, always: readonly number[] = []): number[] {
  if (of <= count) return Array.from({ length: of }, (_, i) => i);
  const chosen = new Set(always);
  const usable = Math.floor(0x1_0000_0000 / of) * of;
  for (let counter = 0; chosen.size < count; counter++) {
    const block = sha256(concatBytes(challenge, new Uint8Array([counter & 255, counter >> 8])));
    for (let i = 0; i + 4 <= block.length && chosen.size < count; i += 4) {
      const word = new DataView(block.buffer, block.byteOffset).getUint32(i, true);
      if (word < usable) chosen.add(word % of);
    }
  }
  return [...chosen].sort((a, b) => a - b);
}

/**
 * The chunks a checker replays, ascending, without repeats: all of them up to the bound; else the first, the last, and
 * indices drawn from the challenge by rejection. A single false chunk among n that is neither the first nor the last escapes
 * with probability 1 - (bound - 2) / (n - 2).
 */
export function sampledChunks(challenge: Hash, chunks: number): number[] {
  return drawn(challenge, chunks, REPLAYED_CHUNKS_MAX, [0, chunks - 1]);
}

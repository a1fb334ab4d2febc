// Proof-of-work search: four nonces at once in a message that is the same but for its nonce, a little-endian u64.
import { compress, firstRounds, initialState, SCHEDULE_BYTES, STATE_BYTES } from './sha256-rounds';

/** State after the blocks before the nonce's. */
const CHAIN: usize = memory.data(<i32>STATE_BYTES, 16);
/** Working variables of the nonce's block before the first round that sees the nonce. */
const CONSTANT: usize = memory.data(<i32>STATE_BYTES, 16);
const WORKING: usize = memory.data(<i32>STATE_BYTES, 16);
const STATE: usize = memory.data(<i32>STATE_BYTES, 16);

/** The rounds that the compression may skip come in eights. */
const SKIP: i32 = 8;

function copyState(from: usize, to: usize): void {
  for (let i: usize = 0; i < STATE_BYTES; i += 16) v128.store(to + i, v128.load(from + i));
}

/** The 16 words of the block at `block`, alike in the four lanes. */
function splatBlock(block: usize, words: usize): void {
  for (let i: usize = 0; i < 16; i++) v128.store(words + i * 16, i32x4.splat(<i32>bswap(load<u32>(block + i * 4))));
}

/** Word `i` of consecutive schedules. */
function wordAt(tables: usize, i: i32): usize {
  return tables + <usize>(i >> 4) * SCHEDULE_BYTES + <usize>(i & 15) * 16;
}

/** One word of four nonces, over the zeros of the constant word. */
// @ts-ignore: decorator
@inline
function merged(constant: u32, x0: u32, x1: u32, x2: u32, x3: u32): v128 {
  const splat = i32x4.splat(<i32>x0);
  const three = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(splat, 1, x1), 2, x2), 3, x3);
  return v128.or(i32x4.splat(<i32>constant), three);
}

/** Whether lane `lane` of the state, as a big-endian number, is below the 32 bytes at `target`. */
function isBelow(lane: usize, target: usize): bool {
  for (let i: usize = 0; i < 8; i++) {
    const word = load<u32>(STATE + i * 16 + lane * 4);
    const bound = bswap(load<u32>(target + i * 4));
    if (word != bound) return word < bound;
  }
  return false;
}

/**
 * The least i < count such that SHA-256 of the message with nonce start + i is below `target` (32 bytes, big-endian), else -1.
 * `message`: `blocks` padded blocks, zeros at nonceAt..nonceAt + 7. `tables`: SCHEDULE_BYTES for the nonce's block and each
 * after it. `count` < 2^31 - 4. The last group of four may hash up to three nonces too many; none is looked at.
 */
export function searchNonce(
  message: usize, blocks: i32, nonceAt: i32, start: u64, count: i32, target: usize, tables: usize,
): i32 {
  const first = nonceAt >> 6;
  initialState(CHAIN);
  for (let i = 0; i < first; i++) {
    splatBlock(message + <usize>i * 64, tables);
    compress(tables, 0, CHAIN, CHAIN, CHAIN);
  }
  const varying = blocks - first;
  for (let i = 0; i < varying; i++) {
    splatBlock(message + <usize>(first + i) * 64, tables + <usize>i * SCHEDULE_BYTES);
  }
  const word = (nonceAt & 63) >> 2;
  const skipped = word & ~(SKIP - 1);
  copyState(CHAIN, CONSTANT);
  firstRounds(tables, 0, skipped, CONSTANT);

  const p0 = wordAt(tables, word);
  const p1 = wordAt(tables, word + 1);
  const p2 = wordAt(tables, word + 2);
  const c0 = load<u32>(p0);
  // A nonce at a word's edge ends with the second word; the third may then lie behind the message's last.
  const shift = <u64>(nonceAt & 3) * 8;
  const c2 = shift ? load<u32>(p2) : 0;
  const bound = i32x4.splat(<i32>bswap(load<u32>(target)));
  for (let i = 0; i < count; i += 4) {
    const n = start + <u64>i;
    const x0 = bswap(n);
    const x1 = bswap(n + 1);
    const x2 = bswap(n + 2);
    const x3 = bswap(n + 3);
    const high = 32 + shift;
    v128.store(p0, merged(c0, <u32>(x0 >> high), <u32>(x1 >> high), <u32>(x2 >> high), <u32>(x3 >> high)));
    v128.store(p1, merged(0, <u32>(x0 >> shift), <u32>(x1 >> shift), <u32>(x2 >> shift), <u32>(x3 >> shift)));
    if (shift) {
      const low = 32 - shift;
      v128.store(p2, merged(c2, <u32>(x0 << low), <u32>(x1 << low), <u32>(x2 << low), <u32>(x3 << low)));
    }
    compress(tables, skipped, CONSTANT, CHAIN, STATE);
    for (let j = 1; j < varying; j++) compress(tables + <usize>j * SCHEDULE_BYTES, 0, STATE, STATE, STATE);
    if (!v128.any_true(i32x4.le_u(v128.load(STATE), bound))) continue;
    for (let lane = 0; lane < 4 && i + lane < count; lane++) {
      if (isBelow(<usize>lane, target)) return i + lane;
    }
  }
  return -1;
}

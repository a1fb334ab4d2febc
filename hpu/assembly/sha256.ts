// SHA-256 (FIPS 180-4) of many messages, four at once: a lane that has finished its message takes the next one.
import { compress, initialLane, SCHEDULE_BYTES, STATE_BYTES } from './hash/sha256-rounds';
export { searchNonce } from './hash/sha256-nonces';

const LANES: usize = 4;
/** Of a lane: the last one or two blocks of its message, and room for stores that reach past them. */
const TAIL_BYTES: usize = 160;
/** Of a lane: the first block of a message with a prefix, and a byte more for the store that makes it. */
const HEAD_BYTES: usize = 80;
/**
 * Of a lane, in u32: address of the next block, whole blocks before the tail, blocks to come, address of the digest, address
 * of the block after the head.
 */
const LANE_BYTES: usize = 32;

const STATE: usize = memory.data(<i32>STATE_BYTES, 16);
const WORDS: usize = memory.data(<i32>SCHEDULE_BYTES, 16);
const TAILS: usize = memory.data(<i32>(LANES * TAIL_BYTES), 16);
const HEADS: usize = memory.data(<i32>(LANES * HEAD_BYTES), 16);
const LANE: usize = memory.data(<i32>(LANES * LANE_BYTES), 16);

export function heapBase(): usize {
  return __heap_base;
}

function copyBlock(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** Pads the `rest` < 64 bytes at `tail`, the end of a message of `total` bytes. Returns the blocks that they make. */
function pad(tail: usize, rest: usize, total: u64): u32 {
  const blocks: u32 = rest + 9 > 64 ? 2 : 1;
  const end = tail + <usize>blocks * 64;
  store<u8>(tail + rest, 0x80);
  for (let at = tail + rest + 1; at < end; at += 16) v128.store(at, i64x2.splat(0));
  store<u64>(end - 8, bswap(total * 8));
  return blocks;
}

/** Gives a lane a message, after one byte `prefix` unless that is negative. Reads up to 64 bytes past the message. */
function begin(lane: usize, message: usize, length: usize, prefix: i32, digest: usize): void {
  initialLane(STATE, lane);
  const tail = TAILS + lane * TAIL_BYTES;
  const head = HEADS + lane * HEAD_BYTES;
  const prefixed: usize = prefix >= 0 ? 1 : 0;
  const total = length + prefixed;
  const whole = total >> 6;
  if (prefixed) {
    const first = whole ? head : tail;
    store<u8>(first, <u8>prefix);
    copyBlock(first + 1, message);
  }
  if (whole || !prefixed) copyBlock(tail, message + (whole << 6) - prefixed);
  const own = LANE + lane * LANE_BYTES;
  store<u32>(own, whole ? (prefixed ? head : message) : tail);
  store<u32>(own, whole, 4);
  store<u32>(own, whole + pad(tail, total & 63, total), 8);
  store<u32>(own, digest, 12);
  store<u32>(own, message + 63, 16);
}

/** Moves a busy lane one block on. Whether that was its message's last. */
function step(lane: usize): bool {
  const own = LANE + lane * LANE_BYTES;
  const at = load<u32>(own);
  const whole = load<u32>(own, 4);
  const left = load<u32>(own, 8) - 1;
  const head = HEADS + lane * HEAD_BYTES;
  store<u32>(own, left, 8);
  if (whole > 0) store<u32>(own, whole - 1, 4);
  if (whole == 1) store<u32>(own, TAILS + lane * TAIL_BYTES);
  else store<u32>(own, at == <u32>head ? load<u32>(own, 16) : at + 64);
  return left == 0;
}

function finish(lane: usize): void {
  const digest = <usize>load<u32>(LANE + lane * LANE_BYTES, 12);
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(digest + i * 4, bswap(load<u32>(STATE + i * 16 + lane * 4)));
  }
}

// @ts-ignore: decorator
@inline
function bigEndian(at: usize): v128 {
  const x = v128.load(at);
  return v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Word i of the four lanes' next blocks becomes vector i of WORDS. */
function gather(): void {
  const p0 = <usize>load<u32>(LANE);
  const p1 = <usize>load<u32>(LANE, 32);
  const p2 = <usize>load<u32>(LANE, 64);
  const p3 = <usize>load<u32>(LANE, 96);
  for (let i: usize = 0; i < 64; i += 16) {
    const x0 = bigEndian(p0 + i);
    const x1 = bigEndian(p1 + i);
    const x2 = bigEndian(p2 + i);
    const x3 = bigEndian(p3 + i);
    const low01 = v128.shuffle<u32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<u32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<u32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<u32>(x2, x3, 2, 6, 3, 7);
    const to = WORDS + i * 4;
    v128.store(to, v128.shuffle<u64>(low01, low23, 0, 2));
    v128.store(to, v128.shuffle<u64>(low01, low23, 1, 3), 16);
    v128.store(to, v128.shuffle<u64>(high01, high23, 0, 2), 32);
    v128.store(to, v128.shuffle<u64>(high01, high23, 1, 3), 48);
  }
}

/** Writes `count` (address, length) pairs of messages that follow one another at `at`. */
export function evenMessages(at: usize, length: u32, count: i32, messages: usize): void {
  for (let i = 0; i < count; i++) {
    store<u32>(messages + <usize>i * 8, at + <usize>i * <usize>length);
    store<u32>(messages + <usize>i * 8, length, 4);
  }
}

/**
 * out[32 i] = SHA-256 of message i of `count`, given by (address, length) pairs at `messages`; `prefix` (0..255, or -1 for none)
 * goes before each. `out` overlaps no message.
 */
export function hashMessages(messages: usize, count: i32, prefix: i32, out: usize): void {
  let next = 0;
  let busy = 0;
  for (let lane: usize = 0; lane < LANES; lane++) {
    store<u32>(LANE + lane * LANE_BYTES, TAILS);
    store<u32>(LANE + lane * LANE_BYTES, 0, 8);
  }
  for (let lane: usize = 0; lane < LANES && next < count; lane++, next++, busy++) {
    const pair = messages + <usize>next * 8;
    begin(lane, load<u32>(pair), load<u32>(pair, 4), prefix, out + <usize>next * 32);
  }
  while (busy > 0) {
    gather();
    compress(WORDS, 0, STATE, STATE, STATE);
    for (let lane: usize = 0; lane < LANES; lane++) {
      if (load<u32>(LANE + lane * LANE_BYTES, 8) == 0 || !step(lane)) continue;
      finish(lane);
      if (next < count) {
        const pair = messages + <usize>next * 8;
        begin(lane, load<u32>(pair), load<u32>(pair, 4), prefix, out + <usize>next * 32);
        next++;
      } else {
        busy--;
      }
    }
  }
}

// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
// (SC'11, doi:10.1145/2063384.2063405). A word is a pure function of (counter, key), so a replay may start anywhere.

const MULTIPLIER_0: u64 = 0xd2511f53;
const MULTIPLIER_1: u64 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: i32 = 10;

/** Writes the four words of counter (c0, c1, c2, c3) under key (k0, k1) at `out`. */
export function philoxBlock(out: usize, c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): void {
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = MULTIPLIER_0 * <u64>c0;
    const p1 = MULTIPLIER_1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  store<u32>(out, c0);
  store<u32>(out, c1, 4);
  store<u32>(out, c2, 8);
  store<u32>(out, c3, 12);
}

/** `words` (u32) of the stream (stream, purpose) under the key, at `out`; the buffer holds a multiple of four words. */
export function randomWords(out: usize, words: i32, stream: u32, purpose: u32, k0: u32, k1: u32): void {
  for (let i = 0; i < words; i += 4) philoxBlock(out + <usize>i * 4, i >> 2, stream, purpose, 0, k0, k1);
}

/**
 * A permutation of 0..count-1 at `out` (u32) from count random words at `words`: Fisher-Yates from the end, index
 * (word * (i + 1)) >> 32. The bias of an index is below count / 2^32.
 */
export function permute(out: usize, words: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u32>(out + <usize>i * 4, i);
  for (let i = count - 1; i > 0; i--) {
    const j = <usize>((<u64>load<u32>(words + <usize>i * 4) * <u64>(i + 1)) >> 32);
    const x = load<u32>(out + <usize>i * 4);
    store<u32>(out + <usize>i * 4, load<u32>(out + j * 4));
    store<u32>(out + j * 4, x);
  }
}

/** Turns count random words in place into f32 uniform in [-limit, limit): 24 bits each, one rounding (the product). */
export function symmetric(at: usize, count: i32, limit: f32): void {
  for (let i = 0; i < count; i++) {
    const p = at + <usize>i * 4;
    const unit = <f32>(load<u32>(p) >> 8) * <f32>1.1920928955078125e-7 - <f32>1;
    store<f32>(p, unit * limit);
  }
}

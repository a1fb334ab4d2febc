// Challenge words: the ChaCha20 block function (RFC 8439, 2.3), two blocks at once. A vector holds a row of the 4 x 4 state, so
// that a quarter round on vectors is one on all four columns; turning rows puts the diagonals into columns.

const PRIME: i32 = 0x7fffffff;
const ROUNDS: i32 = 20;

// @ts-ignore: decorator
@inline
function rotated(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

// @ts-ignore: decorator
@inline
function turned1(x: v128): v128 {
  return i32x4.shuffle(x, x, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function turned2(x: v128): v128 {
  return i32x4.shuffle(x, x, 2, 3, 0, 1);
}

// @ts-ignore: decorator
@inline
function turned3(x: v128): v128 {
  return i32x4.shuffle(x, x, 3, 0, 1, 2);
}

/** Closes the gaps that primes leave among 16 words. */
function closed(words: usize): i32 {
  let kept = 0;
  for (let i = 0; i < 16; i++) {
    const word = load<i32>(words + <usize>i * 4);
    store<i32>(words + <usize>kept * 4, word);
    kept += i32(word != PRIME);
  }
  return kept;
}

/** 31 low bits of each word, but the prime, to `out`; returns how many. */
// @ts-ignore: decorator
@inline
function deliver(a: v128, b: v128, c: v128, d: v128, out: usize): i32 {
  const prime = i32x4.splat(PRIME);
  const w = v128.and(a, prime);
  const x = v128.and(b, prime);
  const y = v128.and(c, prime);
  const z = v128.and(d, prime);
  v128.store(out, w);
  v128.store(out, x, 16);
  v128.store(out, y, 32);
  v128.store(out, z, 48);
  const skipped = v128.or(
    v128.or(i32x4.eq(w, prime), i32x4.eq(x, prime)),
    v128.or(i32x4.eq(y, prime), i32x4.eq(z, prime)),
  );
  return v128.any_true(skipped) ? closed(out) : 16;
}

/**
 * 31 low bits of each word of the key stream with `nonce` as the nonce's first word, but 2^31 - 1: `count` of them to `out`, and
 * up to 31 more.
 */
export function expand(key: usize, nonce: i32, count: i32, out: usize): void {
  const a = i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
  const b = v128.load(key);
  const c = v128.load(key, 16);
  let filled = 0;
  for (let counter = 0; filled < count; counter += 2) {
    const d = i32x4(counter, nonce, 0, 0);
    const h = i32x4(counter + 1, nonce, 0, 0);
    let a0 = a;
    let b0 = b;
    let c0 = c;
    let d0 = d;
    let a1 = a;
    let b1 = b;
    let c1 = c;
    let d1 = h;
    for (let round = 0; round < ROUNDS; round++) {
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = rotated(v128.xor(d0, a0), 16);
      d1 = rotated(v128.xor(d1, a1), 16);
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      b0 = rotated(v128.xor(b0, c0), 12);
      b1 = rotated(v128.xor(b1, c1), 12);
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = rotated(v128.xor(d0, a0), 8);
      d1 = rotated(v128.xor(d1, a1), 8);
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      b0 = rotated(v128.xor(b0, c0), 7);
      b1 = rotated(v128.xor(b1, c1), 7);
      c0 = turned2(c0);
      c1 = turned2(c1);
      // Columns into diagonals after an even round, and back after an odd one.
      if ((round & 1) == 0) {
        b0 = turned1(b0);
        b1 = turned1(b1);
        d0 = turned3(d0);
        d1 = turned3(d1);
      } else {
        b0 = turned3(b0);
        b1 = turned3(b1);
        d0 = turned1(d0);
        d1 = turned1(d1);
      }
    }
    filled += deliver(i32x4.add(a0, a), i32x4.add(b0, b), i32x4.add(c0, c), i32x4.add(d0, d), out + <usize>filled * 4);
    filled += deliver(i32x4.add(a1, a), i32x4.add(b1, b), i32x4.add(c1, c), i32x4.add(d1, h), out + <usize>filled * 4);
  }
}

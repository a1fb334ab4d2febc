// SHA-256's compression function (FIPS 180-4, 6.2.2) of four independent blocks, one in each i32x4 lane.

export const STATE_BYTES: usize = 8 * 16;
/** A block's 64 schedule words, a vector each. */
export const SCHEDULE_BYTES: usize = 64 * 16;

const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16);
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
], 16);

// @ts-ignore: decorator
@inline
function add(x: v128, y: v128): v128 {
  return i32x4.add(x, y);
}

// @ts-ignore: decorator
@inline
function rotate(x: v128, n: i32): v128 {
  return v128.xor(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

// @ts-ignore: decorator
@inline
function sum0(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 2), rotate(x, 13)), rotate(x, 22));
}

// @ts-ignore: decorator
@inline
function sum1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 6), rotate(x, 11)), rotate(x, 25));
}

// @ts-ignore: decorator
@inline
function sigma0(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 7), rotate(x, 18)), i32x4.shr_u(x, 3));
}

// @ts-ignore: decorator
@inline
function sigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 17), rotate(x, 19)), i32x4.shr_u(x, 10));
}

/** T1 of the round whose word is at `w` and constant at `k`, `i` places on. */
// @ts-ignore: decorator
@inline
function t1(e: v128, f: v128, g: v128, h: v128, w: usize, k: usize, i: usize): v128 {
  const keyed = add(v128.load(w + i * 16), v128.load32_splat(k + i * 4));
  return add(add(add(keyed, h), v128.bitselect(f, g, e)), sum1(e));
}

/** T2. Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)); a ^ b is the next round's b ^ c. */
// @ts-ignore: decorator
@inline
function t2(a: v128, b: v128, ab: v128, bc: v128): v128 {
  return add(sum0(a), v128.xor(b, v128.and(ab, bc)));
}

/** The word 16 places after `w`. */
// @ts-ignore: decorator
@inline
function extend(w: usize, i: usize): void {
  const at = w + i * 16;
  const sum = add(v128.load(at), sigma0(v128.load(at, 16)));
  v128.store(at, add(sum, add(v128.load(at, 9 * 16), sigma1(v128.load(at, 14 * 16)))), 16 * 16);
}

/** The hash's initial value in every lane. */
export function initialState(state: usize): void {
  for (let i: usize = 0; i < 8; i++) v128.store(state + i * 16, v128.load32_splat(INITIAL + i * 4));
}

/** The same in one lane. */
export function initialLane(state: usize, lane: usize): void {
  for (let i: usize = 0; i < 8; i++) store<u32>(state + i * 16 + lane * 4, load<u32>(INITIAL + i * 4));
}

/** Rounds from..to - 1, to <= 16, on the working variables at `state`, in place. The words of `words` are not extended. */
export function firstRounds(words: usize, from: i32, to: i32, state: usize): void {
  for (let i = <usize>from; i < <usize>to; i++) {
    const a = v128.load(state);
    const b = v128.load(state, 16);
    const c = v128.load(state, 32);
    const e = v128.load(state, 64);
    const f = v128.load(state, 80);
    const g = v128.load(state, 96);
    const t = t1(e, f, g, v128.load(state, 112), words, K, i);
    v128.store(state, g, 112);
    v128.store(state, f, 96);
    v128.store(state, e, 80);
    v128.store(state, add(v128.load(state, 48), t), 64);
    v128.store(state, c, 48);
    v128.store(state, b, 32);
    v128.store(state, a, 16);
    v128.store(state, add(t, t2(a, b, v128.xor(a, b), v128.xor(b, c))));
  }
}

/**
 * Rounds from..63 (from = 0 or 8) on the working variables at `working`, then adds `chain`: the new state, at `out`. The three
 * may be one. `words` holds the block's 16 words; the other 48 are written behind them. Eight rounds a turn rename the
 * variables without moving them; more gain nothing (measured), and words extended between rounds save a tenth over a pass of
 * their own.
 */
export function compress(words: usize, from: i32, working: usize, chain: usize, out: usize): void {
  let a = v128.load(working);
  let b = v128.load(working, 16);
  let c = v128.load(working, 32);
  let d = v128.load(working, 48);
  let e = v128.load(working, 64);
  let f = v128.load(working, 80);
  let g = v128.load(working, 96);
  let h = v128.load(working, 112);
  let x: v128;
  let y = v128.xor(b, c);
  let k = K + <usize>from * 4;
  let w = words + <usize>from * 16;
  for (let i = words; i < w; i += 16) extend(i, 0);
  for (const end = words + 48 * 16; w < end; w += 8 * 16) {
    h = t1(e, f, g, h, w, k, 0); d = add(d, h); x = v128.xor(a, b); h = add(h, t2(a, b, x, y)); extend(w, 0);
    g = t1(d, e, f, g, w, k, 1); c = add(c, g); y = v128.xor(h, a); g = add(g, t2(h, a, y, x)); extend(w, 1);
    f = t1(c, d, e, f, w, k, 2); b = add(b, f); x = v128.xor(g, h); f = add(f, t2(g, h, x, y)); extend(w, 2);
    e = t1(b, c, d, e, w, k, 3); a = add(a, e); y = v128.xor(f, g); e = add(e, t2(f, g, y, x)); extend(w, 3);
    d = t1(a, b, c, d, w, k, 4); h = add(h, d); x = v128.xor(e, f); d = add(d, t2(e, f, x, y)); extend(w, 4);
    c = t1(h, a, b, c, w, k, 5); g = add(g, c); y = v128.xor(d, e); c = add(c, t2(d, e, y, x)); extend(w, 5);
    b = t1(g, h, a, b, w, k, 6); f = add(f, b); x = v128.xor(c, d); b = add(b, t2(c, d, x, y)); extend(w, 6);
    a = t1(f, g, h, a, w, k, 7); e = add(e, a); y = v128.xor(b, c); a = add(a, t2(b, c, y, x)); extend(w, 7);
    k += 8 * 4;
  }
  for (const end = words + 64 * 16; w < end; w += 8 * 16) {
    h = t1(e, f, g, h, w, k, 0); d = add(d, h); x = v128.xor(a, b); h = add(h, t2(a, b, x, y));
    g = t1(d, e, f, g, w, k, 1); c = add(c, g); y = v128.xor(h, a); g = add(g, t2(h, a, y, x));
    f = t1(c, d, e, f, w, k, 2); b = add(b, f); x = v128.xor(g, h); f = add(f, t2(g, h, x, y));
    e = t1(b, c, d, e, w, k, 3); a = add(a, e); y = v128.xor(f, g); e = add(e, t2(f, g, y, x));
    d = t1(a, b, c, d, w, k, 4); h = add(h, d); x = v128.xor(e, f); d = add(d, t2(e, f, x, y));
    c = t1(h, a, b, c, w, k, 5); g = add(g, c); y = v128.xor(d, e); c = add(c, t2(d, e, y, x));
    b = t1(g, h, a, b, w, k, 6); f = add(f, b); x = v128.xor(c, d); b = add(b, t2(c, d, x, y));
    a = t1(f, g, h, a, w, k, 7); e = add(e, a); y = v128.xor(b, c); a = add(a, t2(b, c, y, x));
    k += 8 * 4;
  }
  v128.store(out, add(a, v128.load(chain)));
  v128.store(out, add(b, v128.load(chain, 16)), 16);
  v128.store(out, add(c, v128.load(chain, 32)), 32);
  v128.store(out, add(d, v128.load(chain, 48)), 48);
  v128.store(out, add(e, v128.load(chain, 64)), 64);
  v128.store(out, add(f, v128.load(chain, 80)), 80);
  v128.store(out, add(g, v128.load(chain, 96)), 96);
  v128.store(out, add(h, v128.load(chain, 112)), 112);
}

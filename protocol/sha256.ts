/**
 * SHA-256 (FIPS 180-4) of short messages, given in parts. A block of 1,000 transfers takes some 30,000 hashes of 70 to 250 bytes,
 * most of what it costs to build and to re-execute: here they take half the time that noble's general hash needs, which copies,
 * makes an object and wipes it for each. Longer messages go to noble. Nothing secret is hashed here: nothing is wiped.
 */
import { sha256 as sha256OfAny } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

/** A signed transaction of 4 KB with its tags; padding takes up to 72 bytes more. */
export const SHORT_BYTES_MAX = 4352;

// Fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8: FIPS 180-4 4.2.2 and 5.3.3.
const K = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);
const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);
const BLOCK_BYTES = 64;

// One message at a time: a call ends before another begins.
const message = new Uint8Array(SHORT_BYTES_MAX + 2 * BLOCK_BYTES);
const schedule = new Int32Array(64);
const state = new Int32Array(8);

const at = (words: Int32Array, i: number): number => words[i] as number;

function expand(from: number): void {
  for (let i = 0, p = from; i < 16; i++, p += 4) {
    schedule[i] =
      ((message[p] as number) << 24) |
      ((message[p + 1] as number) << 16) |
      ((message[p + 2] as number) << 8) |
      (message[p + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const a = at(schedule, i - 15);
    const b = at(schedule, i - 2);
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    schedule[i] = at(schedule, i - 16) + s0 + at(schedule, i - 7) + s1;
  }
}

function compress(): void {
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(K, i) + at(schedule, i)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  // Stored in 32 bits: the sums wrap.
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

/** Appends the 1 bit, zeros, and the length in bits; returns the padded length. */
function pad(length: number): number {
  const end = Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  message.fill(0, length, end);
  message[length] = 0x80;
  // The length is below 2^16 bits.
  message[end - 2] = length >>> 5;
  message[end - 1] = length << 3;
  return end;
}

/** Of the parts one after another, as if they were one message. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > SHORT_BYTES_MAX) return sha256OfAny(concatBytes(...parts));
  let to = 0;
  for (const part of parts) {
    message.set(part, to);
    to += part.length;
  }
  const end = pad(length);
  state.set(INITIAL);
  for (let from = 0; from < end; from += BLOCK_BYTES) {
    expand(from);
    compress();
  }
  const digest = new Uint8Array(32);
  for (let i = 0; i < 8; i++) {
    const word = at(state, i);
    digest[4 * i] = word >>> 24;
    digest[4 * i + 1] = word >>> 16;
    digest[4 * i + 2] = word >>> 8;
    digest[4 * i + 3] = word;
  }
  return digest;
}

/**
 * The vectors of a challenge, in plain TypeScript: the meaning of the kernel's `expand` (hpu/assembly/residues/chacha.ts).
 * ChaCha20's block function: RFC 8439, 2.3.
 */
import { CHALLENGE_BYTES, RESIDUE_PRIME, type ResiduePair } from '../freivalds/residues.ts';
import { requireDimension, requireLength } from '../shape.ts';

/** "expand 32-byte k" */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const ROUND_PAIRS = 10;

function quarterRound(s: Uint32Array, a: number, b: number, c: number, d: number): void {
  const step = (to: number, from: number, rotated: number, bits: number): void => {
    s[to] = (s[to] as number) + (s[from] as number);
    const x = (s[rotated] as number) ^ (s[to] as number);
    s[rotated] = (x << bits) | (x >>> (32 - bits));
  };
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}

/** The 16 words of block `counter` under a key of 32 bytes and the nonce (nonce, 0, 0). */
export function chachaBlock(key: Uint8Array, counter: number, nonce: number): Uint32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const words = Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4, true));
  const initial = Uint32Array.of(...CONSTANTS, ...words, counter, nonce, 0, 0);
  const s = initial.slice();
  for (let i = 0; i < ROUND_PAIRS; i++) {
    for (let j = 0; j < 4; j++) quarterRound(s, j, 4 + j, 8 + j, 12 + j);
    for (let j = 0; j < 4; j++) quarterRound(s, j, 4 + ((j + 1) % 4), 8 + ((j + 2) % 4), 12 + ((j + 3) % 4));
  }
  return s.map((word, i) => word + (initial[i] as number));
}

/**
 * `count` residues of round 0 or 1: 31 low bits of each word of the key stream, with the round as the nonce's first word; the
 * one word in 2^31 that gives the prime is skipped, so that every residue is equally likely.
 */
export function challengeVector(challenge: Uint8Array, round: 0 | 1, count: number): Uint32Array {
  requireLength('challenge', challenge.length, CHALLENGE_BYTES);
  requireDimension('count', count);
  const vector = new Uint32Array(count);
  let filled = 0;
  // A block gives 16 words and skips one in 2^31: on average far less than one block more than count / 16.
  for (let counter = 0; filled < count; counter++) {
    for (const word of chachaBlock(challenge, counter, round)) {
      const residue = word & RESIDUE_PRIME;
      if (residue !== RESIDUE_PRIME && filled < count) vector[filled++] = residue;
    }
  }
  return vector;
}

export function challengeVectors(challenge: Uint8Array, count: number): ResiduePair {
  return [challengeVector(challenge, 0, count), challengeVector(challenge, 1, count)];
}

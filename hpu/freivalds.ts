/**
 * Freivalds' check of C = A B: C r = A (B r) modulo 2^31 - 1 for two random r, which costs three passes over the matrices
 * instead of a product. R. Freivalds, "Probabilistic machines can use less running time", IFIP 1977.
 *
 * r must be drawn after C is committed: the challenge is a hash over A, B and C. A true product always passes; a false one
 * passes a round with probability at most 1 / (2^31 - 1), two rounds with less than 2^-61. That needs every wrong entry to
 * differ modulo the prime too: entries of A B are at most k * 2^14 in absolute value; when those of C are as well, which is
 * checked, the difference is at most k * 2^15, below the prime for k <= 65,535. Longer products are recomputed.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hpu } from './hpu.ts';
import { RESIDUE_PRIME, type ResiduePair } from './residues.ts';
import { KernelFault, requireLength, requireProduct } from './shape.ts';

export const CHALLENGE_BYTES = 32;
const ROUNDS = 2;
const WORDS_A_BLOCK = 8;

export type CheckMethod = 'freivalds' | 'recompute';
/** With a shorter side the passes and the hashing cost about as much as the product. */
const FREIVALDS_SIDE_MIN = 256;
const FREIVALDS_K_MAX = 65_535;

/** The rule by shape, known to both sides. */
export function checkMethod(m: number, k: number, n: number): CheckMethod {
  return Math.min(m, k, n) >= FREIVALDS_SIDE_MIN && k <= FREIVALDS_K_MAX ? 'freivalds' : 'recompute';
}

/**
 * `count` residues of one round: 31 low bits of each little-endian word of sha256(challenge || round || counter as u32);
 * the one word in 2^31 that equals the prime is skipped, so that every residue is equally likely.
 */
export function challengeVector(challenge: Uint8Array, round: number, count: number): Uint32Array {
  requireLength('challenge', challenge.length, CHALLENGE_BYTES);
  const vector = new Uint32Array(count);
  const input = new Uint8Array(CHALLENGE_BYTES + 5);
  input.set(challenge);
  input[CHALLENGE_BYTES] = round;
  const view = new DataView(input.buffer);
  let filled = 0;
  // A block gives eight words and skips one in 2^31: far less than one block more than count / 8 on average.
  for (let counter = 0; filled < count; counter++) {
    view.setUint32(CHALLENGE_BYTES + 1, counter, true);
    const block = sha256(input);
    const words = new DataView(block.buffer, block.byteOffset, block.length);
    for (let i = 0; i < WORDS_A_BLOCK && filled < count; i++) {
      const residue = words.getUint32(i * 4, true) & RESIDUE_PRIME;
      if (residue !== RESIDUE_PRIME) vector[filled++] = residue;
    }
  }
  return vector;
}

const equalPairs = (x: ResiduePair, y: ResiduePair): boolean =>
  x.every((vector, i) => vector.every((residue, j) => residue === y[i]?.[j]));

/** Whether c (m x n) passes as a (m x k) times b (k x n) under the 32-byte challenge. All row-major. */
export function checkProduct(
  hpu: Hpu,
  a: Int8Array,
  b: Int8Array,
  c: Int32Array,
  m: number,
  k: number,
  n: number,
  challenge: Uint8Array,
): boolean {
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  requireLength('b', b.length, k * n);
  requireLength('c', c.length, m * n);
  if (k > FREIVALDS_K_MAX) throw new KernelFault(4, `k = ${k}, at most ${FREIVALDS_K_MAX}`);
  const r: ResiduePair = [challengeVector(challenge, 0, n), challengeVector(challenge, ROUNDS - 1, n)];
  const claimed = hpu.residues.words(c, m, r, k * 2 ** 14);
  return claimed !== undefined && equalPairs(claimed, hpu.residues.bytes(a, m, hpu.residues.bytes(b, k, r)));
}

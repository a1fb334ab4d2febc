/**
 * Freivalds' check of C = A B: C r = A (B r) modulo 2^31 - 1 for two random r, which costs three passes over the matrices
 * instead of a product. R. Freivalds, "Probabilistic machines can use less running time", IFIP 1977.
 *
 * A true product always passes. A false one passes for one r with probability at most 1 / (2^31 - 1), for both with less than
 * 2^-61, if r was drawn after C was committed or is not known to whoever made C. That needs every wrong entry to differ modulo
 * the prime too: entries of A B are at most k * 2^14 in absolute value, and those of C are refused at k * 2^14 + 2^15, so
 * that the difference is below the prime for k <= 65,533. Longer products are recomputed.
 *
 * Randomness comes from the caller: nothing is drawn here.
 */
import type { Hpu } from '../hpu.ts';
import { KernelFault, requireLength, requireProduct } from '../shape.ts';
import type { Limbs } from './residues.ts';
import { DEPTH_MAX } from './word-split.ts';

export type CheckMethod = 'freivalds' | 'recompute';
/** From here on a check takes an eighth of the product's time or less; below, the product is cheap, and certain. */
const FREIVALDS_SIDE_MIN = 256;

/** The rule by shape, known to both sides. */
export function checkMethod(m: number, k: number, n: number): CheckMethod {
  return Math.min(m, k, n) >= FREIVALDS_SIDE_MIN && k <= DEPTH_MAX ? 'freivalds' : 'recompute';
}

/**
 * Whether c (m x n) passes as a (m x k) times b (k x n), all row-major, for the vectors of a 32-byte challenge
 * (hpu/reference/challenge.ts). The challenge is a hash over a, b and c: whoever knows it before c can make a false c that passes.
 */
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
  return hpu.residues.agreeThrough(a, b, c, { m, k, n }, challenge);
}

/** What is kept of fixed weights W (k x n) to check products by them: a secret r, and u = W r. 8 (k + n) bytes. */
export type WeightCheck = { readonly k: number; readonly n: number; readonly r: Limbs; readonly u: Limbs };

/**
 * Prepares the check of products by `weights` (k x n, row-major), once a model: 8 k n multiply-accumulates.
 *
 * `secret` is 32 random bytes. Neither it nor the result may reach anyone who makes products to be checked, and it is drawn
 * anew for each model and each checker. While it stays secret it serves any number of products: that a product was refused
 * tells only that one nonzero difference does not vanish, so q attempts together pass with probability below q * 2^-61.
 */
export function prepareWeightCheck(
  hpu: Hpu,
  weights: Int8Array,
  k: number,
  n: number,
  secret: Uint8Array,
): WeightCheck {
  requireProduct(0, k, n);
  requireLength('weights', weights.length, k * n);
  if (k > DEPTH_MAX) throw new KernelFault(4, `k = ${k}, at most ${DEPTH_MAX}`);
  const r = hpu.residues.challenge(secret, n);
  return { k, n, r, u: hpu.residues.limbs(hpu.residues.bytes(weights, k, r)) };
}

/** Whether c (rows x n) passes as a (rows x k) times the weights: O(k + n) a row. */
export function checkRows(hpu: Hpu, check: WeightCheck, a: Int8Array, c: Int32Array, rows: number): boolean {
  return hpu.residues.agree(a, check.u, c, check.r, rows);
}

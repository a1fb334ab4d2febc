/** Operands from a 32-bit linear congruential stream, so that a failing shape is reproduced by its seed alone. */
export function randomBytes(count: number, seed: number): Int8Array {
  let state = seed >>> 0;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Weights of 7 bits: [-64, 63]. */
export const sevenBits = (count: number, seed: number): Int8Array => randomBytes(count, seed).map((w) => w >> 1);

/** Floats whose sums round at nearly every step. */
export const randomFloats = (count: number, seed: number): Float32Array =>
  Float32Array.from(randomBytes(count, seed), (value, i) => value / 37 + i / 1001);

/**
 * A table of 50,000 rows by 20 columns made by integer arithmetic, which test/bench/python/ repeats bit for bit: uniform cells, a
 * target of products, squares, a step and noise; eleven columns say nothing.
 */
export const SYNTHETIC_ROWS = 50_000;
export const SYNTHETIC_COLS = 20;
/** Where the two classes part: about half the rows lie on either side. */
export const SYNTHETIC_CUT = 16;

/** Mixes a u32 (multipliers of xxHash32, shifts of its avalanche). */
function mix(word: number): number {
  let h = Math.imul(word, 0x9e3779b1) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae3d) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** 24 bits: exact in f32, in [0, 1). */
const unit = (word: number): number => (mix(word) >>> 8) / 2 ** 24;

/** Row-major cells, and the values to fit. */
export function synthetic(rows = SYNTHETIC_ROWS): { x: Float32Array; values: Float64Array; labels: Float64Array } {
  const x = Float32Array.from({ length: rows * SYNTHETIC_COLS }, (_, i) => unit(i + 1));
  const values = Float64Array.from({ length: rows }, (_, r) => {
    const at = (c: number): number => x[r * SYNTHETIC_COLS + c] as number;
    const square = (at(2) - 0.5) * (at(2) - 0.5);
    const step = at(5) > at(6) ? 6 : 0;
    const noise = (unit(0x40000000 + r) - 0.5) * 4;
    return 10 * at(0) * at(1) + 20 * square + 10 * at(3) + 5 * at(4) + step + 4 * at(7) * at(8) + noise;
  });
  return { x, values, labels: Float64Array.from(values, (value) => (value > SYNTHETIC_CUT ? 1 : 0)) };
}

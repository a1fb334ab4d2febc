/**
 * Cycles of a weight-stationary systolic array: rows x columns cells that each hold one 8-bit weight, multiply it by the
 * activation passing to the right and add the partial sum passing down. hpu/array/ simulates such an array clock by clock, and
 * its count equals these formulas in every case (test/unit/hpu/array.test.ts).
 *
 * This is the modelled chip in which work is priced. The software HPU that does the work is measured in seconds instead.
 */

/** Rows and columns of the HPU's array; 65,536 multiply-accumulates a cycle (white paper 2.1.1). */
export const ARRAY_WIDTH = 256n;
/** Clock of the modelled chip: 700 MHz (white paper 2.1.1). 46 x 10^12 multiply-accumulates a second, 92 x 10^12 operations. */
export const CLOCK_HZ = 700_000_000n;

/** Cells of an array: weights of k along the rows, of n along the columns. Both at least 1. */
export type ArraySize = { readonly rows: bigint; readonly columns: bigint };

export const HPU_ARRAY: ArraySize = { rows: ARRAY_WIDTH, columns: ARRAY_WIDTH };

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Weight tiles of k x n; a partial one is filled up with zeros and takes as long. */
export function weightTiles(k: bigint, n: bigint, { rows, columns }: ArraySize): bigint {
  return ceilDiv(k, rows) * ceilDiv(n, columns);
}

/**
 * m x k by k x n with two weight registers a cell, so that a tile's weights are loaded while the one before is computed.
 *
 * Clock by clock, from 0: a tile's weights enter from above, one array row a clock, the lowest first, column c by c clocks
 * later than column 0. After R = `rows` clocks the cell (0, 0) holds its weight; row 0 of the activations enters there at clock
 * s = R. Array row r is fed r clocks later, and an activation moves one column a clock: the cell (r, c) multiplies activation
 * row i at clock s + i + r + c, when the partial sum of row r - 1 has just come down. With activation row 0 the cell takes its
 * new weight, in the same wave; so the next tile's weights may follow one clock behind, from clock s on. They have arrived by
 * s + R, and the m rows have entered by s + m: the next tile starts at s + max(m, R). The last tile starts at
 * R + (T - 1) max(m, R); its last product is that of the cell (R - 1, C - 1), m - 1 + R - 1 + C - 1 clocks later, and that
 * clock counts too. A sum leaves the lowest row into its accumulator with the clock that completes it.
 */
export function doubleBufferedCycles(m: bigint, k: bigint, n: bigint, size: ArraySize): bigint {
  if (m === 0n || k === 0n || n === 0n) return 0n;
  const { rows, columns } = size;
  const stream = m > rows ? m : rows;
  return rows + (weightTiles(k, n, size) - 1n) * stream + m + rows + columns - 2n;
}

/**
 * With one weight register a cell, the next tile's weights wait until the last sum has left: R clocks to load and
 * m + R + C - 2 to compute, a tile. The same as SCALE-Sim's weight-stationary fold (Samajdar et al., 2018).
 */
export function singleBufferedCycles(m: bigint, k: bigint, n: bigint, size: ArraySize): bigint {
  if (m === 0n || k === 0n || n === 0n) return 0n;
  return weightTiles(k, n, size) * (2n * size.rows + size.columns + m - 2n);
}

/** Share of the cells' clocks that a product of m x k by k x n uses on the double-buffered array: 0 to 1. */
export function utilisation(m: bigint, k: bigint, n: bigint, size: ArraySize = HPU_ARRAY): number {
  const cycles = doubleBufferedCycles(m, k, n, size);
  return cycles === 0n ? 0 : Number(m * k * n) / Number(cycles * size.rows * size.columns);
}

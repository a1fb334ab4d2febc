/**
 * Products of large d16 operands by seven products of quarters instead of eight (Strassen 1969, in Winograd's form of 15 additions),
 * again for each of the seven while that pays. int32 addition has no rounding and wraps, so the result is the same to the
 * bit: the entries of c fit, whatever the parts of their sums do.
 */
/** Of gemm.wasm (hpu/assembly/product/d16.ts and quarters-d16.ts), with the host's tile. */
export interface QuarterExports {
  accumulate(
    a: number,
    aStride: number,
    b: number,
    bStride: number,
    base: number,
    ldBase: number,
    c: number,
    ldc: number,
    mPanels: number,
    pairs: number,
    nPanels: number,
  ): void;
  sumsOfA: Sums;
  sumsOfB: Sums;
  addRows(x: number, ldx: number, y: number, ldy: number, c: number, ldc: number, rows: number, bytes: number): void;
  fourthQuarter(c12: number, c21: number, x: number, c22: number, ldc: number, rows: number, bytes: number): void;
}
type Sums = (
  x11: number,
  x12: number,
  x21: number,
  x22: number,
  stride: number,
  panels: number,
  bytes: number,
  out: number,
) => void;

/** Panels in kernel memory, `stride` bytes apart. */
interface Panels {
  readonly at: number;
  readonly stride: number;
}
/** Rows of int32 in kernel memory, `ld` bytes apart. */
interface Rows {
  readonly at: number;
  readonly ld: number;
}
/** 4 x mPanels rows, 8 x nPanels columns, over `pairs` pairs of k. */
export interface Extent {
  readonly mPanels: number;
  readonly pairs: number;
  readonly nPanels: number;
}

const A_PAIR_BYTES = 16;
const B_PAIR_BYTES = 32;
const A_ROWS = 4;
const C_TILE_BYTES = 32;
const NOTHING: Rows = { at: 0, ld: 0 };

/** A sum has at most four terms, so a level adds two bits to the 8 of an entry. int16 has room for three levels. */
const LEVELS_MAX = 2;

/**
 * Whether seven products and the additions cost less than eight products. The saved eighth is m k n / 8 multiplications, 12 a
 * cycle; the additions are some cycles for each 32 entries of an operand and each 4 of C (measured: docs/decisions/0012).
 */
const pays = ({ mPanels, pairs, nPanels }: Extent): boolean => 4 / mPanels + 2 / nPanels + 30 / pairs < 0.6;

const halves = ({ mPanels, pairs, nPanels }: Extent): Extent => ({
  mPanels: mPanels >> 1,
  pairs: pairs >> 1,
  nPanels: nPanels >> 1,
});

const sumBytes = ({ mPanels, pairs, nPanels }: Extent) => ({
  a: mPanels * pairs * A_PAIR_BYTES,
  b: nPanels * pairs * B_PAIR_BYTES,
});
const productBytes = ({ mPanels, nPanels }: Extent): number => mPanels * A_ROWS * nPanels * C_TILE_BYTES;

/** Scratch bytes of a product; 0 where it is multiplied as it stands. */
export function strassenScratch(extent: Extent, level = LEVELS_MAX): number {
  if (level === 0 || !pays(extent)) return 0;
  const half = halves(extent);
  const { a, b } = sumBytes(half);
  return 4 * (a + b) + productBytes(half) + nestedScratch(half, level - 1);
}

/** With a base the product is made apart, and added. */
function nestedScratch(extent: Extent, level: number): number {
  const own = strassenScratch(extent, level);
  return own === 0 ? 0 : own + productBytes(extent);
}

/** c = a b: panels as packed, c with 8 x nPanels columns. `scratch`: the address of `strassenScratch` bytes. */
export function multiplyByStrassen(
  wasm: QuarterExports,
  at: { readonly a: number; readonly b: number; readonly c: number; readonly scratch: number },
  extent: Extent,
): void {
  const a = { at: at.a, stride: extent.pairs * A_PAIR_BYTES };
  const b = { at: at.b, stride: extent.pairs * B_PAIR_BYTES };
  const c = { at: at.c, ld: extent.nPanels * C_TILE_BYTES };
  multiply(wasm, a, b, NOTHING, c, extent, at.scratch, LEVELS_MAX);
}

/** c = base + a b. */
function multiply(
  wasm: QuarterExports,
  a: Panels,
  b: Panels,
  base: Rows,
  c: Rows,
  extent: Extent,
  scratch: number,
  level: number,
): void {
  if (level === 0 || !pays(extent)) {
    plain(wasm, a, b, base, c, extent);
  } else if (base === NOTHING) {
    sevenProducts(wasm, a, b, c, halves(extent), scratch, level - 1);
    edges(wasm, a, b, c, extent);
  } else {
    const { mPanels, nPanels } = extent;
    const apart = { at: scratch, ld: nPanels * C_TILE_BYTES };
    multiply(wasm, a, b, NOTHING, apart, extent, scratch + productBytes(extent), level);
    wasm.addRows(base.at, base.ld, apart.at, apart.ld, c.at, c.ld, mPanels * A_ROWS, apart.ld);
  }
}

function plain(
  wasm: QuarterExports,
  a: Panels,
  b: Panels,
  base: Rows,
  c: Rows,
  { mPanels, pairs, nPanels }: Extent,
): void {
  wasm.accumulate(a.at, a.stride, b.at, b.stride, base.at, base.ld, c.at, c.ld, mPanels, pairs, nPanels);
}

function sevenProducts(
  wasm: QuarterExports,
  a: Panels,
  b: Panels,
  c: Rows,
  half: Extent,
  scratch: number,
  level: number,
): void {
  const { mPanels, pairs, nPanels } = half;
  const [aBytes, bBytes] = [pairs * A_PAIR_BYTES, pairs * B_PAIR_BYTES];
  const [a11, a12, a21, a22] = quarters(a, mPanels * a.stride, aBytes);
  const [b11, b21, b12, b22] = quarters(b, nPanels * b.stride, bBytes);
  const rowBytes = nPanels * C_TILE_BYTES;
  const c11 = c;
  const c12 = { at: c.at + rowBytes, ld: c.ld };
  const c21 = { at: c.at + mPanels * A_ROWS * c.ld, ld: c.ld };
  const c22 = { at: c21.at + rowBytes, ld: c.ld };

  const { a: sBytes, b: tBytes } = sumBytes(half);
  const s = (i: number): Panels => ({ at: scratch + (i - 1) * sBytes, stride: aBytes });
  const t = (i: number): Panels => ({ at: scratch + 4 * sBytes + (i - 1) * tBytes, stride: bBytes });
  const x = { at: scratch + 4 * (sBytes + tBytes), ld: rowBytes };
  const rest = x.at + productBytes(half);
  wasm.sumsOfA(a11.at, a12.at, a21.at, a22.at, a.stride, mPanels, aBytes, s(1).at);
  wasm.sumsOfB(b11.at, b12.at, b21.at, b22.at, b.stride, nPanels, bBytes, t(1).at);

  const add = (left: Panels, right: Panels, base: Rows, to: Rows): void =>
    multiply(wasm, left, right, base, to, half, rest, level);
  add(a11, b11, NOTHING, x);
  add(a12, b21, x, c11);
  add(s(2), t(2), x, x);
  add(s(1), t(1), x, c12);
  add(s(3), t(3), x, c21);
  wasm.fourthQuarter(c12.at, c21.at, x.at, c22.at, c.ld, mPanels * A_ROWS, rowBytes);
  add(s(4), b22, c12, c12);
  add(a22, t(4), c21, c21);
}

/** First and second half of the pairs in the first half of the panels, then in the second. */
function quarters({ at, stride }: Panels, panelsBytes: number, pairsBytes: number): [Panels, Panels, Panels, Panels] {
  const of = (offset: number): Panels => ({ at: at + offset, stride });
  return [of(0), of(pairsBytes), of(panelsBytes), of(panelsBytes + pairsBytes)];
}

/** What halves leave over: the last pair of k, the last columns, the last rows. */
function edges(wasm: QuarterExports, a: Panels, b: Panels, c: Rows, { mPanels, pairs, nPanels }: Extent): void {
  const even = (count: number): number => count & ~1;
  const [rows, columns, depth] = [even(mPanels), even(nPanels), even(pairs)];
  if (depth < pairs) {
    const lastOf = ({ at, stride }: Panels, pairBytes: number): Panels => ({ at: at + depth * pairBytes, stride });
    const [lastA, lastB] = [lastOf(a, A_PAIR_BYTES), lastOf(b, B_PAIR_BYTES)];
    plain(wasm, lastA, lastB, c, c, { mPanels: rows, pairs: 1, nPanels: columns });
  }
  if (columns < nPanels) {
    const to = { at: c.at + columns * C_TILE_BYTES, ld: c.ld };
    const from = { at: b.at + columns * b.stride, stride: b.stride };
    plain(wasm, a, from, NOTHING, to, { mPanels, pairs, nPanels: 1 });
  }
  if (rows < mPanels) {
    const to = { at: c.at + rows * A_ROWS * c.ld, ld: c.ld };
    const from = { at: a.at + rows * a.stride, stride: a.stride };
    plain(wasm, from, b, NOTHING, to, { mPanels: 1, pairs, nPanels: columns });
  }
}

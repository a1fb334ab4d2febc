// The 4 x 8 tile of d16 (T = i16: a step is a pair of entries) and of f32 (T = f32: a step is one entry), and the loops around it.
// A: panels of 4 rows, 16 bytes a step. B: panels of 8 columns, 32 bytes a step. C: row-major, rows padded to 4 and 8.

/**
 * How a tile reads four rows' entries: by four loads that splat, or by one load and four shuffles. The second is a fifth faster
 * where the bounds of every access are checked in code, as in workerd, and a twentieth slower elsewhere. Two types, since code
 * is chosen by a type's kind: one is an integer, the other is not.
 */
export type Splat = i32;
export type Shuffle = f32;

/** Steps in one block: an 8-column panel of B (16 KiB) and a 4-row panel of A (8 KiB) stay in the L1 cache. */
const BLOCK_STEPS: i32 = 512;
/** Panels of A that are multiplied by one panel of B before the next: 256 KiB of a block stay in the L2 cache. */
const BLOCK_PANELS: i32 = 32;

/** s + x y, by pairs for i16. f32 rounds the product, then the sum. */
// @ts-ignore: decorator
@inline
export function addProducts<T>(s: v128, x: v128, y: v128): v128 {
  if (isFloat<T>()) return f32x4.add(s, f32x4.mul(x, y));
  return i32x4.add(s, i32x4.dot_i16x8_s(x, y));
}

/** c[4 x 8] = base[4 x 8] + a panel times b panel over `steps` steps; a base at 0 counts as zeros. */
function tile4x8<T, Read>(a: usize, b: usize, base: usize, ldBase: usize, c: usize, ldc: usize, steps: i32): void {
  let s00 = i32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (base) {
    s00 = v128.load(base);
    s01 = v128.load(base, 16);
    base += ldBase;
    s10 = v128.load(base);
    s11 = v128.load(base, 16);
    base += ldBase;
    s20 = v128.load(base);
    s21 = v128.load(base, 16);
    base += ldBase;
    s30 = v128.load(base);
    s31 = v128.load(base, 16);
  }
  const end = b + <usize>steps * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const rows = isInteger<Read>() ? b0 : v128.load(a);
    let x = isInteger<Read>() ? v128.load32_splat(a) : i32x4.shuffle(rows, rows, 0, 0, 0, 0);
    s00 = addProducts<T>(s00, x, b0);
    s01 = addProducts<T>(s01, x, b1);
    x = isInteger<Read>() ? v128.load32_splat(a, 4) : i32x4.shuffle(rows, rows, 1, 1, 1, 1);
    s10 = addProducts<T>(s10, x, b0);
    s11 = addProducts<T>(s11, x, b1);
    x = isInteger<Read>() ? v128.load32_splat(a, 8) : i32x4.shuffle(rows, rows, 2, 2, 2, 2);
    s20 = addProducts<T>(s20, x, b0);
    s21 = addProducts<T>(s21, x, b1);
    x = isInteger<Read>() ? v128.load32_splat(a, 12) : i32x4.shuffle(rows, rows, 3, 3, 3, 3);
    s30 = addProducts<T>(s30, x, b0);
    s31 = addProducts<T>(s31, x, b1);
    a += 16;
    b += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += ldc;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += ldc;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += ldc;
  v128.store(c, s30);
  v128.store(c, s31, 16);
}

/**
 * c (4 * mPanels rows, 8 * nPanels columns) = base + a panels times b panels over `steps` steps. Panels of A and B, rows of the
 * base and of C lie `aStride`, `bStride`, `ldBase` and `ldc` bytes apart. A base at 0 counts as zeros; it may be c itself.
 */
export function accumulateTiles<T, Read>(
  a: usize, aStride: usize, b: usize, bStride: usize, base: usize, ldBase: usize, c: usize, ldc: usize,
  mPanels: i32, steps: i32, nPanels: i32,
): void {
  for (let k0 = 0; k0 < steps; k0 += BLOCK_STEPS) {
    const block = min(BLOCK_STEPS, steps - k0);
    for (let i0 = 0; i0 < mPanels; i0 += BLOCK_PANELS) {
      const i1 = min(i0 + BLOCK_PANELS, mPanels);
      for (let j = 0; j < nPanels; j++) {
        const bPanel = b + <usize>j * bStride + <usize>k0 * 32;
        for (let i = i0; i < i1; i++) {
          const to = c + <usize>i * 4 * ldc + <usize>j * 32;
          const start = k0 ? to : base ? base + <usize>i * 4 * ldBase + <usize>j * 32 : 0;
          const ldStart = k0 ? ldc : ldBase;
          tile4x8<T, Read>(a + <usize>i * aStride + <usize>k0 * 16, bPanel, start, ldStart, to, ldc, block);
        }
      }
    }
  }
}

/** c (4 * mPanels rows, 8 * nPanels columns) = a panels times b panels, each panel of `steps` steps behind the last. */
// @ts-ignore: decorator
@inline
export function multiplyTiles<T, Read>(a: usize, b: usize, c: usize, mPanels: i32, steps: i32, nPanels: i32): void {
  const ldc = <usize>nPanels * 32;
  accumulateTiles<T, Read>(a, <usize>steps * 16, b, <usize>steps * 32, 0, 0, c, ldc, mPanels, steps, nPanels);
}

// The d16 product for hosts that check the bounds of every access in code, as workerd does: one load of four rows' entries and
// four shuffles, where the other tile loads and splats each. There it is a fifth faster, elsewhere a twentieth slower. Same
// operands, same results as d16.ts.

/** Pairs of k in one block: an 8-column panel of B (16 KiB) and a 4-row panel of A (8 KiB) stay in the L1 cache. */
const BLOCK_PAIRS: i32 = 512;
/** Panels of A that are multiplied by one panel of B before the next: 256 KiB of a block stay in the L2 cache. */
const BLOCK_PANELS: i32 = 32;

/** c[4 x 8] = base[4 x 8] + a panel times b panel over `pairs` pairs; a base at 0 counts as zeros. */
function tile4x8(a: usize, b: usize, base: usize, ldBase: usize, c: usize, ldc: usize, pairs: i32): void {
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
  const end = b + <usize>pairs * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const rows = v128.load(a);
    let x = i32x4.shuffle(rows, rows, 0, 0, 0, 0);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
    x = i32x4.shuffle(rows, rows, 1, 1, 1, 1);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
    x = i32x4.shuffle(rows, rows, 2, 2, 2, 2);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
    x = i32x4.shuffle(rows, rows, 3, 3, 3, 3);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
    a += 16;
    b += 32;
  }
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/**
 * c (4 * mPanels rows, 8 * nPanels columns) = base + a panels times b panels over `pairs` pairs. Panels of A and B, rows of the
 * base and of C lie `aStride`, `bStride`, `ldBase` and `ldc` bytes apart. A base at 0 counts as zeros; it may be c itself.
 */
export function accumulateShuffled(
  a: usize, aStride: usize, b: usize, bStride: usize, base: usize, ldBase: usize, c: usize, ldc: usize,
  mPanels: i32, pairs: i32, nPanels: i32,
): void {
  for (let k0 = 0; k0 < pairs; k0 += BLOCK_PAIRS) {
    const block = min(BLOCK_PAIRS, pairs - k0);
    for (let i0 = 0; i0 < mPanels; i0 += BLOCK_PANELS) {
      const i1 = min(i0 + BLOCK_PANELS, mPanels);
      for (let j = 0; j < nPanels; j++) {
        const bPanel = b + <usize>j * bStride + <usize>k0 * 32;
        for (let i = i0; i < i1; i++) {
          const to = c + <usize>i * 4 * ldc + <usize>j * 32;
          const start = k0 ? to : base ? base + <usize>i * 4 * ldBase + <usize>j * 32 : 0;
          tile4x8(a + <usize>i * aStride + <usize>k0 * 16, bPanel, start, k0 ? ldc : ldBase, to, ldc, block);
        }
      }
    }
  }
}

/** c (4 * mPanels rows, 8 * nPanels columns) = a panels times b panels. */
export function multiplyShuffled(a: usize, b: usize, c: usize, mPanels: i32, kp: i32, nPanels: i32): void {
  const ldc = <usize>nPanels * 32;
  accumulateShuffled(a, <usize>kp * 16, b, <usize>kp * 32, 0, 0, c, ldc, mPanels, kp, nPanels);
}

/** As multiplyRow, by four pairs at a time. */
export function multiplyRowShuffled(a: usize, b: usize, c: usize, kp: i32, nPanels: i32): void {
  for (let j = 0; j < nPanels; j++) {
    let x = a;
    const end = x + <usize>(kp & ~3) * 4;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let t0 = s0;
    let t1 = s0;
    while (x < end) {
      const four = v128.load(x);
      let y = i32x4.shuffle(four, four, 0, 0, 0, 0);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(y, v128.load(b)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(y, v128.load(b, 16)));
      y = i32x4.shuffle(four, four, 1, 1, 1, 1);
      t0 = i32x4.add(t0, i32x4.dot_i16x8_s(y, v128.load(b, 32)));
      t1 = i32x4.add(t1, i32x4.dot_i16x8_s(y, v128.load(b, 48)));
      y = i32x4.shuffle(four, four, 2, 2, 2, 2);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(y, v128.load(b, 64)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(y, v128.load(b, 80)));
      y = i32x4.shuffle(four, four, 3, 3, 3, 3);
      t0 = i32x4.add(t0, i32x4.dot_i16x8_s(y, v128.load(b, 96)));
      t1 = i32x4.add(t1, i32x4.dot_i16x8_s(y, v128.load(b, 112)));
      x += 16;
      b += 128;
    }
    for (let left = kp & 3; left > 0; left--) {
      const y = v128.load32_splat(x);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(y, v128.load(b)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(y, v128.load(b, 16)));
      x += 4;
      b += 32;
    }
    v128.store(c, i32x4.add(s0, t0));
    v128.store(c, i32x4.add(s1, t1), 16);
    c += 32;
  }
}

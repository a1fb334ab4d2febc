// The packed f32 product, tile 4 x 8 (1 x 32 for a single row), on the operands of pack-f32. Each element of c is
// ((0 + a0 b0) + a1 b1) + ... in the order of k; lanes run over columns and a partial sum that waits in c between two blocks
// of k is the same f32, so the bits are those of the three-loop reference. C: row-major with ldc = 8 * panels, rows padded to 4.

/** Entries of k in one block: an 8-column panel of B (16 KiB) and a 4-row panel of A (8 KiB) stay in the L1 cache. */
const BLOCK_K: i32 = 512;
/** Panels of A that are multiplied by one panel of B before the next: 256 KiB of a block stay in the L2 cache. */
const BLOCK_PANELS: i32 = 32;

/** c[4 x 8] (+)= a panel times b panel over `steps` entries of k. */
function tile4x8(a: usize, b: usize, c: usize, ldc: usize, steps: i32, first: bool): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  const zero = f32x4.splat(0);
  let s00 = first ? zero : v128.load(c);
  let s01 = first ? zero : v128.load(c, 16);
  let s10 = first ? zero : v128.load(c1);
  let s11 = first ? zero : v128.load(c1, 16);
  let s20 = first ? zero : v128.load(c2);
  let s21 = first ? zero : v128.load(c2, 16);
  let s30 = first ? zero : v128.load(c3);
  let s31 = first ? zero : v128.load(c3, 16);
  const end = b + <usize>steps * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    a += 16;
    b += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** c (4 * mPanels rows, 8 * nPanels columns) = a panels times b panels. */
export function multiply(a: usize, b: usize, c: usize, mPanels: i32, k: i32, nPanels: i32): void {
  const ldc = <usize>nPanels * 32;
  for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
    const steps = min(BLOCK_K, k - k0);
    for (let i0 = 0; i0 < mPanels; i0 += BLOCK_PANELS) {
      const i1 = min(i0 + BLOCK_PANELS, mPanels);
      for (let j = 0; j < nPanels; j++) {
        const bPanel = b + (<usize>j * <usize>k + <usize>k0) * 32;
        for (let i = i0; i < i1; i++) {
          const aPanel = a + (<usize>i * <usize>k + <usize>k0) * 16;
          tile4x8(aPanel, bPanel, c + <usize>i * 4 * ldc + <usize>j * 32, ldc, steps, k0 == 0);
        }
      }
    }
  }
}

function tile1x32(a: usize, b: usize, panelBytes: usize, c: usize, k: i32): void {
  let p0 = b;
  let p1 = p0 + panelBytes;
  let p2 = p1 + panelBytes;
  let p3 = p2 + panelBytes;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const end = a + <usize>k * 4;
  while (a < end) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p0, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p1)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p1, 16)));
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p2)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p2, 16)));
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p3)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p3, 16)));
    a += 4;
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

/** c (one row, 8 * nPanels columns) = one row times b panels. */
export function multiplyRow(a: usize, b: usize, c: usize, k: i32, nPanels: i32): void {
  const panelBytes = <usize>k * 32;
  let j = 0;
  for (; j + 4 <= nPanels; j += 4) tile1x32(a, b + <usize>j * panelBytes, panelBytes, c + <usize>j * 32, k);
  for (; j < nPanels; j++) {
    let p = b + <usize>j * panelBytes;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let i = 0; i < k; i++) {
      const x = v128.load32_splat(a + <usize>i * 4);
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
      p += 32;
    }
    v128.store(c + <usize>j * 32, s0);
    v128.store(c + <usize>j * 32, s1, 16);
  }
}

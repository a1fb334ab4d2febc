// The f32 product for hosts that check the bounds of every access in code, as workerd does: one load of four rows' entries and
// four shuffles, where the other tile loads and splats each. There it is a fifth faster, elsewhere a twentieth slower. Same
// operands, same results as f32.ts.

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
    const rows = v128.load(a);
    let x = i32x4.shuffle(rows, rows, 0, 0, 0, 0);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = i32x4.shuffle(rows, rows, 1, 1, 1, 1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = i32x4.shuffle(rows, rows, 2, 2, 2, 2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = i32x4.shuffle(rows, rows, 3, 3, 3, 3);
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
export function multiplyShuffled(a: usize, b: usize, c: usize, mPanels: i32, k: i32, nPanels: i32): void {
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

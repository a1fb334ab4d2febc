// int8 x 7-bit products on the operands of pack-quads, by a relaxed dot. It adds two products of a signed byte and a byte of 0..127
// in 16 bits: at most 2 * 128 * 127 = 32,512, so neither saturation nor the sign that hosts give the second operand can show.

/** Which dot: by pairs (r16), or by quads that add to their sum (r32), one instruction where the host has it (AVX-VNNI, SDOT). */
type R16 = i16;
type R32 = i32;

/** Quads of k in one block: an 8-column panel of B (16 KiB) and a 4-row panel of A (8 KiB) stay in the L1 cache. */
const BLOCK_QUADS: i32 = 512;
/** Panels of A that are multiplied by one panel of B before the next: 256 KiB of a block stay in the L2 cache. */
const BLOCK_PANELS: i32 = 32;
const ONES: usize = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

// @ts-ignore: decorator
@inline
function addProducts<Dot>(s: v128, x: v128, y: v128, ones: v128): v128 {
  if (sizeof<Dot>() == 4) return i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s);
  return i32x4.add(s, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(x, y), ones));
}

/** c[4 x 8] (+)= a panel times b panel over `quads` quads; the first block starts from the rows' corrections. */
function tile4x8<Dot>(a: usize, b: usize, c: usize, ldc: usize, quads: i32, corrections: usize): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let s00 = corrections ? v128.load32_splat(corrections) : v128.load(c);
  let s01 = corrections ? s00 : v128.load(c, 16);
  let s10 = corrections ? v128.load32_splat(corrections, 4) : v128.load(c1);
  let s11 = corrections ? s10 : v128.load(c1, 16);
  let s20 = corrections ? v128.load32_splat(corrections, 8) : v128.load(c2);
  let s21 = corrections ? s20 : v128.load(c2, 16);
  let s30 = corrections ? v128.load32_splat(corrections, 12) : v128.load(c3);
  let s31 = corrections ? s30 : v128.load(c3, 16);
  const ones = v128.load(ONES);
  const end = b + <usize>quads * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = addProducts<Dot>(s00, x, b0, ones);
    s01 = addProducts<Dot>(s01, x, b1, ones);
    x = v128.load32_splat(a, 4);
    s10 = addProducts<Dot>(s10, x, b0, ones);
    s11 = addProducts<Dot>(s11, x, b1, ones);
    x = v128.load32_splat(a, 8);
    s20 = addProducts<Dot>(s20, x, b0, ones);
    s21 = addProducts<Dot>(s21, x, b1, ones);
    x = v128.load32_splat(a, 12);
    s30 = addProducts<Dot>(s30, x, b0, ones);
    s31 = addProducts<Dot>(s31, x, b1, ones);
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
// @ts-ignore: decorator
@inline
function multiply<Dot>(a: usize, b: usize, c: usize, mPanels: i32, kq: i32, nPanels: i32): void {
  const ldc = <usize>nPanels * 32;
  const aBytes: usize = 16 + <usize>kq * 16;
  for (let k0 = 0; k0 < kq; k0 += BLOCK_QUADS) {
    const quads = min(BLOCK_QUADS, kq - k0);
    for (let i0 = 0; i0 < mPanels; i0 += BLOCK_PANELS) {
      const i1 = min(i0 + BLOCK_PANELS, mPanels);
      for (let j = 0; j < nPanels; j++) {
        const bPanel = b + (<usize>j * <usize>kq + <usize>k0) * 32;
        for (let i = i0; i < i1; i++) {
          const panel = a + <usize>i * aBytes;
          const to = c + <usize>i * 4 * ldc + <usize>j * 32;
          tile4x8<Dot>(panel + 16 + <usize>k0 * 16, bPanel, to, ldc, quads, k0 == 0 ? panel : 0);
        }
      }
    }
  }
}

/**
 * c (one row, 8 * nPanels columns) = one packed row times b panels. One panel after the other: a single stream of weights is
 * read faster than several. Two quads at a time, with sums of their own, hide the latency of a dot.
 */
// @ts-ignore: decorator
@inline
function multiplyRow<Dot>(a: usize, b: usize, c: usize, kq: i32, nPanels: i32): void {
  const ones = v128.load(ONES);
  for (let j = 0; j < nPanels; j++) {
    let x = a + 16;
    const end = x + <usize>(kq & ~1) * 4;
    let s0 = v128.load32_splat(a);
    let s1 = s0;
    let t0 = i32x4.splat(0);
    let t1 = t0;
    while (x < end) {
      const x0 = v128.load32_splat(x);
      s0 = addProducts<Dot>(s0, x0, v128.load(b), ones);
      s1 = addProducts<Dot>(s1, x0, v128.load(b, 16), ones);
      const x1 = v128.load32_splat(x, 4);
      t0 = addProducts<Dot>(t0, x1, v128.load(b, 32), ones);
      t1 = addProducts<Dot>(t1, x1, v128.load(b, 48), ones);
      x += 8;
      b += 64;
    }
    if (kq & 1) {
      const x0 = v128.load32_splat(x);
      s0 = addProducts<Dot>(s0, x0, v128.load(b), ones);
      s1 = addProducts<Dot>(s1, x0, v128.load(b, 16), ones);
      b += 32;
    }
    v128.store(c, i32x4.add(s0, t0));
    v128.store(c, i32x4.add(s1, t1), 16);
    c += 32;
  }
}

export function multiplyR16(a: usize, b: usize, c: usize, mPanels: i32, kq: i32, nPanels: i32): void {
  multiply<R16>(a, b, c, mPanels, kq, nPanels);
}

export function multiplyR32(a: usize, b: usize, c: usize, mPanels: i32, kq: i32, nPanels: i32): void {
  multiply<R32>(a, b, c, mPanels, kq, nPanels);
}

export function multiplyRowR16(a: usize, b: usize, c: usize, kq: i32, nPanels: i32): void {
  multiplyRow<R16>(a, b, c, kq, nPanels);
}

export function multiplyRowR32(a: usize, b: usize, c: usize, kq: i32, nPanels: i32): void {
  multiplyRow<R32>(a, b, c, kq, nPanels);
}

// d16: exact int8 x int8 -> int32 products by i32x4.dot_i16x8_s, tile 4 x 8 (1 x 32 for a single row).
//
// Packed layouts, with kp = ceil(k / 2) pairs of consecutive k, each pair two int16 in one 32-bit lane:
//   A: panels of 4 rows;    per pair 4 lanes, one a row     (16 bytes); row kernel: the pairs of one row in sequence
//   B: panels of 8 columns; per pair 8 lanes, one a column  (32 bytes)
//   C: row-major int32 with ldc = 8 * panels, rows padded to 4
// An odd k is padded with zeros, which add nothing.
export { quantise, requantise, rescale } from './quantise';

/** Pairs of k in one block: an 8-column panel of B (16 KiB) and a 4-row panel of A (8 KiB) stay in the L1 cache. */
const BLOCK_PAIRS: i32 = 512;

export function heapBase(): usize {
  return __heap_base;
}

function pairOf(low: i32, high: i32): i32 {
  return (low & 0xffff) | (high << 16);
}

/** Packs b (k x n int8, row-major) into ceil(n / 8) panels at `out`. */
export function packB(b: usize, k: i32, n: i32, out: usize): void {
  const kp = (k + 1) >> 1;
  const panels = (n + 7) >> 3;
  for (let p = 0; p < kp; p++) {
    const upper = b + <usize>(2 * p) * <usize>n;
    const lower = upper + <usize>n;
    const odd = 2 * p + 1 >= k;
    for (let panel = 0; panel < panels; panel++) {
      const to = out + (<usize>panel * <usize>kp + <usize>p) * 32;
      const col = panel * 8;
      if (col + 8 <= n) {
        const x = v128.load8x8_s(upper + col);
        const y = odd ? i16x8.splat(0) : v128.load8x8_s(lower + col);
        v128.store(to, i16x8.shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
        v128.store(to, i16x8.shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      } else {
        for (let c = 0; c < 8; c++) {
          const inside = col + c < n;
          const low = inside ? <i32>load<i8>(upper + col + c) : 0;
          const high = inside && !odd ? <i32>load<i8>(lower + col + c) : 0;
          store<i32>(to + c * 4, pairOf(low, high));
        }
      }
    }
  }
}

function packRowTail(row: usize, from: i32, k: i32, out: usize, stride: usize): void {
  for (let p = from >> 1; 2 * p < k; p++) {
    const high = 2 * p + 1 < k ? <i32>load<i8>(row + 2 * p + 1) : 0;
    store<i32>(out + <usize>p * stride, pairOf(<i32>load<i8>(row + 2 * p), high));
  }
}

/** Packs m rows of a (m x k int8, row-major) into ceil(m / 4) panels at `out`; missing rows become zeros. */
export function packA(a: usize, m: i32, k: i32, out: usize): void {
  const kp = (k + 1) >> 1;
  const full = k & ~7;
  for (let r = 0; r < m; r += 4) {
    const to = out + <usize>(r >> 2) * <usize>kp * 16;
    if (r + 4 > m) memory.fill(to, 0, <usize>kp * 16);
    const rows = min(4, m - r);
    const a0 = a + <usize>r * <usize>k;
    if (rows == 4) {
      for (let c = 0; c < full; c += 8) {
        const w = v128.load8x8_s(a0 + c);
        const x = v128.load8x8_s(a0 + <usize>k + c);
        const y = v128.load8x8_s(a0 + <usize>k * 2 + c);
        const z = v128.load8x8_s(a0 + <usize>k * 3 + c);
        const wx0 = i32x4.shuffle(w, x, 0, 4, 1, 5);
        const wx1 = i32x4.shuffle(w, x, 2, 6, 3, 7);
        const yz0 = i32x4.shuffle(y, z, 0, 4, 1, 5);
        const yz1 = i32x4.shuffle(y, z, 2, 6, 3, 7);
        const at = to + <usize>c * 8;
        v128.store(at, i64x2.shuffle(wx0, yz0, 0, 2));
        v128.store(at, i64x2.shuffle(wx0, yz0, 1, 3), 16);
        v128.store(at, i64x2.shuffle(wx1, yz1, 0, 2), 32);
        v128.store(at, i64x2.shuffle(wx1, yz1, 1, 3), 48);
      }
    }
    for (let i = 0; i < rows; i++) packRowTail(a0 + <usize>i * <usize>k, rows == 4 ? full : 0, k, to + i * 4, 16);
  }
}

/** Widens one row of k int8 to the pairs that the row kernel reads. */
export function packRow(row: usize, k: i32, out: usize): void {
  const full = k & ~7;
  for (let c = 0; c < full; c += 8) v128.store(out + <usize>c * 2, v128.load8x8_s(row + c));
  packRowTail(row, full, k, out, 4);
}

/** c[4 x 8] (+)= a panel times b panel over `pairs` pairs. */
function tile4x8(a: usize, b: usize, c: usize, ldc: usize, pairs: i32, first: bool): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  const zero = i32x4.splat(0);
  let s00 = first ? zero : v128.load(c);
  let s01 = first ? zero : v128.load(c, 16);
  let s10 = first ? zero : v128.load(c1);
  let s11 = first ? zero : v128.load(c1, 16);
  let s20 = first ? zero : v128.load(c2);
  let s21 = first ? zero : v128.load(c2, 16);
  let s30 = first ? zero : v128.load(c3);
  let s31 = first ? zero : v128.load(c3, 16);
  const end = b + <usize>pairs * 32;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 4);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 8);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
    x = v128.load32_splat(a, 12);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
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
export function gemmD16(a: usize, b: usize, c: usize, mPanels: i32, kp: i32, nPanels: i32): void {
  const ldc = <usize>nPanels * 32;
  for (let k0 = 0; k0 < kp; k0 += BLOCK_PAIRS) {
    const pairs = min(BLOCK_PAIRS, kp - k0);
    for (let j = 0; j < nPanels; j++) {
      const bPanel = b + (<usize>j * <usize>kp + <usize>k0) * 32;
      for (let i = 0; i < mPanels; i++) {
        const aPanel = a + (<usize>i * <usize>kp + <usize>k0) * 16;
        tile4x8(aPanel, bPanel, c + <usize>i * 4 * ldc + <usize>j * 32, ldc, pairs, k0 == 0);
      }
    }
  }
}

function tile1x32(a: usize, b: usize, panelBytes: usize, c: usize, kp: i32): void {
  let p0 = b;
  let p1 = p0 + panelBytes;
  let p2 = p1 + panelBytes;
  let p3 = p2 + panelBytes;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const end = a + <usize>kp * 4;
  while (a < end) {
    const x = v128.load32_splat(a);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load(p0)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load(p0, 16)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(x, v128.load(p1)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(x, v128.load(p1, 16)));
    s4 = i32x4.add(s4, i32x4.dot_i16x8_s(x, v128.load(p2)));
    s5 = i32x4.add(s5, i32x4.dot_i16x8_s(x, v128.load(p2, 16)));
    s6 = i32x4.add(s6, i32x4.dot_i16x8_s(x, v128.load(p3)));
    s7 = i32x4.add(s7, i32x4.dot_i16x8_s(x, v128.load(p3, 16)));
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

/** c (one row, 8 * nPanels columns) = one packed row times b panels. */
export function gemvD16(a: usize, b: usize, c: usize, kp: i32, nPanels: i32): void {
  const panelBytes = <usize>kp * 32;
  let j = 0;
  for (; j + 4 <= nPanels; j += 4) tile1x32(a, b + <usize>j * panelBytes, panelBytes, c + <usize>j * 32, kp);
  for (; j < nPanels; j++) {
    let p = b + <usize>j * panelBytes;
    let s0 = i32x4.splat(0);
    let s1 = s0;
    for (let i = 0; i < kp; i++) {
      const x = v128.load32_splat(a + <usize>i * 4);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load(p)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load(p, 16)));
      p += 32;
    }
    v128.store(c + <usize>j * 32, s0);
    v128.store(c + <usize>j * 32, s1, 16);
  }
}

/** Closes the gaps of c in place: rows of `ld` int32 become rows of n. Every row moves down or stays. */
export function compact(c: usize, m: i32, ld: i32, n: i32): void {
  for (let r = 1; r < m; r++) {
    memory.copy(c + <usize>r * <usize>n * 4, c + <usize>r * <usize>ld * 4, <usize>n * 4);
  }
}

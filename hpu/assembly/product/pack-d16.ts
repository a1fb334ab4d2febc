// Operands of the d16 product. With kp = ceil(k / 2) pairs of consecutive k, each pair two int16 in one 32-bit lane:
//   A: panels of 4 rows;    per pair 4 lanes, one a row     (16 bytes); row kernel: the pairs of one row in sequence
//   B: panels of 8 columns; per pair 8 lanes, one a column  (32 bytes)
// An odd k is padded with zeros, which add nothing.

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

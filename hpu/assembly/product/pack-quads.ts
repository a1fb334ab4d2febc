// Operands of the relaxed products r16 and r32. With kq = ceil(k / 4) quads of consecutive k, four bytes in one 32-bit lane:
//   A: panels of 4 rows: 16 bytes of int32 corrections, one a row, then per quad 4 lanes, one a row (16 bytes)
//      row kernel: 16 bytes whose first lane is the correction, then the quads of the row in sequence
//   B: panels of 8 columns: per quad 8 lanes, one a column (32 bytes); a weight w of [-64, 63] is stored as w + 64, 0 to 127
// The product starts from the correction -64 * (sum of the row), which takes the shift out again. A k that is no multiple of
// four is padded with zeros in A, which add nothing whatever B holds there.

const SHIFT: i32 = 64;

function weightAt(b: usize, k: i32, n: i32, row: i32, column: i32): i32 {
  return row < k && column < n ? <i32>load<i8>(b + <usize>row * <usize>n + <usize>column) + SHIFT : SHIFT;
}

function quadOf(b: usize, k: i32, n: i32, row: i32, column: i32): i32 {
  return (
    weightAt(b, k, n, row, column) | (weightAt(b, k, n, row + 1, column) << 8) |
    (weightAt(b, k, n, row + 2, column) << 16) | (weightAt(b, k, n, row + 3, column) << 24)
  );
}

/** Packs b (k x n int8 of [-64, 63], row-major) into ceil(n / 8) panels at `out`. */
export function packB(b: usize, k: i32, n: i32, out: usize): void {
  const kq = (k + 3) >> 2;
  const panels = (n + 7) >> 3;
  const shift = i8x16.splat(<i8>SHIFT);
  for (let q = 0; q < kq; q++) {
    const row = b + <usize>(4 * q) * <usize>n;
    for (let panel = 0; panel < panels; panel++) {
      const to = out + (<usize>panel * <usize>kq + <usize>q) * 32;
      const column = panel * 8;
      if (column + 8 <= n && 4 * q + 4 <= k) {
        const at = row + <usize>column;
        const w = v128.load64_zero(at);
        const x = v128.load64_zero(at + <usize>n);
        const y = v128.load64_zero(at + <usize>n * 2);
        const z = v128.load64_zero(at + <usize>n * 3);
        const wx = i8x16.shuffle(w, x, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const yz = i8x16.shuffle(y, z, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        v128.store(to, i8x16.add(i16x8.shuffle(wx, yz, 0, 8, 1, 9, 2, 10, 3, 11), shift));
        v128.store(to, i8x16.add(i16x8.shuffle(wx, yz, 4, 12, 5, 13, 6, 14, 7, 15), shift), 16);
      } else {
        for (let c = 0; c < 8; c++) store<i32>(to + c * 4, quadOf(b, k, n, 4 * q, column + c));
      }
    }
  }
}

/** Quads from `from` (a multiple of 4) to the end of one row, `stride` bytes apart; returns the sum of its entries. */
function packRowTail(row: usize, from: i32, k: i32, out: usize, stride: usize): i32 {
  let sum = 0;
  for (let p = from; p < k; p += 4) {
    let quad = 0;
    for (let i = 0; i < 4 && p + i < k; i++) {
      const x = <i32>load<i8>(row + <usize>(p + i));
      sum += x;
      quad |= (x & 0xff) << (8 * i);
    }
    store<i32>(out + <usize>(p >> 2) * stride, quad);
  }
  return sum;
}

function rowSums(sums: v128, x: v128): v128 {
  return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(x)));
}

function laneSum(v: v128): i32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}

/** Packs m rows of a (m x k int8, row-major) into ceil(m / 4) panels at `out`; missing rows become zeros. */
export function packA(a: usize, m: i32, k: i32, out: usize): void {
  const panelBytes: usize = 16 + <usize>((k + 3) >> 2) * 16;
  for (let r = 0; r < m; r += 4) {
    if (m - r >= 4) packFour(a + <usize>r * <usize>k, k, out);
    else {
      memory.fill(out, 0, panelBytes);
      for (let i = 0; i < m - r; i++) {
        const sum = packRowTail(a + <usize>(r + i) * <usize>k, 0, k, out + 16 + i * 4, 16);
        store<i32>(out + i * 4, -SHIFT * sum);
      }
    }
    out += panelBytes;
  }
}

function packFour(a0: usize, k: i32, out: usize): void {
  const full = k & ~15;
  const a1 = a0 + <usize>k;
  const a2 = a1 + <usize>k;
  const a3 = a2 + <usize>k;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const quads = out + 16;
  for (let p = 0; p < full; p += 16) {
    const w = v128.load(a0 + p);
    const x = v128.load(a1 + p);
    const y = v128.load(a2 + p);
    const z = v128.load(a3 + p);
    s0 = rowSums(s0, w);
    s1 = rowSums(s1, x);
    s2 = rowSums(s2, y);
    s3 = rowSums(s3, z);
    const wx0 = i32x4.shuffle(w, x, 0, 4, 1, 5);
    const wx1 = i32x4.shuffle(w, x, 2, 6, 3, 7);
    const yz0 = i32x4.shuffle(y, z, 0, 4, 1, 5);
    const yz1 = i32x4.shuffle(y, z, 2, 6, 3, 7);
    const at = quads + <usize>p * 4;
    v128.store(at, i64x2.shuffle(wx0, yz0, 0, 2));
    v128.store(at, i64x2.shuffle(wx0, yz0, 1, 3), 16);
    v128.store(at, i64x2.shuffle(wx1, yz1, 0, 2), 32);
    v128.store(at, i64x2.shuffle(wx1, yz1, 1, 3), 48);
  }
  store<i32>(out, -SHIFT * (laneSum(s0) + packRowTail(a0, full, k, quads, 16)));
  store<i32>(out + 4, -SHIFT * (laneSum(s1) + packRowTail(a1, full, k, quads + 4, 16)));
  store<i32>(out + 8, -SHIFT * (laneSum(s2) + packRowTail(a2, full, k, quads + 8, 16)));
  store<i32>(out + 12, -SHIFT * (laneSum(s3) + packRowTail(a3, full, k, quads + 12, 16)));
}

/** Copies one row of k int8 and its correction for the row kernel. */
export function packRow(row: usize, k: i32, out: usize): void {
  const full = k & ~15;
  let sums = i32x4.splat(0);
  for (let p = 0; p < full; p += 16) {
    const x = v128.load(row + p);
    sums = rowSums(sums, x);
    v128.store(out + 16 + p, x);
  }
  store<i32>(out, -SHIFT * (laneSum(sums) + packRowTail(row, full, k, out + 16, 4)));
}

// Operands of the packed f32 product:
//   A: panels of 4 rows;    per k 4 lanes, one a row     (16 bytes); row kernel: the row itself
//   B: panels of 8 columns; per k 8 lanes, one a column  (32 bytes)
// Missing rows and columns become zeros; what they give is not read.
import { packRows } from './patches';

/** Packs b (k x n f32, row-major) into ceil(n / 8) panels at `out`. */
export function packB(b: usize, k: i32, n: i32, out: usize): void {
  const panels = (n + 7) >> 3;
  for (let p = 0; p < k; p++) {
    const row = b + <usize>p * <usize>n * 4;
    for (let panel = 0; panel < panels; panel++) {
      const to = out + (<usize>panel * <usize>k + <usize>p) * 32;
      const from = row + <usize>panel * 32;
      if (panel * 8 + 8 <= n) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let c = 0; c < 8; c++) store<f32>(to + c * 4, panel * 8 + c < n ? load<f32>(from + c * 4) : 0);
      }
    }
  }
}

/** Packs m rows of a (m x k f32, row-major) into ceil(m / 4) panels at `out`. */
export function packA(a: usize, m: i32, k: i32, out: usize): void {
  const row = <usize>k * 4;
  for (let r = 0; r < m; r += 4) {
    const a0 = a + <usize>r * row;
    if (m - r >= 4) packFour(a0, row, k, out);
    else {
      memory.fill(out, 0, <usize>k * 16);
      for (let i = 0; i < m - r; i++) {
        for (let p = 0; p < k; p++) store<f32>(out + <usize>p * 16 + i * 4, load<f32>(a0 + <usize>i * row + <usize>p * 4));
      }
    }
    out += <usize>k * 16;
  }
}

function packFour(a0: usize, row: usize, k: i32, out: usize): void {
  const a1 = a0 + row;
  const a2 = a1 + row;
  const a3 = a2 + row;
  const full = k & ~3;
  for (let p = 0; p < full; p += 4) {
    const at = <usize>p * 4;
    const w = v128.load(a0 + at);
    const x = v128.load(a1 + at);
    const y = v128.load(a2 + at);
    const z = v128.load(a3 + at);
    const wx0 = i32x4.shuffle(w, x, 0, 4, 1, 5);
    const wx1 = i32x4.shuffle(w, x, 2, 6, 3, 7);
    const yz0 = i32x4.shuffle(y, z, 0, 4, 1, 5);
    const yz1 = i32x4.shuffle(y, z, 2, 6, 3, 7);
    const to = out + at * 4;
    v128.store(to, i64x2.shuffle(wx0, yz0, 0, 2));
    v128.store(to, i64x2.shuffle(wx0, yz0, 1, 3), 16);
    v128.store(to, i64x2.shuffle(wx1, yz1, 0, 2), 32);
    v128.store(to, i64x2.shuffle(wx1, yz1, 1, 3), 48);
  }
  for (let p = full; p < k; p++) {
    const at = <usize>p * 4;
    const to = out + at * 4;
    store<f32>(to, load<f32>(a0 + at));
    store<f32>(to + 4, load<f32>(a1 + at));
    store<f32>(to + 8, load<f32>(a2 + at));
    store<f32>(to + 12, load<f32>(a3 + at));
  }
}

export function packRow(row: usize, k: i32, out: usize): void {
  memory.copy(out, row, <usize>k * 4);
}

export function convolutionRows(
  image: usize, geometry: usize, from: i32, count: i32, k: i32, line: usize, out: usize, panelBytes: i32,
): void {
  packRows(packA, image, geometry, from, count, k, line, out, panelBytes);
}

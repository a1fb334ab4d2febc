// Operands of the products of training, in the panels of product/pack-f32. Whatever a matrix is multiplied by next, only its
// packing differs: rows (packA), columns (packColumns: A is the transpose), and B or its transpose.

/**
 * Packs the transpose of x (rows x cols f32, row-major, cols a multiple of 4) as A: cols / 4 panels of `rows` steps at `out`.
 * Four panels at a time: they share the cache lines that are read.
 */
export function packColumns(x: usize, rows: i32, cols: i32, out: usize): void {
  const line = <usize>cols * 4;
  const panel = <usize>rows * 16;
  const panels = cols >> 2;
  let i = 0;
  for (; i + 4 <= panels; i += 4) {
    let from = x + <usize>i * 16;
    let to = out + <usize>i * panel;
    for (let p = 0; p < rows; p++) {
      v128.store(to, v128.load(from));
      v128.store(to + panel, v128.load(from, 16));
      v128.store(to + 2 * panel, v128.load(from, 32));
      v128.store(to + 3 * panel, v128.load(from, 48));
      from += line;
      to += 16;
    }
  }
  for (; i < panels; i++) {
    let from = x + <usize>i * 16;
    let to = out + <usize>i * panel;
    for (let p = 0; p < rows; p++) {
      v128.store(to, v128.load(from));
      from += line;
      to += 16;
    }
  }
}

/** Four rows of four at a0 to a3, transposed, to `out` and the three places `step` bytes apart behind it. */
// @ts-ignore: decorator
@inline
export function transposeFour(a0: usize, a1: usize, a2: usize, a3: usize, out: usize, step: usize): void {
  const w = v128.load(a0);
  const x = v128.load(a1);
  const y = v128.load(a2);
  const z = v128.load(a3);
  const wx0 = i32x4.shuffle(w, x, 0, 4, 1, 5);
  const wx1 = i32x4.shuffle(w, x, 2, 6, 3, 7);
  const yz0 = i32x4.shuffle(y, z, 0, 4, 1, 5);
  const yz1 = i32x4.shuffle(y, z, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(wx0, yz0, 0, 2));
  v128.store(out + step, i64x2.shuffle(wx0, yz0, 1, 3));
  v128.store(out + 2 * step, i64x2.shuffle(wx1, yz1, 0, 2));
  v128.store(out + 3 * step, i64x2.shuffle(wx1, yz1, 1, 3));
}

/**
 * Packs the transpose of w (rows x cols f32, row-major, both multiples of 4) as B: ceil(rows / 8) panels of `cols` steps at
 * `out`. Missing columns of the last panel become zeros.
 */
export function packTransposed(w: usize, rows: i32, cols: i32, out: usize): void {
  const line = <usize>cols * 4;
  for (let r = 0; r < rows; r += 8) {
    const a = w + <usize>r * line;
    const b = a + 4 * line;
    const whole = r + 4 < rows;
    for (let p: usize = 0; p < line; p += 16) {
      transposeFour(a + p, a + line + p, a + 2 * line + p, a + 3 * line + p, out, 32);
      if (whole) transposeFour(b + p, b + line + p, b + 2 * line + p, b + 3 * line + p, out + 16, 32);
      else for (let i = 0; i < 4; i++) v128.store(out + <usize>i * 32, i32x4.splat(0), 16);
      out += 128;
    }
  }
}

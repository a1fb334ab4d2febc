// Gram matrices, lower triangle, packed by rows: element (i, j), j <= i, at index i (i + 1) / 2 + j.

function storeBelow(g: usize, i: i32, j: i32, n: i32, pair: v128): void {
  if (i >= n) return;
  const at = g + ((<usize>i * (<usize>i + 1)) / 2 + <usize>j) * 8;
  if (j <= i) store<f64>(at, load<f64>(at) + f64x2.extract_lane(pair, 0));
  if (j + 1 <= i) store<f64>(at, load<f64>(at, 8) + f64x2.extract_lane(pair, 1), 8);
}

/**
 * g += P^T P for a panel of rows x n, `ld` elements a row: a multiple of 4, zeros beyond n. Each element gains the sum over the
 * panel's rows in their order.
 */
export function gram(panel: usize, rows: i32, n: i32, ld: i32, g: usize): void {
  const step = <usize>ld * 8;
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j <= i; j += 4) {
      let a = panel + <usize>i * 8;
      let b = panel + <usize>j * 8;
      let s00 = f64x2.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      for (let r = 0; r < rows; r++) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        let x = v128.load64_splat(a);
        s00 = f64x2.add(s00, f64x2.mul(x, b0));
        s01 = f64x2.add(s01, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 8);
        s10 = f64x2.add(s10, f64x2.mul(x, b0));
        s11 = f64x2.add(s11, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 16);
        s20 = f64x2.add(s20, f64x2.mul(x, b0));
        s21 = f64x2.add(s21, f64x2.mul(x, b1));
        x = v128.load64_splat(a, 24);
        s30 = f64x2.add(s30, f64x2.mul(x, b0));
        s31 = f64x2.add(s31, f64x2.mul(x, b1));
        a += step;
        b += step;
      }
      storeBelow(g, i, j, n, s00);
      storeBelow(g, i, j + 2, n, s01);
      storeBelow(g, i + 1, j, n, s10);
      storeBelow(g, i + 1, j + 2, n, s11);
      storeBelow(g, i + 2, j, n, s20);
      storeBelow(g, i + 2, j + 2, n, s21);
      storeBelow(g, i + 3, j, n, s30);
      storeBelow(g, i + 3, j + 2, n, s31);
    }
  }
}

// f64 products that add to what is there. Each element is ((c + a0 b0) + a1 b1) + ... in the order of k: lanes run over columns,
// never over k. The product with a single column is the exception and says its order.

/** c[4 x 4]; strides in bytes: `row` between rows of a, `step` between its consecutive k, ldb and ldc between rows. */
function tile4x4(a: usize, row: usize, step: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let s00 = v128.load(c);
  let s01 = v128.load(c, 16);
  let s10 = v128.load(c + ldc);
  let s11 = v128.load(c + ldc, 16);
  let s20 = v128.load(c + 2 * ldc);
  let s21 = v128.load(c + 2 * ldc, 16);
  let s30 = v128.load(c + 3 * ldc);
  let s31 = v128.load(c + 3 * ldc, 16);
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    s00 = f64x2.add(s00, f64x2.mul(x, b0));
    s01 = f64x2.add(s01, f64x2.mul(x, b1));
    x = v128.load64_splat(a1);
    s10 = f64x2.add(s10, f64x2.mul(x, b0));
    s11 = f64x2.add(s11, f64x2.mul(x, b1));
    x = v128.load64_splat(a2);
    s20 = f64x2.add(s20, f64x2.mul(x, b0));
    s21 = f64x2.add(s21, f64x2.mul(x, b1));
    x = v128.load64_splat(a3);
    s30 = f64x2.add(s30, f64x2.mul(x, b0));
    s31 = f64x2.add(s31, f64x2.mul(x, b1));
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
    b += ldb;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c + ldc, s10);
  v128.store(c + ldc, s11, 16);
  v128.store(c + 2 * ldc, s20);
  v128.store(c + 2 * ldc, s21, 16);
  v128.store(c + 3 * ldc, s30);
  v128.store(c + 3 * ldc, s31, 16);
}

/** c[4 x 2] */
function tile4x2(a: usize, row: usize, step: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let s0 = v128.load(c);
  let s1 = v128.load(c + ldc);
  let s2 = v128.load(c + 2 * ldc);
  let s3 = v128.load(c + 3 * ldc);
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  for (let p = 0; p < k; p++) {
    const y = v128.load(b);
    s0 = f64x2.add(s0, f64x2.mul(v128.load64_splat(a), y));
    s1 = f64x2.add(s1, f64x2.mul(v128.load64_splat(a1), y));
    s2 = f64x2.add(s2, f64x2.mul(v128.load64_splat(a2), y));
    s3 = f64x2.add(s3, f64x2.mul(v128.load64_splat(a3), y));
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
    b += ldb;
  }
  v128.store(c, s0);
  v128.store(c + ldc, s1);
  v128.store(c + 2 * ldc, s2);
  v128.store(c + 3 * ldc, s3);
}

/** c[4 x 1] */
function tile4x1(a: usize, row: usize, step: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let s0 = load<f64>(c);
  let s1 = load<f64>(c + ldc);
  let s2 = load<f64>(c + 2 * ldc);
  let s3 = load<f64>(c + 3 * ldc);
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  for (let p = 0; p < k; p++) {
    const y = load<f64>(b);
    s0 += load<f64>(a) * y;
    s1 += load<f64>(a1) * y;
    s2 += load<f64>(a2) * y;
    s3 += load<f64>(a3) * y;
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
    b += ldb;
  }
  store<f64>(c, s0);
  store<f64>(c + ldc, s1);
  store<f64>(c + 2 * ldc, s2);
  store<f64>(c + 3 * ldc, s3);
}

function tile1x1(a: usize, step: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let s = load<f64>(c);
  for (let p = 0; p < k; p++) {
    s += load<f64>(a) * load<f64>(b);
    a += step;
    b += ldb;
  }
  store<f64>(c, s);
}

/**
 * c (m x n, row-major) += A B, with B (k x n) row-major and A(i, p) at a + 8 * (i * aRow + p * aStep): aRow = ld, aStep = 1 for a
 * panel's rows, aRow = 1, aStep = ld for its columns.
 */
export function addProduct(a: usize, aRow: i32, aStep: i32, b: usize, c: usize, m: i32, k: i32, n: i32): void {
  const row = <usize>aRow * 8;
  const step = <usize>aStep * 8;
  const ld = <usize>n * 8;
  const bottom = m & ~3;
  for (let i = 0; i < bottom; i += 4) {
    const ai = a + <usize>i * row;
    const ci = c + <usize>i * ld;
    let j = 0;
    for (; j + 4 <= n; j += 4) tile4x4(ai, row, step, b + <usize>j * 8, ld, ci + <usize>j * 8, ld, k);
    for (; j + 2 <= n; j += 2) tile4x2(ai, row, step, b + <usize>j * 8, ld, ci + <usize>j * 8, ld, k);
    for (; j < n; j++) tile4x1(ai, row, step, b + <usize>j * 8, ld, ci + <usize>j * 8, ld, k);
  }
  for (let i = bottom; i < m; i++) {
    for (let j = 0; j < n; j++) tile1x1(a + <usize>i * row, step, b + <usize>j * 8, ld, c + <usize>i * ld + <usize>j * 8, k);
  }
}

/**
 * c[m] += A b with A's rows contiguous (`ld` elements apart) and an even number of k: even and odd k are summed apart, and the
 * two sums added at the end. With `transposed`, c[k] += A^T b in the order of the m rows.
 */
export function addProductColumn(a: usize, ld: i32, b: usize, c: usize, m: i32, k: i32, transposed: bool): void {
  const row = <usize>ld * 8;
  if (transposed) {
    for (let j = 0; j < k; j += 2) {
      let at = a + <usize>j * 8;
      let s = v128.load(c + <usize>j * 8);
      for (let i = 0; i < m; i++) {
        s = f64x2.add(s, f64x2.mul(v128.load(at), v128.load64_splat(b + <usize>i * 8)));
        at += row;
      }
      v128.store(c + <usize>j * 8, s);
    }
    return;
  }
  for (let i = 0; i < m; i++) {
    let s = f64x2.splat(0);
    for (let p = 0; p < k; p += 2) s = f64x2.add(s, f64x2.mul(v128.load(a + <usize>p * 8), v128.load(b + <usize>p * 8)));
    store<f64>(c + <usize>i * 8, load<f64>(c + <usize>i * 8) + (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)));
    a += row;
  }
}

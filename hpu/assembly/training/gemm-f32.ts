// f32 products. Each element of c is ((0 + a0 b0) + a1 b1) + ... in the order of k: lanes run over columns, never over k, and
// no multiply-add is fused, so tiles of any shape give the bits of the three-loop reference.

/** c[4 x 8]; strides in bytes: `row` between rows of a, `step` between its consecutive k, ldb and ldc between rows. */
function tile4x8(a: usize, row: usize, step: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  for (let p = 0; p < k; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
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

function tile1x8(a: usize, step: usize, b: usize, ldb: usize, c: usize, k: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let p = 0; p < k; p++) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)));
    a += step;
    b += ldb;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

function dot(a: usize, step: usize, b: usize, ldb: usize, k: i32): f32 {
  let s: f32 = 0;
  for (let p = 0; p < k; p++) {
    s += load<f32>(a) * load<f32>(b);
    a += step;
    b += ldb;
  }
  return s;
}

/** One column of four rows: four independent chains of additions hide the latency of one. */
function dot4(a: usize, row: usize, step: usize, b: usize, ldb: usize, c: usize, ldc: usize, k: i32): void {
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  let a1 = a + row;
  let a2 = a1 + row;
  let a3 = a2 + row;
  for (let p = 0; p < k; p++) {
    const y = load<f32>(b);
    s0 += load<f32>(a) * y;
    s1 += load<f32>(a1) * y;
    s2 += load<f32>(a2) * y;
    s3 += load<f32>(a3) * y;
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
    b += ldb;
  }
  store<f32>(c, s0);
  store<f32>(c + ldc, s1);
  store<f32>(c + 2 * ldc, s2);
  store<f32>(c + 3 * ldc, s3);
}

/**
 * c (m x n, row-major) = A B, with B (k x n) row-major and A(i, p) at a + 4 * (i * aRow + p * aStep): aRow = k, aStep = 1 for
 * a row-major A, aRow = 1, aStep = m for its transpose.
 */
export function gemmF32(a: usize, aRow: i32, aStep: i32, b: usize, c: usize, m: i32, k: i32, n: i32): void {
  const row = <usize>aRow * 4;
  const step = <usize>aStep * 4;
  const ld = <usize>n * 4;
  const wide = n & ~7;
  for (let j = 0; j < wide; j += 8) {
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      tile4x8(a + <usize>i * row, row, step, b + j * 4, ld, c + <usize>i * ld + j * 4, ld, k);
    }
    for (; i < m; i++) tile1x8(a + <usize>i * row, step, b + j * 4, ld, c + <usize>i * ld + j * 4, k);
  }
  for (let j = wide; j < n; j++) {
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      dot4(a + <usize>i * row, row, step, b + j * 4, ld, c + <usize>i * ld + j * 4, ld, k);
    }
    for (; i < m; i++) store<f32>(c + <usize>i * ld + j * 4, dot(a + <usize>i * row, step, b + j * 4, ld, k));
  }
}

// Cholesky factors of packed lower triangles (gram.ts), in place, row by row.

function rowOf(g: usize, i: i32): usize {
  return g + ((<usize>i * (<usize>i + 1)) / 2) * 8;
}

/** Even and odd indices are summed apart, then added, then a last odd one. */
function dot(a: usize, b: usize, count: i32): f64 {
  let s = f64x2.splat(0);
  let i = 0;
  for (; i + 2 <= count; i += 2) s = f64x2.add(s, f64x2.mul(v128.load(a + <usize>i * 8), v128.load(b + <usize>i * 8)));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  if (i < count) sum += load<f64>(a + <usize>i * 8) * load<f64>(b + <usize>i * 8);
  return sum;
}

/** In place: x becomes z of L z = x, entry by entry from `from` to `to`. */
function eliminateRow(l: usize, x: usize, from: i32, to: i32): void {
  for (let j = from; j < to; j++) {
    const row = rowOf(l, j);
    const at = x + <usize>j * 8;
    store<f64>(at, (load<f64>(at) - dot(x, row, j)) / load<f64>(row + <usize>j * 8));
  }
}

/**
 * As eliminateRow, four rows at once, so that each row of L is read once; the same bits. Entries of x before `first`, which is even, are 0:
 * they are left out.
 */
function eliminateFour(l: usize, x0: usize, x1: usize, x2: usize, x3: usize, first: i32, to: i32): void {
  for (let j = first; j < to; j++) {
    const row = rowOf(l, j);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let at = <usize>first * 8;
    const end = <usize>(j & ~1) * 8;
    for (; at < end; at += 16) {
      const y = v128.load(row + at);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(x0 + at), y));
      s1 = f64x2.add(s1, f64x2.mul(v128.load(x1 + at), y));
      s2 = f64x2.add(s2, f64x2.mul(v128.load(x2 + at), y));
      s3 = f64x2.add(s3, f64x2.mul(v128.load(x3 + at), y));
    }
    let d0 = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
    let d1 = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
    let d2 = f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1);
    let d3 = f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1);
    if (j & 1) {
      const y = load<f64>(row + at);
      d0 += load<f64>(x0 + at) * y;
      d1 += load<f64>(x1 + at) * y;
      d2 += load<f64>(x2 + at) * y;
      d3 += load<f64>(x3 + at) * y;
    }
    const pivot = load<f64>(row + <usize>j * 8);
    const p = <usize>j * 8;
    store<f64>(x0 + p, (load<f64>(x0 + p) - d0) / pivot);
    store<f64>(x1 + p, (load<f64>(x1 + p) - d1) / pivot);
    store<f64>(x2 + p, (load<f64>(x2 + p) - d2) / pivot);
    store<f64>(x3 + p, (load<f64>(x3 + p) - d3) / pivot);
  }
}

/**
 * The sum over `from` <= i < `to` of |L^-1 e_i|^2: over all i that is the trace of (L L^T)^-1. Four columns at a time, as long as there
 * are four, share the reading of L. `scratch` holds 4 n f64.
 */
export function inverseTrace(l: usize, n: i32, from: i32, to: i32, scratch: usize): f64 {
  const length = <usize>n * 8;
  let sum: f64 = 0;
  for (let i = from; i < to; i += 4) {
    const count = min(4, to - i);
    memory.fill(scratch, 0, 4 * length);
    for (let k = 0; k < count; k++) store<f64>(scratch + <usize>k * length + <usize>(i + k) * 8, 1);
    // Entries before the i-th stay 0. The offset is even, so that pairs are those of the whole row.
    const first = i & ~1;
    if (count == 4) eliminateFour(l, scratch, scratch + length, scratch + 2 * length, scratch + 3 * length, first, n);
    else for (let k = 0; k < count; k++) eliminateRow(l, scratch + <usize>k * length, i, n);
    for (let k = 0; k < count; k++) {
      const column = scratch + <usize>k * length;
      sum += dot(column, column, n);
    }
  }
  return sum;
}

/** In place: x becomes z of L z = x. */
export function solve(l: usize, n: i32, x: usize): void {
  eliminateRow(l, x, 0, n);
}

/**
 * Rows `from` to `to` of L with L L^T = g + ridge I, in place; `from` is a multiple of 4 and the rows above are done. A pivot below
 * `least` > 0 is raised to it: collinear columns then share their weight, and nothing is divided by 0.
 */
export function factorRows(g: usize, from: i32, to: i32, ridge: f64, least: f64): void {
  for (let i = from; i < to; i += 4) {
    const end = min(i + 4, to);
    if (end - i == 4) eliminateFour(g, rowOf(g, i), rowOf(g, i + 1), rowOf(g, i + 2), rowOf(g, i + 3), 0, i);
    else for (let k = i; k < end; k++) eliminateRow(g, rowOf(g, k), 0, i);
    for (let k = i; k < end; k++) {
      const row = rowOf(g, k);
      eliminateRow(g, row, i, k);
      const pivot = load<f64>(row + <usize>k * 8) + ridge - dot(row, row, k);
      store<f64>(row + <usize>k * 8, Math.sqrt(pivot > least ? pivot : least));
    }
  }
}

/** In place: x becomes z of L^T z = x. */
export function solveTransposed(l: usize, n: i32, x: usize): void {
  for (let j = n - 1; j >= 0; j--) {
    const row = rowOf(l, j);
    const at = x + <usize>j * 8;
    const z = load<f64>(at) / load<f64>(row + <usize>j * 8);
    store<f64>(at, z);
    for (let i = 0; i < j; i++) {
      const p = <usize>i * 8;
      store<f64>(x + p, load<f64>(x + p) - z * load<f64>(row + p));
    }
  }
}

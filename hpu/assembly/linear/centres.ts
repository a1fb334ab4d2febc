// Steps of k-means over a block of rows; panels are f64, `ld` elements a row: a multiple of 4, zeros behind the columns.

/** distances[r] = |x[r] - centre|^2: even and odd columns are summed apart, then added. */
export function squaredDistances(x: usize, rows: i32, ld: i32, centre: usize, distances: usize): void {
  for (let r = 0; r < rows; r++) {
    let sum = f64x2.splat(0);
    for (let c = 0; c < ld; c += 2) {
      const d = f64x2.sub(v128.load(x + <usize>c * 8), v128.load(centre + <usize>c * 8));
      sum = f64x2.add(sum, f64x2.mul(d, d));
    }
    store<f64>(distances + <usize>r * 8, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    x += <usize>ld * 8;
  }
}

/**
 * labels[r] (i32) = the k with the least norms[k] - 2 products[r][k], the first among equals: with norms |c|^2 and products x c,
 * that is the nearest centre.
 */
export function nearest(products: usize, norms: usize, rows: i32, k: i32, labels: usize): void {
  for (let r = 0; r < rows; r++) {
    let best = 0;
    let least = load<f64>(norms) - 2 * load<f64>(products);
    for (let c = 1; c < k; c++) {
      const score = load<f64>(norms + <usize>c * 8) - 2 * load<f64>(products + <usize>c * 8);
      if (score < least) {
        least = score;
        best = c;
      }
    }
    store<i32>(labels + <usize>r * 4, best);
    products += <usize>k * 8;
  }
}

/**
 * sums[label] += x[r], counts[label] (f64) += 1, inertia[label] += |x[r] - centre[label]|^2 as squaredDistances, row by row. Centres and
 * sums have `ld` elements a row, as x.
 */
export function addRows(
  x: usize, labels: usize, rows: i32, ld: i32, centres: usize, sums: usize, counts: usize, inertia: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const label = <usize>load<i32>(labels + <usize>r * 4);
    const centre = centres + label * <usize>ld * 8;
    const sum = sums + label * <usize>ld * 8;
    let squares = f64x2.splat(0);
    for (let c = 0; c < ld; c += 2) {
      const p = <usize>c * 8;
      const v = v128.load(x + p);
      const d = f64x2.sub(v, v128.load(centre + p));
      squares = f64x2.add(squares, f64x2.mul(d, d));
      v128.store(sum + p, f64x2.add(v128.load(sum + p), v));
    }
    const distance = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
    store<f64>(counts + label * 8, load<f64>(counts + label * 8) + 1);
    store<f64>(inertia + label * 8, load<f64>(inertia + label * 8) + distance);
    x += <usize>ld * 8;
  }
}

// Blocks of an f32 matrix as f64 panels. Pointers are bytes, counts elements.

/**
 * out[r][c] = x[r][c] - mean[c]; `ld` >= cols elements a row of out: then, where there is room, `next` (the 1 that an
 * intercept is multiplied by), and zeros.
 */
export function centre(x: usize, mean: usize, rows: i32, cols: i32, next: f64, out: usize, ld: i32): void {
  for (let r = 0; r < rows; r++) {
    let c = 0;
    for (; c + 2 <= cols; c += 2) {
      const pair = f64x2.promote_low_f32x4(v128.load64_zero(x + <usize>c * 4));
      v128.store(out + <usize>c * 8, f64x2.sub(pair, v128.load(mean + <usize>c * 8)));
    }
    for (; c < cols; c++) store<f64>(out + <usize>c * 8, <f64>load<f32>(x + <usize>c * 4) - load<f64>(mean + <usize>c * 8));
    if (c < ld) store<f64>(out + <usize>c * 8, next);
    for (c = cols + 1; c < ld; c++) store<f64>(out + <usize>c * 8, 0);
    x += <usize>cols * 4;
    out += <usize>ld * 8;
  }
}

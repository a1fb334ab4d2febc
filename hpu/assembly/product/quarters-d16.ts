// The additions of a Strassen-Winograd product over packed d16 operands (hpu/product/strassen.ts). A quarter is half of the panels
// over half of the pairs; its panels lie `stride` bytes apart, those of a sum directly after each other. int16 lanes: a level
// of sums quadruples what an operand may hold at most, 2^7 at first.

/** Over `panels` panels of `bytes` bytes: s1 = a21 + a22, s2 = s1 - a11, s3 = a11 - a21, s4 = a12 - s2; each `bytes * panels` long, at `out`. */
export function sumsOfA(a11: usize, a12: usize, a21: usize, a22: usize, stride: usize, panels: i32, bytes: usize, out: usize): void {
  const sum = <usize>panels * bytes;
  const out2 = out + sum;
  const out3 = out2 + sum;
  const out4 = out3 + sum;
  let to: usize = 0;
  for (let panel = 0; panel < panels; panel++) {
    const from = <usize>panel * stride;
    for (let at: usize = 0; at < bytes; at += 16) {
      const x11 = v128.load(a11 + from + at);
      const x21 = v128.load(a21 + from + at);
      const s1 = i16x8.add(x21, v128.load(a22 + from + at));
      const s2 = i16x8.sub(s1, x11);
      v128.store(out + to, s1);
      v128.store(out2 + to, s2);
      v128.store(out3 + to, i16x8.sub(x11, x21));
      v128.store(out4 + to, i16x8.sub(v128.load(a12 + from + at), s2));
      to += 16;
    }
  }
}

/** As sumsOfA: t1 = b12 - b11, t2 = b22 - t1, t3 = b22 - b12, t4 = b21 - t2. */
export function sumsOfB(b11: usize, b12: usize, b21: usize, b22: usize, stride: usize, panels: i32, bytes: usize, out: usize): void {
  const sum = <usize>panels * bytes;
  const out2 = out + sum;
  const out3 = out2 + sum;
  const out4 = out3 + sum;
  let to: usize = 0;
  for (let panel = 0; panel < panels; panel++) {
    const from = <usize>panel * stride;
    for (let at: usize = 0; at < bytes; at += 16) {
      const x12 = v128.load(b12 + from + at);
      const x22 = v128.load(b22 + from + at);
      const t1 = i16x8.sub(x12, v128.load(b11 + from + at));
      const t2 = i16x8.sub(x22, t1);
      v128.store(out + to, t1);
      v128.store(out2 + to, t2);
      v128.store(out3 + to, i16x8.sub(x22, x12));
      v128.store(out4 + to, i16x8.sub(v128.load(b21 + from + at), t2));
      to += 16;
    }
  }
}

/** c22 = c12 + c21 - x over `rows` rows of `bytes` bytes; those of C lie `ldc` apart, those of x directly after each other. */
export function fourthQuarter(c12: usize, c21: usize, x: usize, c22: usize, ldc: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(c22 + at, i32x4.sub(i32x4.add(v128.load(c12 + at), v128.load(c21 + at)), v128.load(x + at)));
    }
    c12 += ldc;
    c21 += ldc;
    c22 += ldc;
    x += bytes;
  }
}

/** c = x + y over `rows` rows of `bytes` bytes, `ldx`, `ldy` and `ldc` apart. */
export function addRows(x: usize, ldx: usize, y: usize, ldy: usize, c: usize, ldc: usize, rows: i32, bytes: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(c + at, i32x4.add(v128.load(x + at), v128.load(y + at)));
    }
    x += ldx;
    y += ldy;
    c += ldc;
  }
}

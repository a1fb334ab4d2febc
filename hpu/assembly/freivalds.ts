// Row dots modulo p = 2^31 - 1 for Freivalds' check, two random vectors at once. Source: Freivalds, "Probabilistic machines
// can use less running time" (1977). A vector entry is below p and is held as limbs, so that sums stay inside their lanes.

const P: i64 = 0x7fffffff;
/**
 * Entries between two flushes. int8 dots: 2^7 * (2^11 - 1) * 2 a lane and step, over 4096 / 8 steps: below 2^28.
 * int32 dots: 2^31 * 2^16 a term, two terms a step, over 4096 / 4 steps: below 2^58.
 */
const FLUSH: i32 = 4096;

export function heapBase(): usize {
  return __heap_base;
}

function mod(x: i64): i64 {
  const r = x % P;
  return r < 0 ? r + P : r;
}

function laneSum(v: v128): i64 {
  return (
    <i64>i32x4.extract_lane(v, 0) + <i64>i32x4.extract_lane(v, 1) +
    <i64>i32x4.extract_lane(v, 2) + <i64>i32x4.extract_lane(v, 3)
  );
}

/**
 * Splits count (rounded up to 8 with zeros) residues at `r` into three int16 planes of 11, 11 and 9 bits at `out`,
 * each of `padded` entries.
 */
export function splitByte(r: usize, count: i32, padded: i32, out: usize): void {
  memory.fill(out, 0, <usize>padded * 6);
  for (let i = 0; i < count; i++) {
    const x = load<u32>(r + <usize>i * 4);
    store<u16>(out + <usize>i * 2, <u16>(x & 0x7ff));
    store<u16>(out + <usize>(padded + i) * 2, <u16>((x >> 11) & 0x7ff));
    store<u16>(out + <usize>(2 * padded + i) * 2, <u16>(x >> 22));
  }
}

/** Splits residues into two int32 planes of 16 and 15 bits. */
export function splitWord(r: usize, count: i32, padded: i32, out: usize): void {
  memory.fill(out, 0, <usize>padded * 8);
  for (let i = 0; i < count; i++) {
    const x = load<u32>(r + <usize>i * 4);
    store<u32>(out + <usize>i * 4, x & 0xffff);
    store<u32>(out + <usize>(padded + i) * 4, x >> 16);
  }
}

/**
 * For each of `rows` rows of `cols` int8: out[r] and out[rows + r] (u32) = the row's dot with the two split vectors, mod p.
 * Reads up to 7 bytes past the last row; the limbs there are zero.
 */
export function dotBytes(rowsAt: usize, rows: i32, cols: i32, limbs: usize, padded: i32, out: usize): void {
  const plane = <usize>padded * 2;
  for (let r = 0; r < rows; r++) {
    const row = rowsAt + <usize>r * <usize>cols;
    let x: i64 = 0;
    let y: i64 = 0;
    for (let from = 0; from < cols; from += FLUSH) {
      const to = min(from + FLUSH, cols);
      let x0 = i32x4.splat(0);
      let x1 = x0;
      let x2 = x0;
      let y0 = x0;
      let y1 = x0;
      let y2 = x0;
      for (let c = from; c < to; c += 8) {
        const v = v128.load8x8_s(row + c);
        const l = limbs + <usize>c * 2;
        x0 = i32x4.add(x0, i32x4.dot_i16x8_s(v, v128.load(l)));
        x1 = i32x4.add(x1, i32x4.dot_i16x8_s(v, v128.load(l + plane)));
        x2 = i32x4.add(x2, i32x4.dot_i16x8_s(v, v128.load(l + plane * 2)));
        y0 = i32x4.add(y0, i32x4.dot_i16x8_s(v, v128.load(l + plane * 3)));
        y1 = i32x4.add(y1, i32x4.dot_i16x8_s(v, v128.load(l + plane * 4)));
        y2 = i32x4.add(y2, i32x4.dot_i16x8_s(v, v128.load(l + plane * 5)));
      }
      x = mod(x + laneSum(x0) + (laneSum(x1) << 11) + (laneSum(x2) << 22));
      y = mod(y + laneSum(y0) + (laneSum(y1) << 11) + (laneSum(y2) << 22));
    }
    store<u32>(out + <usize>r * 4, <u32>x);
    store<u32>(out + <usize>(rows + r) * 4, <u32>y);
  }
}

function wideSum(v: v128): i64 {
  return mod(i64x2.extract_lane(v, 0) + i64x2.extract_lane(v, 1));
}

/** As dotBytes for rows of int32. Reads up to 12 bytes past the last row. */
export function dotWords(rowsAt: usize, rows: i32, cols: i32, limbs: usize, padded: i32, out: usize): void {
  const plane = <usize>padded * 4;
  for (let r = 0; r < rows; r++) {
    const row = rowsAt + <usize>r * <usize>cols * 4;
    let x: i64 = 0;
    let y: i64 = 0;
    for (let from = 0; from < cols; from += FLUSH) {
      const to = min(from + FLUSH, cols);
      let x0 = i64x2.splat(0);
      let x1 = x0;
      let y0 = x0;
      let y1 = x0;
      for (let c = from; c < to; c += 4) {
        const v = v128.load(row + <usize>c * 4);
        const l = limbs + <usize>c * 4;
        let w = v128.load(l);
        x0 = i64x2.add(i64x2.add(x0, i64x2.extmul_low_i32x4_s(v, w)), i64x2.extmul_high_i32x4_s(v, w));
        w = v128.load(l + plane);
        x1 = i64x2.add(i64x2.add(x1, i64x2.extmul_low_i32x4_s(v, w)), i64x2.extmul_high_i32x4_s(v, w));
        w = v128.load(l + plane * 2);
        y0 = i64x2.add(i64x2.add(y0, i64x2.extmul_low_i32x4_s(v, w)), i64x2.extmul_high_i32x4_s(v, w));
        w = v128.load(l + plane * 3);
        y1 = i64x2.add(i64x2.add(y1, i64x2.extmul_low_i32x4_s(v, w)), i64x2.extmul_high_i32x4_s(v, w));
      }
      x = mod(x + wideSum(x0) + (wideSum(x1) << 16));
      y = mod(y + wideSum(y0) + (wideSum(y1) << 16));
    }
    store<u32>(out + <usize>r * 4, <u32>x);
    store<u32>(out + <usize>(rows + r) * 4, <u32>y);
  }
}

/** Whether each of count int32 lies in [-bound, bound]. */
export function withinMagnitude(at: usize, count: i32, bound: i32): bool {
  let low = i32x4.splat(0);
  let high = low;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const v = v128.load(at + <usize>i * 4);
    low = i32x4.min_s(low, v);
    high = i32x4.max_s(high, v);
  }
  for (; i < count; i++) {
    const v = i32x4.splat(load<i32>(at + <usize>i * 4));
    low = i32x4.min_s(low, v);
    high = i32x4.max_s(high, v);
  }
  return !v128.any_true(v128.or(i32x4.lt_s(low, i32x4.splat(-bound)), i32x4.gt_s(high, i32x4.splat(bound))));
}

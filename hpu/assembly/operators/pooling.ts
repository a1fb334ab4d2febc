// Pooling of int8 NHWC images; lanes run over channels. Windows are clipped to the image, so padding is never read: it does
// not count in a maximum, nor in an average. Loads and stores are whole vectors: x is read up to 15 bytes and out written up
// to 15 bytes beyond the end; pixels go upwards, so that each one's spill is written again by its owner.

/** int16 sums hold for 255 int8: 255 * 128 = 32,640. */
const NARROW_TAPS_MAX: i32 = 255;
/** Up to here the f32 product of average16 is exact after its floor. */
const FLOAT_TAPS_MAX: i32 = 4096;

/** Largest of rows x cols pixels, 64 channels at a time, then 16. */
function maxWindow(p: usize, rowBytes: usize, rows: i32, cols: i32, channels: i32, out: usize): void {
  let c = 0;
  for (; c + 64 <= channels; c += 64) {
    let m0 = i8x16.splat(-128);
    let m1 = m0;
    let m2 = m0;
    let m3 = m0;
    for (let y = 0; y < rows; y++) {
      let at = p + <usize>y * rowBytes + c;
      for (let x = 0; x < cols; x++) {
        m0 = i8x16.max_s(m0, v128.load(at));
        m1 = i8x16.max_s(m1, v128.load(at, 16));
        m2 = i8x16.max_s(m2, v128.load(at, 32));
        m3 = i8x16.max_s(m3, v128.load(at, 48));
        at += <usize>channels;
      }
    }
    v128.store(out + c, m0);
    v128.store(out + c, m1, 16);
    v128.store(out + c, m2, 32);
    v128.store(out + c, m3, 48);
  }
  for (; c < channels; c += 16) {
    let m = i8x16.splat(-128);
    for (let y = 0; y < rows; y++) {
      let at = p + <usize>y * rowBytes + c;
      for (let x = 0; x < cols; x++) {
        m = i8x16.max_s(m, v128.load(at));
        at += <usize>channels;
      }
    }
    v128.store(out + c, m);
  }
}

/**
 * x: height x width x channels. Window (r, c) begins at (y0 + r * strideY, x0 + c * strideX), which may be negative, and has
 * windowY x windowX pixels, at least one of them inside. out: rows x cols x channels.
 */
export function maxPool(
  x: usize, height: i32, width: i32, channels: i32, windowY: i32, windowX: i32, strideY: i32, strideX: i32,
  y0: i32, x0: i32, rows: i32, cols: i32, out: usize,
): void {
  const rowBytes = <usize>width * <usize>channels;
  for (let r = 0; r < rows; r++) {
    const y = y0 + r * strideY;
    const top = max(0, y);
    const tall = min(height, y + windowY) - top;
    for (let c = 0; c < cols; c++) {
      const left = max(0, x0 + c * strideX);
      const wide = min(width, x0 + c * strideX + windowX) - left;
      maxWindow(x + <usize>top * rowBytes + <usize>left * <usize>channels, rowBytes, tall, wide, channels, out);
      out += <usize>channels;
    }
  }
}

/**
 * floor(sum / n + 1/2) of four sums, n <= 4,096. u = 2 * (sum + 128 n) + n lies in [n, 511 n], below 2^21, and the answer is
 * floor(u / 2n) - 128. (u + 1/2) / 2n is at least 1/4n >= 2^-14 away from an integer, and below 256, so that two roundings
 * of f32 (each 2^-24 of 256) move it by less than 2^-15.
 */
// @ts-ignore: decorator
@inline
function average4(sums: v128, offset: v128, reciprocal: v128): v128 {
  const u = f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(sums, 1), offset));
  const quotient = f32x4.mul(f32x4.add(u, f32x4.splat(0.5)), reciprocal);
  return i32x4.sub(i32x4.trunc_sat_f32x4_s(quotient), i32x4.splat(128));
}

/** out[c] = floor(sums[c] / n + 1/2), n <= 2^22: 511 n stays below 2^31. `sums` holds a multiple of 16 entries. */
export function averageSums(sums: usize, channels: i32, n: i32, out: usize): void {
  if (n > FLOAT_TAPS_MAX) {
    for (let c = 0; c < channels; c++) {
      const u = 2 * load<i32>(sums + <usize>c * 4) + 257 * n;
      store<i8>(out + c, <i8>(<i32>(<u32>u / <u32>(2 * n)) - 128));
    }
    return;
  }
  const offset = i32x4.splat(257 * n);
  const twice = 2 * n;
  const reciprocal = f32x4.splat(<f32>1 / <f32>twice);
  for (let c = 0; c < channels; c += 16) {
    const at = sums + <usize>c * 4;
    const low = i16x8.narrow_i32x4_s(
      average4(v128.load(at), offset, reciprocal), average4(v128.load(at, 16), offset, reciprocal),
    );
    const high = i16x8.narrow_i32x4_s(
      average4(v128.load(at, 32), offset, reciprocal), average4(v128.load(at, 48), offset, reciprocal),
    );
    v128.store(out + c, i8x16.narrow_i16x8_s(low, high));
  }
}

/** sums[c] += the pixels' channel c. `sums` holds a multiple of 16 entries. */
export function addPixels(x: usize, pixels: i32, channels: i32, sums: usize): void {
  for (let from = 0; from < pixels; from += NARROW_TAPS_MAX) {
    const count = min(NARROW_TAPS_MAX, pixels - from);
    const first = x + <usize>from * <usize>channels;
    for (let c = 0; c < channels; c += 16) {
      let low = i16x8.splat(0);
      let high = low;
      let at = first + c;
      for (let i = 0; i < count; i++) {
        low = i16x8.add(low, v128.load8x8_s(at));
        high = i16x8.add(high, v128.load8x8_s(at, 8));
        at += <usize>channels;
      }
      const to = sums + <usize>c * 4;
      v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_s(low)));
      v128.store(to, i32x4.add(v128.load(to, 16), i32x4.extend_high_i16x8_s(low)), 16);
      v128.store(to, i32x4.add(v128.load(to, 32), i32x4.extend_low_i16x8_s(high)), 32);
      v128.store(to, i32x4.add(v128.load(to, 48), i32x4.extend_high_i16x8_s(high)), 48);
    }
  }
}

/** A window of at most 255 pixels. */
function averageNarrow(p: usize, rowBytes: usize, rows: i32, cols: i32, channels: i32, out: usize): void {
  const n = rows * cols;
  const offset = i32x4.splat(257 * n);
  const twice = 2 * n;
  const reciprocal = f32x4.splat(<f32>1 / <f32>twice);
  for (let c = 0; c < channels; c += 16) {
    let low = i16x8.splat(0);
    let high = low;
    for (let y = 0; y < rows; y++) {
      let at = p + <usize>y * rowBytes + c;
      for (let x = 0; x < cols; x++) {
        low = i16x8.add(low, v128.load8x8_s(at));
        high = i16x8.add(high, v128.load8x8_s(at, 8));
        at += <usize>channels;
      }
    }
    const a = i16x8.narrow_i32x4_s(
      average4(i32x4.extend_low_i16x8_s(low), offset, reciprocal),
      average4(i32x4.extend_high_i16x8_s(low), offset, reciprocal),
    );
    const b = i16x8.narrow_i32x4_s(
      average4(i32x4.extend_low_i16x8_s(high), offset, reciprocal),
      average4(i32x4.extend_high_i16x8_s(high), offset, reciprocal),
    );
    v128.store(out + c, i8x16.narrow_i16x8_s(a, b));
  }
}

/** As maxPool; `sums` is room for a multiple of 16 int32. */
export function averagePool(
  x: usize, height: i32, width: i32, channels: i32, windowY: i32, windowX: i32, strideY: i32, strideX: i32,
  y0: i32, x0: i32, rows: i32, cols: i32, sums: usize, out: usize,
): void {
  const rowBytes = <usize>width * <usize>channels;
  const sumBytes = <usize>((channels + 15) & ~15) * 4;
  for (let r = 0; r < rows; r++) {
    const y = y0 + r * strideY;
    const top = max(0, y);
    const tall = min(height, y + windowY) - top;
    for (let c = 0; c < cols; c++) {
      const left = max(0, x0 + c * strideX);
      const wide = min(width, x0 + c * strideX + windowX) - left;
      const p = x + <usize>top * rowBytes + <usize>left * <usize>channels;
      if (tall * wide <= NARROW_TAPS_MAX) averageNarrow(p, rowBytes, tall, wide, channels, out);
      else {
        memory.fill(sums, 0, sumBytes);
        for (let i = 0; i < tall; i++) addPixels(p + <usize>i * rowBytes, wide, channels, sums);
        averageSums(sums, channels, tall * wide, out);
      }
      out += <usize>channels;
    }
  }
}

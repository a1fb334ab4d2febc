// Depthwise convolution: int8 NHWC x int8 [kh, kw, C] -> int32, exact. Taps are taken in pairs, so that one
// i32x4.dot_i16x8_s does both taps of four channels; lanes run over channels, and no patch is copied.
//
// x: an image with its padding in place. offsets: two u32 a pair, bytes from the window's first pixel to each tap.
// weights: blocks of 8 channels; per pair 8 channels, each the int16 of both taps (32 bytes). An odd last tap is paired with
// itself under a zero weight, and channels are filled up to 8 with zero weights.

/** Four neighbouring windows of one block of 8 channels. */
function tile4(
  x: usize, stepX: usize, offsets: usize, weights: usize, pairs: i32, out: usize, pixelBytes: usize,
): void {
  const x1 = x + stepX;
  const x2 = x1 + stepX;
  const x3 = x2 + stepX;
  let s00 = i32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  const end = offsets + <usize>pairs * 8;
  while (offsets < end) {
    const i = <usize>load<u32>(offsets);
    const j = <usize>load<u32>(offsets, 4);
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    let a = v128.load8x8_s(x + i);
    let b = v128.load8x8_s(x + j);
    s00 = i32x4.add(s00, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), w0));
    s01 = i32x4.add(s01, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), w1));
    a = v128.load8x8_s(x1 + i);
    b = v128.load8x8_s(x1 + j);
    s10 = i32x4.add(s10, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), w0));
    s11 = i32x4.add(s11, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), w1));
    a = v128.load8x8_s(x2 + i);
    b = v128.load8x8_s(x2 + j);
    s20 = i32x4.add(s20, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), w0));
    s21 = i32x4.add(s21, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), w1));
    a = v128.load8x8_s(x3 + i);
    b = v128.load8x8_s(x3 + j);
    s30 = i32x4.add(s30, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), w0));
    s31 = i32x4.add(s31, i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), w1));
    offsets += 8;
    weights += 32;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out + pixelBytes, s10);
  v128.store(out + pixelBytes, s11, 16);
  v128.store(out + 2 * pixelBytes, s20);
  v128.store(out + 2 * pixelBytes, s21, 16);
  v128.store(out + 3 * pixelBytes, s30);
  v128.store(out + 3 * pixelBytes, s31, 16);
}

function tile1(x: usize, offsets: usize, weights: usize, pairs: i32, out: usize): void {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  const end = offsets + <usize>pairs * 8;
  while (offsets < end) {
    const a = v128.load8x8_s(x + <usize>load<u32>(offsets));
    const b = v128.load8x8_s(x + <usize>load<u32>(offsets, 4));
    const low = i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    const high = i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(low, v128.load(weights)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(high, v128.load(weights, 16)));
    offsets += 8;
    weights += 32;
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
}

/**
 * out: rows x cols x channels int32, window (r, c) at x + r * stepY + c * stepX. Each store is 8 channels wide: blocks go
 * downwards and pixels upwards, so that what the last block of a pixel writes beyond it is written again by its owner. x is
 * read up to 7 bytes, out written up to 28 bytes beyond the end.
 */
export function depthwise(
  x: usize, stepY: i32, stepX: i32, offsets: usize, weights: usize, pairs: i32,
  rows: i32, cols: i32, channels: i32, out: usize,
): void {
  const pixelBytes = <usize>channels * 4;
  const blockBytes = <usize>pairs * 32;
  const blocks = (channels + 7) >> 3;
  for (let r = 0; r < rows; r++) {
    let at = x + <usize>r * <usize>stepY;
    let c = 0;
    for (; c + 4 <= cols; c += 4) {
      for (let block = blocks - 1; block >= 0; block--) {
        const w = weights + <usize>block * blockBytes;
        tile4(at + <usize>block * 8, <usize>stepX, offsets, w, pairs, out + <usize>block * 32, pixelBytes);
      }
      at += <usize>stepX * 4;
      out += pixelBytes * 4;
    }
    for (; c < cols; c++) {
      for (let block = blocks - 1; block >= 0; block--) {
        tile1(at + <usize>block * 8, offsets, weights + <usize>block * blockBytes, pairs, out + <usize>block * 32);
      }
      at += <usize>stepX;
      out += pixelBytes;
    }
  }
}

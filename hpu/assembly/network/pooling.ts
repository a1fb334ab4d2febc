// Maximum of 2 x 2 pixels with bias and ReLU: max(relu(z + b)) = relu(max(z) + b), since adding one number and rounding keeps the
// order. Channels are a multiple of 8. Which of the four pixels won is kept as a byte, the first among equals; NOBODY where the
// ReLU is shut. An odd last row or column is left out.

const NOBODY: i32 = 255;

/** Winner of four vectors and its index. */
// @ts-ignore: decorator
@inline
function winner(z: usize, rowBytes: usize, pixelBytes: usize, bias: usize, out: usize): v128 {
  const zero = f32x4.splat(0);
  let best = v128.load(z);
  let index = i32x4.splat(0);
  let other = v128.load(z + pixelBytes);
  let wins = f32x4.gt(other, best);
  best = v128.bitselect(other, best, wins);
  index = v128.bitselect(i32x4.splat(1), index, wins);
  other = v128.load(z + rowBytes);
  wins = f32x4.gt(other, best);
  best = v128.bitselect(other, best, wins);
  index = v128.bitselect(i32x4.splat(2), index, wins);
  other = v128.load(z + rowBytes + pixelBytes);
  wins = f32x4.gt(other, best);
  best = v128.bitselect(other, best, wins);
  index = v128.bitselect(i32x4.splat(3), index, wins);
  best = f32x4.add(best, v128.load(bias));
  const open = f32x4.gt(best, zero);
  v128.store(out, v128.and(best, open));
  return v128.bitselect(index, i32x4.splat(NOBODY), open);
}

/** z (height x width x channels) to `out`, whose rows begin `outRow` bytes apart, and the winners' bytes to `index`. */
export function poolForward(
  z: usize, height: i32, width: i32, channels: i32, bias: usize, out: usize, outRow: usize, index: usize,
): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>width * pixelBytes;
  for (let y = 0; y + 2 <= height; y += 2) {
    let from = z + <usize>y * rowBytes;
    let to = out;
    for (let x = 0; x + 2 <= width; x += 2) {
      for (let c: usize = 0; c < pixelBytes; c += 32) {
        const low = winner(from + c, rowBytes, pixelBytes, bias + c, to + c);
        const high = winner(from + c + 16, rowBytes, pixelBytes, bias + c + 16, to + c + 16);
        const words = i16x8.narrow_i32x4_s(low, high);
        v128.store64_lane(index, i8x16.narrow_i16x8_u(words, words), 0);
        index += 8;
      }
      from += 2 * pixelBytes;
      to += pixelBytes;
    }
    out += outRow;
  }
}

// @ts-ignore: decorator
@inline
function scatter(slope: v128, index: v128, to: usize, rowBytes: usize, pixelBytes: usize): void {
  v128.store(to, v128.and(slope, i32x4.eq(index, i32x4.splat(0))));
  v128.store(to + pixelBytes, v128.and(slope, i32x4.eq(index, i32x4.splat(1))));
  v128.store(to + rowBytes, v128.and(slope, i32x4.eq(index, i32x4.splat(2))));
  v128.store(to + rowBytes + pixelBytes, v128.and(slope, i32x4.eq(index, i32x4.splat(3))));
}

/**
 * slopes (floor(height / 2) x floor(width / 2) x channels) to the winners' places in dz, a bordered image of height x width whose
 * border and left-out pixels are zero already; biasSlopes[c] += what passes.
 */
export function poolBackward(
  slopes: usize, index: usize, height: i32, width: i32, channels: i32, dz: usize, biasSlopes: usize,
): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>(width + 2) * pixelBytes;
  const nobody = i32x4.splat(NOBODY);
  for (let y = 0; y + 2 <= height; y += 2) {
    let to = dz + <usize>(y + 1) * rowBytes + pixelBytes;
    for (let x = 0; x + 2 <= width; x += 2) {
      for (let c: usize = 0; c < pixelBytes; c += 32) {
        const words = v128.load8x8_u(index);
        const low = i32x4.extend_low_i16x8_u(words);
        const high = i32x4.extend_high_i16x8_u(words);
        const first = v128.andnot(v128.load(slopes), i32x4.eq(low, nobody));
        const second = v128.andnot(v128.load(slopes, 16), i32x4.eq(high, nobody));
        scatter(first, low, to + c, rowBytes, pixelBytes);
        scatter(second, high, to + c + 16, rowBytes, pixelBytes);
        const at = biasSlopes + c;
        v128.store(at, f32x4.add(v128.load(at), first));
        v128.store(at, f32x4.add(v128.load(at, 16), second), 16);
        slopes += 32;
        index += 8;
      }
      to += 2 * pixelBytes;
    }
  }
}

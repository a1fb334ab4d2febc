// Rows of the matrix that a convolution multiplies: row p holds what the window of output pixel p sees, (ky * kernelWidth + kx)
// * channels + c in the order of k. Gathered a few rows at a time while A is packed, so the matrix never exists as a whole.

/** Fields of a geometry, int32 each, in this order; hpu/product/convolution.ts writes them. */
// @ts-ignore: decorator
@inline const HEIGHT: usize = 0;
// @ts-ignore: decorator
@inline const WIDTH: usize = 4;
// @ts-ignore: decorator
@inline const CHANNELS: usize = 8;
// @ts-ignore: decorator
@inline const KERNEL_HEIGHT: usize = 12;
// @ts-ignore: decorator
@inline const KERNEL_WIDTH: usize = 16;
// @ts-ignore: decorator
@inline const STRIDE_Y: usize = 20;
// @ts-ignore: decorator
@inline const STRIDE_X: usize = 24;
// @ts-ignore: decorator
@inline const DILATION_Y: usize = 28;
// @ts-ignore: decorator
@inline const DILATION_X: usize = 32;
// @ts-ignore: decorator
@inline const PAD_TOP: usize = 36;
// @ts-ignore: decorator
@inline const PAD_LEFT: usize = 40;
// @ts-ignore: decorator
@inline const OUT_WIDTH: usize = 44;
/** First image row that is in memory. */
// @ts-ignore: decorator
@inline const TOP: usize = 48;
// @ts-ignore: decorator
@inline const PAD_VALUE: usize = 52;

/** Whole vectors: reads and writes up to 15 bytes past the run, which the next run or the slack of the line takes. */
function copyRun(to: usize, from: usize, bytes: i32): void {
  for (let i = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

function fillRun(to: usize, value: v128, bytes: i32): void {
  for (let i = 0; i < bytes; i += 16) v128.store(to + i, value);
}

/** Window row of `taps` pixels from column x of the image row at `row`, padded where it leaves the image. Returns its end. */
function gatherTaps(geometry: usize, row: usize, x: i32, out: usize): usize {
  const width = load<i32>(geometry, WIDTH);
  const channels = load<i32>(geometry, CHANNELS);
  const taps = load<i32>(geometry, KERNEL_WIDTH);
  const dilation = load<i32>(geometry, DILATION_X);
  if (dilation == 1 && x >= 0 && x + taps <= width) {
    copyRun(out, row + <usize>(x * channels), taps * channels);
    return out + <usize>(taps * channels);
  }
  const padding = i8x16.splat(load<i8>(geometry, PAD_VALUE));
  for (let tap = 0; tap < taps; tap++, x += dilation) {
    if (x < 0 || x >= width) fillRun(out, padding, channels);
    else copyRun(out, row + <usize>(x * channels), channels);
    out += <usize>channels;
  }
  return out;
}

/** Rows `from` to `from + count` of the matrix into lines of k bytes at `out`; up to 15 bytes of slack after the last. */
export function gatherRows(image: usize, geometry: usize, from: i32, count: i32, out: usize): void {
  const height = load<i32>(geometry, HEIGHT);
  const pixelRow = load<i32>(geometry, WIDTH) * load<i32>(geometry, CHANNELS);
  const kernelHeight = load<i32>(geometry, KERNEL_HEIGHT);
  const windowRow = load<i32>(geometry, KERNEL_WIDTH) * load<i32>(geometry, CHANNELS);
  const outWidth = load<i32>(geometry, OUT_WIDTH);
  const dilationY = load<i32>(geometry, DILATION_Y);
  const padding = i8x16.splat(load<i8>(geometry, PAD_VALUE));
  for (let p = from; p < from + count; p++) {
    const x = (p % outWidth) * load<i32>(geometry, STRIDE_X) - load<i32>(geometry, PAD_LEFT);
    let y = (p / outWidth) * load<i32>(geometry, STRIDE_Y) - load<i32>(geometry, PAD_TOP);
    for (let ky = 0; ky < kernelHeight; ky++, y += dilationY) {
      if (y < 0 || y >= height) {
        fillRun(out, padding, windowRow);
        out += <usize>windowRow;
      } else {
        out = gatherTaps(geometry, image + <usize>(y - load<i32>(geometry, TOP)) * <usize>pixelRow, x, out);
      }
    }
  }
}

type PackA = (rows: usize, count: i32, k: i32, out: usize) => void;

/**
 * Packs `count` rows of the matrix, `k` entries wide, into panels of `panelBytes` at `out`, by a product's own packing; `line`
 * holds four rows and 16 bytes.
 */
export function packRows(
  pack: PackA, image: usize, geometry: usize, from: i32, count: i32, k: i32, line: usize, out: usize, panelBytes: i32,
): void {
  for (let row = 0; row < count; row += 4) {
    const rows = min(4, count - row);
    gatherRows(image, geometry, from + row, rows, line);
    pack(line, rows, k, out);
    out += <usize>panelBytes;
  }
}

// 3x3 convolutions with stride 1 over images that stand in memory with a border of zeros: (height + 2) x (width + 2) x channels.
// A window is three runs of 3 * channels adjacent floats, one an image row. In a matrix each run takes `run` columns, the next
// multiple of 4; where that reads past the run, weights are zero and slopes are cleared.
import { packB } from '../product/pack-f32';
import { transposeFour } from './pack';
import { accumulate, multiply } from './products';

/** Pixels whose windows are packed at once: at 288 entries 147 KB, which stay in the L2 cache while they are multiplied. */
const PIXELS: i32 = 128;

/** First byte of the window of `pixel`. */
// @ts-ignore: decorator
@inline
function windowOf(image: usize, pixel: i32, width: i32, pixelBytes: usize): usize {
  return image + <usize>((pixel / width) * (width + 2) + (pixel % width)) * pixelBytes;
}

/** Windows of `count` pixels from `from` as A: panels of four pixels, 3 * run steps each. */
function packWindows(image: usize, width: i32, channels: i32, run: i32, from: i32, count: i32, out: usize): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>(width + 2) * pixelBytes;
  const last = from + count - 1;
  for (let p = from; p <= last; p += 4) {
    let a0 = windowOf(image, p, width, pixelBytes);
    let a1 = windowOf(image, min(p + 1, last), width, pixelBytes);
    let a2 = windowOf(image, min(p + 2, last), width, pixelBytes);
    let a3 = windowOf(image, min(p + 3, last), width, pixelBytes);
    for (let row = 0; row < 3; row++) {
      for (let k: usize = 0; k < <usize>run * 4; k += 16) {
        transposeFour(a0 + k, a1 + k, a2 + k, a3 + k, out, 16);
        out += 64;
      }
      a0 += rowBytes;
      a1 += rowBytes;
      a2 += rowBytes;
      a3 += rowBytes;
    }
  }
}

/**
 * z (height * width, rounded up to 4, rows of 8 * nPanels floats) = the image's windows times packed weights. `scratch` holds
 * 128 windows.
 */
export function convolve(
  image: usize, height: i32, width: i32, channels: i32, run: i32, weights: usize, nPanels: i32, scratch: usize, z: usize,
): void {
  const pixels = height * width;
  for (let from = 0; from < pixels; from += PIXELS) {
    const count = min(PIXELS, pixels - from);
    packWindows(image, width, channels, run, from, count, scratch);
    multiply(scratch, weights, z + <usize>from * <usize>nPanels * 32, (count + 3) >> 2, 3 * run, nPanels);
  }
}

/** Windows of image rows `top` to `top + count` as the transpose of A: 3 * run / 4 panels, a step a pixel. */
function packWindowColumns(image: usize, width: i32, channels: i32, run: i32, top: i32, count: i32, out: usize): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>(width + 2) * pixelBytes;
  for (let row = 0; row < 3; row++) {
    for (let k: usize = 0; k < <usize>run * 4; k += 16) {
      let line = image + <usize>(top + row) * rowBytes + k;
      for (let y = 0; y < count; y++) {
        let at = line;
        for (let x = 0; x < width; x++) {
          v128.store(out, v128.load(at));
          at += pixelBytes;
          out += 16;
        }
        line += rowBytes;
      }
    }
  }
}

/** Rows `top` to `top + count` of a bordered image of `filters` channels as B: filters / 8 panels, a step a pixel. */
function packSlopes(dz: usize, width: i32, filters: i32, top: i32, count: i32, out: usize): void {
  const pixelBytes = <usize>filters * 4;
  const rowBytes = <usize>(width + 2) * pixelBytes;
  for (let panel: usize = 0; panel < pixelBytes; panel += 32) {
    let line = dz + <usize>(top + 1) * rowBytes + pixelBytes + panel;
    for (let y = 0; y < count; y++) {
      let at = line;
      for (let x = 0; x < width; x++) {
        v128.store(out, v128.load(at));
        v128.store(out, v128.load(at, 16), 16);
        at += pixelBytes;
        out += 32;
      }
      line += rowBytes;
    }
  }
}

/**
 * slopes (3 * run x filters) += the transposed windows of one image times dz, its bordered gradient. Pixels are added in their
 * order, image after image. `scratch` holds 128 windows or those of one image row, then as many rows of dz.
 */
export function addWeightSlopes(
  image: usize, height: i32, width: i32, channels: i32, run: i32, dz: usize, filters: i32, scratch: usize, slopes: usize,
): void {
  const rowsAtOnce = max(1, PIXELS / width);
  const ld = <usize>filters * 4;
  for (let top = 0; top < height; top += rowsAtOnce) {
    const count = min(rowsAtOnce, height - top);
    const steps = count * width;
    const b = scratch + <usize>(3 * run * steps) * 4;
    packWindowColumns(image, width, channels, run, top, count, scratch);
    packSlopes(dz, width, filters, top, count, b);
    accumulate(scratch, b, slopes, ld, (3 * run) >> 2, steps, filters >> 3);
  }
}

/** Clears the slopes of what was read past each run of 3 * channels. */
export function clearPadding(slopes: usize, channels: i32, run: i32, filters: i32): void {
  const line = <usize>filters * 4;
  const used = 3 * channels;
  for (let row = 0; row < 3; row++) {
    memory.fill(slopes + <usize>(row * run + used) * line, 0, <usize>(run - used) * line);
  }
}

/**
 * Weights (3 * run x filters) turned for the gradient of the input, which is a convolution of dz: row (ky * 3 + kx) * filters + f,
 * column c holds the weight of (2 - ky, 2 - kx, c, f). At `turned` (9 * filters x channels), then packed as B at `out`. Channels
 * are a multiple of 8, so that runs have no padding.
 */
export function packTurned(w: usize, channels: i32, filters: i32, turned: usize, out: usize): void {
  let to = turned;
  for (let tap = 8; tap >= 0; tap--) {
    const block = w + <usize>tap * <usize>channels * <usize>filters * 4;
    for (let f = 0; f < filters; f += 4) {
      for (let c = 0; c < channels; c += 4) {
        const at = block + (<usize>c * <usize>filters + <usize>f) * 4;
        const ld = <usize>filters * 4;
        const target = to + (<usize>f * <usize>channels + <usize>c) * 4;
        transposeFour(at, at + ld, at + 2 * ld, at + 3 * ld, target, <usize>channels * 4);
      }
    }
    to += <usize>filters * <usize>channels * 4;
  }
  packB(turned, 9 * filters, channels, out);
}

/** An image (height x width x channels) into its bordered place, moved by (dy, dx) pixels; what moves in is zero. */
export function borderImage(x: usize, height: i32, width: i32, channels: i32, dy: i32, dx: i32, out: usize): void {
  const pixelBytes = <usize>channels * 4;
  const rowBytes = <usize>(width + 2) * pixelBytes;
  memory.fill(out, 0, <usize>(height + 2) * rowBytes);
  const left = max(0, dx);
  const columns = width - (dx < 0 ? -dx : dx);
  if (columns <= 0) return;
  for (let y = max(0, dy); y < height + min(0, dy); y++) {
    const from = x + <usize>((y - dy) * width + (left - dx)) * pixelBytes;
    memory.copy(out + <usize>(y + 1) * rowBytes + <usize>(left + 1) * pixelBytes, from, <usize>columns * pixelBytes);
  }
}

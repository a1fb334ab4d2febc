// The products of training, by the tile that the host reads faster (product/tile); the bits are the same.
import { accumulateTiles, multiplyTiles, Shuffle, Splat } from '../product/tile';

let shuffled = false;

/** Once, before any product. */
export function chooseTile(byShuffle: bool): void {
  shuffled = byShuffle;
}

/** c (4 * mPanels rows, 8 * nPanels columns) = a panels times b panels of `steps` steps. */
export function multiply(a: usize, b: usize, c: usize, mPanels: i32, steps: i32, nPanels: i32): void {
  if (shuffled) multiplyTiles<f32, Shuffle>(a, b, c, mPanels, steps, nPanels);
  else multiplyTiles<f32, Splat>(a, b, c, mPanels, steps, nPanels);
}

/** c += a panels times b panels, rows of c `ldc` bytes apart. */
export function accumulate(a: usize, b: usize, c: usize, ldc: usize, mPanels: i32, steps: i32, nPanels: i32): void {
  const aStride = <usize>steps * 16;
  const bStride = <usize>steps * 32;
  if (shuffled) accumulateTiles<f32, Shuffle>(a, aStride, b, bStride, c, ldc, c, ldc, mPanels, steps, nPanels);
  else accumulateTiles<f32, Splat>(a, aStride, b, bStride, c, ldc, c, ldc, mPanels, steps, nPanels);
}

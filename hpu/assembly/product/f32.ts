// The packed f32 product, with a tile of 1 x 32 for a single row, on the operands of pack-f32. Each element of c is
// ((0 + a0 b0) + a1 b1) + ... in the order of k; lanes run over columns and a partial sum that waits in c between two blocks
// of k is the same f32, so the bits are those of the three-loop reference.
import { addProducts, multiplyTiles, Shuffle, Splat } from './tile';

export function multiply(a: usize, b: usize, c: usize, mPanels: i32, k: i32, nPanels: i32): void {
  multiplyTiles<f32, Splat>(a, b, c, mPanels, k, nPanels);
}

export function multiplyShuffled(a: usize, b: usize, c: usize, mPanels: i32, k: i32, nPanels: i32): void {
  multiplyTiles<f32, Shuffle>(a, b, c, mPanels, k, nPanels);
}

function tile1x32(a: usize, b: usize, panelBytes: usize, c: usize, k: i32): void {
  let p0 = b;
  let p1 = p0 + panelBytes;
  let p2 = p1 + panelBytes;
  let p3 = p2 + panelBytes;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const end = a + <usize>k * 4;
  while (a < end) {
    const x = v128.load32_splat(a);
    s0 = addProducts<f32>(s0, x, v128.load(p0));
    s1 = addProducts<f32>(s1, x, v128.load(p0, 16));
    s2 = addProducts<f32>(s2, x, v128.load(p1));
    s3 = addProducts<f32>(s3, x, v128.load(p1, 16));
    s4 = addProducts<f32>(s4, x, v128.load(p2));
    s5 = addProducts<f32>(s5, x, v128.load(p2, 16));
    s6 = addProducts<f32>(s6, x, v128.load(p3));
    s7 = addProducts<f32>(s7, x, v128.load(p3, 16));
    a += 4;
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

/** c (one row, 8 * nPanels columns) = one row times b panels. */
export function multiplyRow(a: usize, b: usize, c: usize, k: i32, nPanels: i32): void {
  const panelBytes = <usize>k * 32;
  let j = 0;
  for (; j + 4 <= nPanels; j += 4) tile1x32(a, b + <usize>j * panelBytes, panelBytes, c + <usize>j * 32, k);
  for (; j < nPanels; j++) {
    let p = b + <usize>j * panelBytes;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let i = 0; i < k; i++) {
      const x = v128.load32_splat(a + <usize>i * 4);
      s0 = addProducts<f32>(s0, x, v128.load(p));
      s1 = addProducts<f32>(s1, x, v128.load(p, 16));
      p += 32;
    }
    v128.store(c + <usize>j * 32, s0);
    v128.store(c + <usize>j * 32, s1, 16);
  }
}

// One packed row times d16 weights, 32 columns at a time: a splat of the row's entries serves eight dots instead of two, from one stream
// of weights (several streams at once are read slower). The panels of 8 columns are interleaved for it, once a model.
import { multiplyRow } from './d16';
import { addProducts } from './tile';

const WIDE_PANELS: i32 = 4;

/** Interleaves `nPanels` panels of `kp` pairs by fours; what is left over stays as it is. */
export function widen(b: usize, kp: i32, nPanels: i32, out: usize): void {
  const panelBytes = <usize>kp * 32;
  const wide = nPanels & ~(WIDE_PANELS - 1);
  for (let panel = 0; panel < wide; panel += WIDE_PANELS) {
    for (let lane: usize = 0; lane < <usize>WIDE_PANELS; lane++) {
      let to = out + lane * 32;
      for (const end = b + panelBytes; b < end; b += 32) {
        v128.store(to, v128.load(b));
        v128.store(to, v128.load(b, 16), 16);
        to += 128;
      }
    }
    out += panelBytes * WIDE_PANELS;
  }
  memory.copy(out, b, panelBytes * <usize>(nPanels - wide));
}

/** c (one row, 8 * nPanels columns) = one packed row times widened panels. */
export function multiplyRowWide(a: usize, b: usize, c: usize, kp: i32, nPanels: i32): void {
  let left = nPanels;
  for (; left >= WIDE_PANELS; left -= WIDE_PANELS) {
    const zero = i32x4.splat(0);
    let s0 = zero;
    let s1 = zero;
    let s2 = zero;
    let s3 = zero;
    let s4 = zero;
    let s5 = zero;
    let s6 = zero;
    let s7 = zero;
    const end = a + <usize>kp * 4;
    for (let at = a; at < end; at += 4) {
      const x = v128.load32_splat(at);
      s0 = addProducts<i16>(s0, x, v128.load(b));
      s1 = addProducts<i16>(s1, x, v128.load(b, 16));
      s2 = addProducts<i16>(s2, x, v128.load(b, 32));
      s3 = addProducts<i16>(s3, x, v128.load(b, 48));
      s4 = addProducts<i16>(s4, x, v128.load(b, 64));
      s5 = addProducts<i16>(s5, x, v128.load(b, 80));
      s6 = addProducts<i16>(s6, x, v128.load(b, 96));
      s7 = addProducts<i16>(s7, x, v128.load(b, 112));
      b += 128;
    }
    v128.store(c, s0);
    v128.store(c, s1, 16);
    v128.store(c, s2, 32);
    v128.store(c, s3, 48);
    v128.store(c, s4, 64);
    v128.store(c, s5, 80);
    v128.store(c, s6, 96);
    v128.store(c, s7, 112);
    c += 128;
  }
  if (left > 0) multiplyRow(a, b, c, kp, left);
}

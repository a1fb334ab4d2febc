import { packA } from './pack-quads';
import { gatherRows } from './patches';

/** Packs `count` rows of a convolution's matrix, `k` wide, into panels at `out`; `line` holds four rows and 16 bytes. */
export function convolutionRows(
  image: usize, geometry: usize, from: i32, count: i32, k: i32, line: usize, out: usize, panelBytes: i32,
): void {
  for (let row = 0; row < count; row += 4) {
    const rows = min(4, count - row);
    gatherRows(image, geometry, from + row, rows, line);
    packA(line, rows, k, out);
    out += <usize>panelBytes;
  }
}

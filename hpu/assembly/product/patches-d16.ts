import { packA } from './pack-d16';
import { packRows } from './patches';

export function convolutionRows(
  image: usize, geometry: usize, from: i32, count: i32, k: i32, line: usize, out: usize, panelBytes: i32,
): void {
  packRows(packA, image, geometry, from, count, k, line, out, panelBytes);
}

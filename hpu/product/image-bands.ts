/** Which rows of an image a band of output rows sees, and how many fit. */
import type { Walk } from '../operators/window.ts';
import { KernelFault } from '../shape.ts';

/** Image rows, without padding, under output rows `outRow` to `outRow + count`. */
export function seenRows(
  { down }: Walk,
  outRow: number,
  count: number,
): { readonly from: number; readonly to: number } {
  const first = outRow * down.stride - down.before;
  const last = first + (count - 1) * down.stride + down.reach;
  return { from: Math.max(0, first), to: Math.min(down.input, last) };
}

/** Output rows of a band whose image rows fit `bytes`; throws KernelFault 5 when those of one output row do not. */
export function bandRows({ down }: Walk, rowBytes: number, bytes: number): number {
  const rows = Math.floor(bytes / rowBytes);
  if (down.input <= rows) return down.output;
  if (rows < down.reach) throw new KernelFault(5, `${down.reach} image rows of ${rowBytes} bytes`);
  return Math.min(down.output, Math.floor((rows - down.reach) / down.stride) + 1);
}

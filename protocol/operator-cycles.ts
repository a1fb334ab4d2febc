/**
 * The price of operators that are no plain product, from shapes alone. A convolution runs on the array as the product that it
 * is; all others on the vector unit, by the operations of LANE_OPS on each element.
 */
import { gemmCycles, LANE_OPS, vectorCycles } from './cycles.ts';
import type { HpuCycles } from './units.ts';

/** conv2d: `pixels` of output, `windowEntries` = window height x width x channels, `filters` output channels. */
export const conv2dCycles = (pixels: number, windowEntries: number, filters: number): HpuCycles =>
  gemmCycles(pixels, windowEntries, filters);

/** Operations on each output of a window of `taps`; half a tap times two operations would be a whole number. */
function windowCycles(outputs: number, taps: number, perTap: number, perOutput = 0): HpuCycles {
  if (!Number.isSafeInteger(taps) || taps < 0) throw new RangeError(`not a number of taps: ${taps}`);
  return vectorCycles(outputs, perTap * taps + perOutput);
}

/** Depthwise convolution: `outputs` = output pixels x channels, `taps` = window height x width. */
export const depthwiseCycles = (outputs: number, taps: number): HpuCycles =>
  windowCycles(outputs, taps, LANE_OPS.depthwiseTap);

export const maxPoolCycles = (outputs: number, taps: number): HpuCycles =>
  windowCycles(outputs, taps, LANE_OPS.poolTap);

/** Average and global average pooling: windows at an edge are priced whole. */
export const averagePoolCycles = (outputs: number, taps: number): HpuCycles =>
  windowCycles(outputs, taps, LANE_OPS.poolTap, LANE_OPS.averageFinish);

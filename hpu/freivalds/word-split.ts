/** How freivalds.wasm splits int32 entries, so that many products fit an int32 lane. */
import { KernelFault } from '../shape.ts';

/** Longest k of a product that is compared by residues; why: hpu/freivalds/freivalds.ts. */
export const DEPTH_MAX = 65_533;
/** |limb| of a residue (hpu/assembly/residues/limbs.ts). */
const LIMB_MAX = 23_170;
const LANES = 8;

/**
 * The lower `shift` bits of an entry are one part, the others a signed one within +-upperMax; `flush` entries may be summed.
 */
export type WordSplit = { readonly shift: 11 | 12 | 13 | 15; readonly flush: number; readonly upperMax: number };

/** The split for int32 entries within +-depth * 2^14 that keeps both parts short, so that many products fit a lane. */
export function wordSplit(depth: number): WordSplit {
  if (!Number.isSafeInteger(depth) || depth < 0 || depth > DEPTH_MAX)
    throw new KernelFault(4, `k = ${depth}, at most ${DEPTH_MAX}`);
  const shift = depth <= 256 ? 11 : depth <= 2048 ? 12 : depth <= 8191 ? 13 : 15;
  const upperMax = Math.floor((depth * 2 ** 14) / 2 ** shift); // below 2^15 - 1, where an upper part saturates
  const partMax = Math.max(2 ** shift - 1, upperMax);
  // A step of eight entries adds two products to each int32 lane.
  return { shift, flush: Math.floor((2 ** 31 - 1) / (2 * partMax * LIMB_MAX)) * LANES, upperMax };
}

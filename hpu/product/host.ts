/** Which of several kernels with the same results runs on a host. */
import type { ProductExports } from './panels.ts';
import type { ProductMemory } from './product.ts';
import type { QuarterExports } from './strassen.ts';

/** Of the relaxed kernels. They share layout and results; calibrate.ts tells which is faster here. */
export type RelaxedDot = 'r16' | 'r32';

/**
 * `splat` loads each of four rows' entries by itself; `shuffle` loads them at once and takes them apart. The second is a fifth
 * faster where every access is checked in code, as in workerd, and a twentieth slower where the memory's guard pages do it.
 */
export type Tile = 'splat' | 'shuffle';

export type HpuHost = {
  readonly tile?: Tile;
  /** Asked once, when weights of 7 bits come first: a calibration costs some 20 ms. */
  readonly chooseDot?: () => RelaxedDot;
};

/** workerd: explicit bounds checks, and a clock that stands still, so that nothing can be calibrated. */
export const WORKERD: HpuHost = { tile: 'shuffle' };

type Multiply = ProductExports['multiply'];
type MultiplyRow = ProductExports['multiplyRow'];
type Accumulate = QuarterExports['accumulate'];

/** Exports of gemm.wasm or float.wasm, with the host's tile under the common names. */
export function tiledExports<E extends ProductMemory>(instance: WebAssembly.Instance, tile: Tile = 'splat'): E {
  const wasm = instance.exports as unknown as E & {
    multiplyShuffled: Multiply;
    accumulateShuffled?: Accumulate;
  };
  if (tile === 'splat') return wasm;
  return {
    ...wasm,
    multiply: wasm.multiplyShuffled,
    ...(wasm.accumulateShuffled ? { accumulate: wasm.accumulateShuffled } : {}),
  };
}

/** Exports of relaxed.wasm under the common names. Its loads are few beside its arithmetic: one tile serves every host. */
export function relaxedExports(instance: WebAssembly.Instance, dot: RelaxedDot): ProductMemory {
  const wasm = instance.exports as unknown as Omit<ProductMemory, 'multiply' | 'multiplyRow'> &
    Record<'multiplyR16' | 'multiplyR32', Multiply> &
    Record<'multiplyRowR16' | 'multiplyRowR32', MultiplyRow>;
  return dot === 'r16'
    ? { ...wasm, multiply: wasm.multiplyR16, multiplyRow: wasm.multiplyRowR16 }
    : { ...wasm, multiply: wasm.multiplyR32, multiplyRow: wasm.multiplyRowR32 };
}

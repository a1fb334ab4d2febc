/** Our three products of a shape, as a serving loop calls them: packed weights, one array for the results. Also in workerd. */

import { createHpu, type Hpu, type KernelModules } from '../../hpu/hpu.ts';
import type { Window } from '../../hpu/operators/window.ts';
import { createFloatProduct, type FloatProduct } from '../../hpu/product/float-product.ts';
import type { HpuHost } from '../../hpu/product/host.ts';
import type { Operands } from './peers/peer.ts';

const WINDOW: Window = { height: 3, width: 3, padding: { top: 1, bottom: 1, left: 1, right: 1 } };

export interface Kernels {
  readonly hpu: Hpu;
  readonly float: FloatProduct;
  readonly hasRelaxed: boolean;
}

export function kernelsOf(modules: KernelModules, host: HpuHost = {}): Kernels {
  return {
    hpu: createHpu(modules, host),
    float: createFloatProduct(modules.float, host),
    hasRelaxed: modules.relaxed !== undefined,
  };
}

/** r16 multiplies weights of 7 bits in place of b, and is absent on a host without relaxed SIMD. */
export type OwnRuns = Record<'d16' | 'f32', () => Int32Array | Float32Array> &
  Partial<Record<'r16', () => Int32Array | Float32Array>>;

export function ownRuns({ hpu, float, hasRelaxed }: Kernels, { shape, a, b, aF32, bF32 }: Operands): OwnRuns {
  const { m, k, n, conv } = shape;
  const image = conv && { images: 1, ...conv };
  const exact = hpu.packWeights(b, k, n, 'd16');
  const floats = float.packWeights(bF32, k, n);
  const [into, intoF32] = [new Int32Array(m * n), new Float32Array(m * n)];
  const runs = {
    d16: () => (image ? hpu.conv2d(a, image, WINDOW, exact, 0) : hpu.gemm(a, exact, m, into)),
    f32: () => (image ? float.conv2d(aF32, image, WINDOW, floats) : float.gemm(aF32, floats, m, intoF32)),
  };
  if (!hasRelaxed) return runs;
  const seven = hpu.packWeights(
    b.map((w) => w >> 1),
    k,
    n,
    'r16',
  );
  return { ...runs, r16: () => (image ? hpu.conv2d(a, image, WINDOW, seven, 0) : hpu.gemm(a, seven, m, into)) };
}

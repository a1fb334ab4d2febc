/** Kernel instances that trainers and predictors run on, one set an isolate. Which host loads the modules is its own matter. */
import { createHpu, type Hpu } from '../../hpu/hpu.ts';
import type { HpuHost } from '../../hpu/product/host.ts';
import { createMlKernel, type MlKernel } from '../kernel.ts';
import { createLinearKernel, type LinearKernel } from './linear/kernel.ts';
import { createNetworkKernel, type NetworkKernel } from './network/kernel.ts';
import { createTreeKernel, type TreeKernel } from './trees/kernel.ts';

export interface TrainerKernels {
  readonly float: MlKernel;
  readonly linear: LinearKernel;
  readonly trees: TreeKernel;
  readonly network: NetworkKernel;
  /** Of int8 networks; made when it is first asked for, since most models have none. */
  readonly hpu: Hpu;
}

/** Compiled modules by the names of hpu/build.ts. Weights of int8 networks fill eight bits: the HPU's relaxed kernel has no use here. */
export type TrainerModules = Readonly<
  Record<'float' | 'linear' | 'trees' | 'network' | 'gemm' | 'freivalds', WebAssembly.Module>
>;

/** `host`: which of kernels with equal results is faster there (WORKERD in a Worker). */
export function createTrainerKernels(modules: TrainerModules, host: HpuHost = {}): TrainerKernels {
  let hpu: Hpu | undefined;
  return {
    float: createMlKernel(modules.float),
    linear: createLinearKernel(modules.linear),
    trees: createTreeKernel(modules.trees),
    network: createNetworkKernel(modules.network, host.tile),
    get hpu() {
      hpu ??= createHpu({ gemm: modules.gemm, freivalds: modules.freivalds }, host);
      return hpu;
    },
  };
}

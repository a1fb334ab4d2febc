/** Kernel instances that trainers and predictors run on, one set an isolate. Which host loads the modules is its own matter. */
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
}

/** Compiled modules by the names of hpu/build.ts. */
export type TrainerModules = Readonly<Record<keyof TrainerKernels, WebAssembly.Module>>;

/** `host`: which of kernels with equal results is faster there (WORKERD in a Worker). */
export function createTrainerKernels(modules: TrainerModules, host: HpuHost = {}): TrainerKernels {
  return {
    float: createMlKernel(modules.float),
    linear: createLinearKernel(modules.linear),
    trees: createTreeKernel(modules.trees),
    network: createNetworkKernel(modules.network, host.tile),
  };
}

/** The isolate's kernels: static modules, instantiated on first use and kept. */
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import linearModule from '../../hpu/dist/linear.wasm';
import networkModule from '../../hpu/dist/network.wasm';
import relaxedModule from '../../hpu/dist/relaxed.wasm';
import treesModule from '../../hpu/dist/trees.wasm';
import { createHpu, type Hpu } from '../../hpu/hpu.ts';
import { WORKERD } from '../../hpu/product/host.ts';
import { createMlKernel, type MlKernel } from '../../ml/kernel.ts';
import { createTrainerKernels, type TrainerKernels } from '../../ml/trainers/kernels.ts';

let hpuOfIsolate: Hpu | undefined;
let mlOfIsolate: MlKernel | undefined;

export function hpu(): Hpu {
  hpuOfIsolate ??= createHpu({ gemm: gemmModule, freivalds: freivaldsModule, relaxed: relaxedModule }, WORKERD);
  return hpuOfIsolate;
}

export function mlKernel(): MlKernel {
  mlOfIsolate ??= createMlKernel(floatModule);
  return mlOfIsolate;
}

/** For one slice of a job, or one prediction: what a fit keeps in a kernel's memory is its own while others run in the isolate. */
export const newTrainerKernels = (): TrainerKernels =>
  createTrainerKernels(
    {
      float: floatModule,
      linear: linearModule,
      trees: treesModule,
      network: networkModule,
      gemm: gemmModule,
      freivalds: freivaldsModule,
    },
    WORKERD,
  );

/** The isolate's kernels: static modules, instantiated on first use and kept. */
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import relaxedModule from '../../hpu/dist/relaxed.wasm';
import { createHpu, type Hpu } from '../../hpu/hpu.ts';
import { WORKERD } from '../../hpu/product/host.ts';
import { createMlKernel, type MlKernel } from '../../ml/kernel.ts';

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

/** The isolate's kernels: static modules, instantiated on first use and kept. */
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import { createHpu, type Hpu } from '../../hpu/hpu.ts';
import { createMlKernel, type MlKernel } from '../../ml/kernel.ts';

let hpuOfIsolate: Hpu | undefined;
let mlOfIsolate: MlKernel | undefined;

export function hpu(): Hpu {
  hpuOfIsolate ??= createHpu({ gemm: gemmModule, freivalds: freivaldsModule });
  return hpuOfIsolate;
}

export function mlKernel(): MlKernel {
  mlOfIsolate ??= createMlKernel(floatModule);
  return mlOfIsolate;
}

/** Trainers' kernels in Node. Workers and browsers import the .wasm files instead. */
import { loadKernel } from '../../hpu/node.ts';
import { createTrainerKernels, type TrainerKernels } from './kernels.ts';

export function nodeKernels(): TrainerKernels {
  return createTrainerKernels({
    float: loadKernel('float'),
    linear: loadKernel('linear'),
    trees: loadKernel('trees'),
    network: loadKernel('network'),
    gemm: loadKernel('gemm'),
    freivalds: loadKernel('freivalds'),
  });
}

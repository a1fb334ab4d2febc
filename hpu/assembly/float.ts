// Deterministic float training: f32 SIMD without relaxed operations, exp and log of its own, counter-based random words.
export { multiply, multiplyRow, multiplyShuffled } from './product/f32';
export { gemmF32 } from './training/gemm-f32';
export {
  addBias, addColumns, addSquares, argmax, columnSums, divideF64, extent, inverseDeviations, maskRelu, momentumStep,
  softmaxGradient, transpose,
} from './training/layers';
export { convolutionRows, packA, packB, packRow } from './product/pack-f32';
export { permute, philoxBlock, randomWords, symmetric } from './training/philox';
export { compact } from './product/rows';
export { expF32, logF32, rootF32 } from './training/transcendental';

export function heapBase(): usize {
  return __heap_base;
}

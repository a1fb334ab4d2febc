// Deterministic float training: f32 SIMD without relaxed operations, exp and log of its own, counter-based random words.
export { gemmF32 } from './gemm-f32';
export {
  addBias, addColumns, addSquares, argmax, columnSums, divideF64, extent, inverseDeviations, maskRelu, momentumStep,
  softmaxGradient, transpose,
} from './layers';
export { permute, philoxBlock, randomWords, symmetric } from './philox';
export { expF32, logF32, rootF32 } from './transcendental';

export function heapBase(): usize {
  return __heap_base;
}

// Training of multi-layer and convolutional networks: f32 SIMD without relaxed operations, sums in an order fixed by the shapes.
export { addWeightSlopes, borderImage, clearPadding, convolve, packTurned } from './network/convolution';
export {
  addBias, columnSums, crossEntropy, dropout, exponentialRows, reluGradient, squaredError,
} from './network/layers';
export { packColumns, packTransposed } from './network/pack';
export { poolBackward, poolForward } from './network/pooling';
export { chooseTile, multiply } from './network/products';
export { adamStep, momentumStep } from './network/update';
export { packA, packB } from './product/pack-f32';
export { randomWords, symmetric } from './training/philox';

export function heapBase(): usize {
  return __heap_base;
}

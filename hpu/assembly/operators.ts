// The operators beside the product. Pointers are bytes, counts elements.
export { depthwise } from './operators/depthwise';
export {
  addBiasInt32, addF32, addInt8, clampInt8, lookup, maxF32, minF32, mulF32, reluF32,
} from './operators/elementwise';
export { columnExtents, dequantise, dequantiseColumns, quantiseColumns } from './operators/float-int8';
export { addPixels, averagePool, averageSums, maxPool } from './operators/pooling';
export { quantiseWithin, requantise, requantiseTensor, rescale } from './operators/quantise';

export function heapBase(): usize {
  return __heap_base;
}

// The int8 HPU without relaxed operations: every host that has SIMD loads it.
export { convolutionRows } from './product/patches-d16';
export { multiply, multiplyRow } from './product/d16';
export { multiplyRowShuffled, multiplyShuffled } from './product/d16-shuffled';
export { packA, packB, packRow } from './product/pack-d16';
export { quantise, requantise, rescale } from './operators/quantise';
export { compact } from './product/rows';

export function heapBase(): usize {
  return __heap_base;
}

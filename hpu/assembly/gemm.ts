// The int8 HPU without relaxed operations: every host that has SIMD loads it.
export { convolutionRows } from './product/patches-d16';
export { accumulate, accumulateShuffled, multiply, multiplyRow, multiplyShuffled } from './product/d16';
export { addRows, fourthQuarter, sumsOfA, sumsOfB } from './product/quarters-d16';
export { multiplyRowWide, widen } from './product/row-d16';
export { packA, packB, packRow } from './product/pack-d16';
export { quantise, requantise, rescale } from './operators/quantise';
export { compact } from './product/rows';

export function heapBase(): usize {
  return __heap_base;
}

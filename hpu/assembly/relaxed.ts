// The int8 HPU for weights of 7 bits, by relaxed integer dots. A module of its own: one relaxed opcode makes a host without
// them refuse the whole file.
export { convolutionRows } from './product/patches-quads';
export { packA, packB, packRow } from './product/pack-quads';
export { multiplyR16, multiplyR32, multiplyRowR16, multiplyRowR32 } from './product/relaxed-dots';
export { compact } from './product/rows';

export function heapBase(): usize {
  return __heap_base;
}

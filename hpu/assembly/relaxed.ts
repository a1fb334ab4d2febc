// The int8 HPU for weights of 7 bits, by relaxed integer dots. A module of its own: one relaxed opcode makes a host without
// them refuse the whole file.
export { convolutionRows } from './product/patches-quads';
export { packA, packB, packRow } from './product/pack-quads';
export { multiplyR16, multiplyRowR16 } from './product/r16';
export { multiplyR32, multiplyRowR32 } from './product/r32';
export { compact } from './product/rows';

export function heapBase(): usize {
  return __heap_base;
}

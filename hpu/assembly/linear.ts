// Linear models and k-means in f64: no fused multiply-adds, sums in a fixed order that follows from the shapes alone.
export { addRows, nearest, squaredDistances } from './linear/centres';
export { factorRows, inverseTrace, solve, solveTransposed } from './linear/cholesky';
export { gram } from './linear/gram';
export { logisticResiduals, softmaxResiduals, softmaxRows } from './linear/losses';
export { centre } from './linear/panel';
export { addProduct, addProductColumn } from './linear/product';
export { exp64, log1p64, log64 } from './linear/transcendental';

export function heapBase(): usize {
  return __heap_base;
}

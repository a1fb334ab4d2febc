// Decision trees: columns as codes, forests, histogram boosting, predictions.
export { codeColumn } from './trees/columns';
export { beginTree, growTree, weighRows } from './trees/forest';
export { addLeaves, beginBoost, growBoost } from './trees/boost';
export {
  drawColumns, drawSample, largestResidual, logisticPairs, softmaxPairs, softmaxShares, squaredPairs,
} from './trees/gradients';
export { addMargins, addShares, addValues } from './trees/walk';

export function heapBase(): usize {
  return __heap_base;
}

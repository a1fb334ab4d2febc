import { paddedPatches } from './patches.ts';
import type { Operands } from './peer.ts';

const steps = new WeakMap<Operands, number>();

/**
 * The output scale of an engine that returns int8 products: the largest magnitude falls on 127, so that nothing saturates,
 * rounded to float32 as the engines hold it. Found once for the same operands.
 */
export function stepFor(operands: Operands): number {
  const step = steps.get(operands) ?? Math.fround(largestOf(operands) / 127);
  steps.set(operands, step);
  return step;
}

function largestOf({ shape, a, b }: Operands): number {
  const rows = shape.conv ? paddedPatches(a, shape.conv) : a;
  const { m, k, n } = shape;
  let largest = 1;
  const sums = new Int32Array(n);
  for (let i = 0; i < m; i++) {
    sums.fill(0);
    for (let p = 0; p < k; p++) {
      const value = rows[i * k + p]!;
      for (let j = 0; j < n; j++) sums[j] = sums[j]! + value * b[p * n + j]!;
    }
    for (const sum of sums) largest = Math.max(largest, Math.abs(sum));
  }
  return largest;
}

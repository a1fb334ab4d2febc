/** Margins before the first tree. */
import { log64 } from '../../numeric/log.ts';

/**
 * f32, a margin an output: nothing for values; the log odds of the second of two classes, and nothing for the first; the logs of
 * the shares of more. A class without rows counts half a row, so that its logarithm exists.
 */
export function priorMargins(y: Float64Array, classes: number): Float32Array {
  const counts = new Float64Array(Math.max(1, classes));
  if (classes === 0) return new Float32Array(1);
  for (const label of y) counts[label] = (counts[label] as number) + 1;
  const logs = Float64Array.from(counts, (count) => log64(Math.max(0.5, count) / y.length));
  if (classes === 2) return Float32Array.of((logs[1] as number) - (logs[0] as number), 0);
  return Float32Array.from(logs);
}

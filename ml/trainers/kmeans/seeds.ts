/** Random choice of seeds, a pure function of the fit's key and the place of the seed. */
import type { MlKernel } from '../../kernel.ts';
import { log64 } from '../../numeric/log.ts';
import type { FitKey } from '../trainer.ts';

/** Fourth counter word: k-means draws nothing else. */
const PURPOSE_SEED = 1;

/** Candidates for each seed after the first, as scikit-learn takes them. */
export const seedTrials = (clusters: number): number => 2 + Math.floor(log64(clusters));

/** In [0, 1), with 53 bits. */
export function uniform({ wasm, arena }: MlKernel, key: FitKey, restart: number, seed: number, trial: number): number {
  arena.reset();
  const at = arena.take(16);
  wasm.philoxBlock(at, trial, seed, restart, PURPOSE_SEED, ...key);
  const [high, low] = arena.int32(at, 2);
  return (((high as number) >>> 5) * 2 ** 26 + ((low as number) >>> 6)) / 2 ** 53;
}

/**
 * A row with the probability of its share of the distances, `draw` in [0, 1); where all are 0, the first: fewer rows differ than clusters
 * are wanted.
 */
export function pickRow(distances: Float64Array, draw: number): number {
  const goal = draw * distances.reduce((sum, d) => sum + d, 0);
  let last = 0;
  let sum = 0;
  for (let row = 0; row < distances.length; row++) {
    const d = distances[row] as number;
    if (d <= 0) continue;
    sum += d;
    last = row;
    if (sum > goal) return row;
  }
  return last;
}

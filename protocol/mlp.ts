/**
 * What a training order may ask of the one-hidden-layer classifier. The bounds keep a chunk near 15 ms and a state, its table
 * and the kernels' memory inside one 128 MB isolate.
 */
import { CHUNK_OPERATIONS_MAX, type MlpShape, type MlpSpec, stepOperations, trainPlan } from './cycles.ts';

export const MLP_LIMITS = {
  /** A shuffle's bias stays below 2^-16, and a sum of equal f32 is exact in f64. */
  rowsMax: 65_536,
  featuresMax: 4096,
  hiddenMax: 1024,
  /** Of both layers: a checkpoint holds 8 bytes a weight (1.6 MB), and one stored value of a Durable Object holds 2 MB. */
  weightsMax: 200_000,
  /** A label is a byte. */
  classesMax: 256,
  epochsMax: 1000,
  batchMax: 1024,
  /** rows x features: 16 MiB of f32. */
  cellsMax: 1 << 22,
  chunksMax: 4096,
} as const;

const inRange = (n: number, low: number, high: number): boolean => Number.isInteger(n) && n >= low && n <= high;

/** Why the sizes are out of range, or undefined. */
export function validateMlpShape({ features, hidden, classes }: MlpShape): string | undefined {
  if (!inRange(features, 1, MLP_LIMITS.featuresMax)) return `features must be 1 to ${MLP_LIMITS.featuresMax}`;
  if (!inRange(hidden, 1, MLP_LIMITS.hiddenMax)) return `hidden must be 1 to ${MLP_LIMITS.hiddenMax}`;
  if (!inRange(classes, 2, MLP_LIMITS.classesMax)) return `classes must be 2 to ${MLP_LIMITS.classesMax}`;
  if (features * hidden + hidden * classes > MLP_LIMITS.weightsMax) {
    return `features x hidden + hidden x classes must be at most ${MLP_LIMITS.weightsMax}`;
  }
  return undefined;
}

/** Why the specification is out of range, or undefined. The price table and the trainer take only a valid one. */
export function validateMlpSpec(spec: MlpSpec): string | undefined {
  const shape = validateMlpShape(spec);
  if (shape !== undefined) return shape;
  const { rows, features, epochs, batch, seed } = spec;
  if (!inRange(rows, 2, MLP_LIMITS.rowsMax)) return `rows must be 2 to ${MLP_LIMITS.rowsMax}`;
  if (!inRange(epochs, 1, MLP_LIMITS.epochsMax)) return `epochs must be 1 to ${MLP_LIMITS.epochsMax}`;
  if (!inRange(batch, 1, MLP_LIMITS.batchMax)) return `batch must be 1 to ${MLP_LIMITS.batchMax}`;
  if (seed < 0n || seed >> 64n !== 0n) return 'seed must be a u64';
  if (rows * features > MLP_LIMITS.cellsMax) return `rows x features must be at most ${MLP_LIMITS.cellsMax}`;
  if (stepOperations(spec, Math.min(batch, rows)) > CHUNK_OPERATIONS_MAX)
    return 'batch x (features, weights) is too large for one chunk';
  if (trainPlan(spec).chunks > MLP_LIMITS.chunksMax) return `the work needs more than ${MLP_LIMITS.chunksMax} chunks`;
  return undefined;
}

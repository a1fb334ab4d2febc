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

/** Least and most of each count by itself. */
export const MLP_RANGES = {
  rows: [2, MLP_LIMITS.rowsMax],
  features: [1, MLP_LIMITS.featuresMax],
  hidden: [1, MLP_LIMITS.hiddenMax],
  classes: [2, MLP_LIMITS.classesMax],
  epochs: [1, MLP_LIMITS.epochsMax],
  batch: [1, MLP_LIMITS.batchMax],
} as const;
export type MlpCount = keyof typeof MLP_RANGES;

/** The first of the named counts that is no whole number in its range. */
export function countOutOfRange<Name extends MlpCount>(
  counts: Readonly<Record<Name, number>>,
  names: readonly Name[],
): Name | undefined {
  return names.find((name) => {
    const [low, high] = MLP_RANGES[name];
    return !Number.isInteger(counts[name]) || counts[name] < low || counts[name] > high;
  });
}

const rangeText = (name: MlpCount): string => `${name} must be ${MLP_RANGES[name].join(' to ')}`;

/** Why the sizes are out of range, or undefined. */
export function validateMlpShape({ features, hidden, classes }: MlpShape): string | undefined {
  const outside = countOutOfRange({ features, hidden, classes }, ['features', 'hidden', 'classes']);
  if (outside) return rangeText(outside);
  if (features * hidden + hidden * classes > MLP_LIMITS.weightsMax) {
    return `features x hidden + hidden x classes must be at most ${MLP_LIMITS.weightsMax}`;
  }
  return undefined;
}

/** Why the specification is out of range, or undefined. The price table and the trainer take only a valid one. */
export function validateMlpSpec(spec: MlpSpec): string | undefined {
  const shape = validateMlpShape(spec);
  if (shape !== undefined) return shape;
  const { rows, features, batch, seed } = spec;
  const outside = countOutOfRange(spec, ['rows', 'epochs', 'batch']);
  if (outside) return rangeText(outside);
  if (seed < 0n || seed >> 64n !== 0n) return 'seed must be a u64';
  if (rows * features > MLP_LIMITS.cellsMax) return `rows x features must be at most ${MLP_LIMITS.cellsMax}`;
  if (stepOperations(spec, Math.min(batch, rows)) > CHUNK_OPERATIONS_MAX)
    return 'batch x (features, weights) is too large for one chunk';
  if (trainPlan(spec).chunks > MLP_LIMITS.chunksMax) return `the work needs more than ${MLP_LIMITS.chunksMax} chunks`;
  return undefined;
}

/** Small tables and fits for the tests of this folder. */
import { createHash } from 'node:crypto';
import { loadKernel } from '../../../../hpu/node.ts';
import { Meter } from '../../../../ml/meter.ts';
import type { TrainerKernels } from '../../../../ml/trainers/kernels.ts';
import type { Fit, FitKey, Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { createTreeKernel } from '../../../../ml/trainers/trees/kernel.ts';
import type { Result } from '../../../../protocol/errors.ts';
import { loadSet, outerFolds, type SetName } from '../../../bench/automl-sets.ts';

const module = loadKernel('trees');
/** These families use no other kernel. */
export const newKernels = (): TrainerKernels => ({ trees: createTreeKernel(module) }) as unknown as TrainerKernels;
export const kernels = newKernels();
export const KEY: FitKey = [7, 11];

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Words of a linear congruential generator (Knuth's MMIX), as numbers in [0, 1). */
export function uniform(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 40n) / 2 ** 24;
  };
}

export function tableOf(
  rows: number,
  cols: number,
  cell: (row: number, col: number) => number,
  y: (row: number) => number,
  rest: { classes?: number; categories?: number[] } = {},
): TrainSet {
  return {
    input: {
      rows,
      cols,
      x: Float32Array.from({ length: rows * cols }, (_, i) => cell(Math.floor(i / cols), i % cols)),
    },
    y: Float64Array.from({ length: rows }, (_, row) => y(row)),
    classes: rest.classes ?? 0,
    categories: Uint16Array.from({ length: cols }, (_, c) => rest.categories?.[c] ?? 0),
  };
}

export function firstRows(set: TrainSet, rows: number): TrainSet {
  const { cols, x } = set.input;
  return { ...set, input: { rows, cols, x: x.slice(0, rows * cols) }, y: set.y.slice(0, rows) };
}

/** The rows of a set in data/ outside, and inside, its first outer fold. */
export function splitSet(name: SetName): { train: TrainSet; test: TrainSet } {
  const table = loadSet(name);
  if (table.features.kind !== 'columns') throw new Error('no columns');
  const columns = table.features.columns;
  const inFold = new Set(outerFolds(table)[0]);
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  const part = (own: number[]): TrainSet =>
    tableOf(
      own.length,
      columns.length,
      (row, col) => (columns[col] as { values: Float32Array }).values[own[row] as number] as number,
      (row) => {
        const at = own[row] as number;
        if (table.target.kind === 'classes') return table.target.labels[at] as number;
        return table.target.kind === 'values' ? (table.target.values[at] as number) : 0;
      },
      { classes: table.target.kind === 'classes' ? table.target.classes.length : 0 },
    );
  return { train: part(rows.filter((row) => !inFold.has(row))), test: part(rows.filter((row) => inFold.has(row))) };
}

export const shapeOf = ({ input, classes }: TrainSet) => ({ rows: input.rows, cols: input.cols, classes });

export function startFit(trainer: Trainer, set: TrainSet, raw: Params, checkpoint?: Uint8Array, on = kernels): Fit {
  return trainer.start(on, set, unwrap(trainer.params(raw, shapeOf(set))), KEY, checkpoint);
}

/** In one slice. */
export function fitWhole(trainer: Trainer, set: TrainSet, raw: Params = {}, on = kernels): Fit {
  const fit = startFit(trainer, set, raw, undefined, on);
  while (!fit.advance(Number.MAX_SAFE_INTEGER));
  return fit;
}

export function predict(trainer: Trainer, model: Uint8Array, { input }: Pick<TrainSet, 'input'>): Float64Array {
  return unwrap(trainer.decode(model)).predict(kernels, input, new Meter());
}

/** Accuracy, or R2. */
export function scoreOf(predicted: Float64Array, { y, classes }: TrainSet): number {
  if (classes > 0) {
    const right = y.filter((label, row) => {
      const own = predicted.subarray(row * classes, (row + 1) * classes);
      return own.indexOf(Math.max(...own)) === label;
    });
    return right.length / y.length;
  }
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  const sum = (from: (row: number) => number): number => y.reduce((all, own, row) => all + (own - from(row)) ** 2, 0);
  return 1 - sum((row) => predicted[row] as number) / sum(() => mean);
}

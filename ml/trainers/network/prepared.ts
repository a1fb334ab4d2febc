/** A set as the descent takes it: inputs in range, values in deviations from their mean. */
import type { Labelled, Matrix, TrainSet } from '../trainer.ts';
import { INPUT_MAX } from './model.ts';

/** NaN becomes the lower bound: a prediction of anything is a number. */
const clamp = (x: number): number => (x >= -INPUT_MAX ? Math.min(x, INPUT_MAX) : -INPUT_MAX);

/** The matrix with every cell in +-INPUT_MAX: itself where that holds already. */
export function clampedMatrix(matrix: Matrix): Matrix {
  const { x } = matrix;
  for (let i = 0; i < x.length; i++) if (clamp(x[i] as number) !== x[i]) return { ...matrix, x: x.map(clamp) };
  return matrix;
}

/** Class indices, or values in deviations from the mean. */
export interface Targets {
  readonly of: Int32Array | Float32Array;
  readonly mean: number;
  readonly scale: number;
}

/** Mean and standard deviation in units of the largest magnitude: no square overflows. 1 for a constant target. */
function scalingOf(y: Float64Array): { readonly mean: number; readonly scale: number } {
  let unit = 0;
  for (const value of y) unit = Math.max(unit, Math.abs(value));
  if (!(unit > 0)) return { mean: 0, scale: 1 };
  let sum = 0;
  for (const value of y) sum += value / unit;
  const mean = sum / y.length;
  let squares = 0;
  for (const value of y) squares += (value / unit - mean) * (value / unit - mean);
  const scale = unit * Math.sqrt(squares / y.length);
  // A deviation at the precision of the mean is rounding, not spread.
  return { mean: mean * unit, scale: scale > unit * 2 ** -40 && scale >= 2 ** -1000 ? scale : 1 };
}

function targetsOf(y: Float64Array, classes: number, by: { mean: number; scale: number }): Targets {
  if (classes > 0) return { of: Int32Array.from(y), mean: 0, scale: 1 };
  const { mean, scale } = by;
  return { of: Float32Array.from(y, (value) => value / scale - mean / scale), mean, scale };
}

export interface Prepared {
  readonly input: Matrix;
  readonly targets: Targets;
  readonly classes: number;
  /** Absent where no row is watched. Its values are in the deviations of the training rows. */
  readonly watched?: { readonly input: Matrix; readonly targets: Targets };
}

export function prepare({ input, y, classes, watched }: TrainSet): Prepared {
  const scaling = classes > 0 ? { mean: 0, scale: 1 } : scalingOf(y);
  const prepared = (labelled: Labelled) => ({
    input: clampedMatrix(labelled.input),
    targets: targetsOf(labelled.y, classes, scaling),
  });
  const own = { ...prepared({ input, y }), classes };
  return watched && watched.input.rows > 0 ? { ...own, watched: prepared(watched) } : own;
}

/** Targets of rows `order[from]` to `order[from + rows]`. */
export function gatherTargets({ of }: Targets, order: Uint32Array, from: number, rows: number): Targets['of'] {
  const targets = of instanceof Int32Array ? new Int32Array(rows) : new Float32Array(rows);
  for (let i = 0; i < rows; i++) targets[i] = of[order[from + i] as number] as number;
  return targets;
}

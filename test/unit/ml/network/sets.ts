/** Small sets for the tests of this folder. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { loadKernel } from '../../../../hpu/node.ts';
import type { TrainerKernels } from '../../../../ml/trainers/kernels.ts';
import { createNetworkKernel } from '../../../../ml/trainers/network/kernel.ts';
import type { Fit, FitKey, Params, ProblemShape, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { digitsTable, unwrap } from '../digits.ts';

/** Networks use one kernel of the four. */
export const kernels = { network: createNetworkKernel(loadKernel('network')) } as unknown as TrainerKernels;
export const KEY: FitKey = [0x01234567, 0x89abcdef];

/** Rows `from` to `to` of the digits, samples in [0, 1]. */
export function digits(from: number, to: number): TrainSet {
  const { x, y, features } = digitsTable();
  return {
    input: { rows: to - from, cols: features, x: x.slice(from * features, to * features).map((v) => v / 16) },
    y: Float64Array.from(y.subarray(from, to)),
    classes: 10,
    categories: new Uint16Array(features),
    image: { height: 8, width: 8, channels: 1 },
  };
}

/** A made set of 3 columns whose classes or values follow from them. */
export function made(rows: number, classes: number, cell = (i: number) => ((i * 7919) % 1009) / 500 - 1): TrainSet {
  const x = Float32Array.from({ length: rows * 3 }, (_, i) => cell(i));
  const at = (row: number, c: number): number => x[row * 3 + c] as number;
  const y = Float64Array.from({ length: rows }, (_, row) =>
    classes > 0 ? row % classes : 1000 + 300 * at(row, 0) * at(row, 1) - 200 * at(row, 2),
  );
  return { input: { rows, cols: 3, x }, y, classes, categories: new Uint16Array(3) };
}

export const problemOf = ({ input, classes, image }: TrainSet): ProblemShape => ({
  rows: input.rows,
  cols: input.cols,
  classes,
  ...(image ? { image } : {}),
});

export const filled = (trainer: Trainer, set: TrainSet, raw: Params): Params =>
  unwrap(trainer.params(raw, problemOf(set)));

export function startFit(trainer: Trainer, set: TrainSet, raw: Params, checkpoint?: Uint8Array): Fit {
  return trainer.start(kernels, set, filled(trainer, set, raw), KEY, checkpoint);
}

/** Of the model: comparing tens of thousands of bytes one by one is slow. */
export const modelHash = (fit: Fit): string => bytesToHex(sha256(fit.finish()));

/** A whole fit in one call. */
export function fitOf(trainer: Trainer, set: TrainSet, raw: Params): Fit {
  const fit = startFit(trainer, set, raw);
  while (!fit.advance(Number.MAX_SAFE_INTEGER));
  return fit;
}

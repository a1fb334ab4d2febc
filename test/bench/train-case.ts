/**
 * One line of `bench -- train`: a family fitted to a set with given parameters, and who else fits the same.
 *
 * test/bench/python/train-peers.json holds the Python peers' times under the same names:
 *   { "versions": {…}, "machine": "…", "cases": { NAME: { PEER: { "ms": least of the rounds, "medianMs": … } } } }
 */
import { fitEncoder } from '../../ml/features/fit.ts';
import { trainSetOf } from '../../ml/features/train-set.ts';
import type { TrainerKernels } from '../../ml/trainers/kernels.ts';
import { nodeKernels } from '../../ml/trainers/node.ts';
import type { Params, ProblemShape, Trainer, TrainSet, View } from '../../ml/trainers/trainer.ts';
import { loadSet } from './automl-sets.ts';

/** One fit from prepared arrays, as a user of the engine calls it. Returns a loss or score that says that it learnt. */
export type FitOnce = () => number | Promise<number>;

export interface TrainCase {
  /** `FAMILY SET`, and settings where a family has several cases on a set: the key in train-peers.json. */
  readonly name: string;
  readonly settings: Params;
  readonly fit: FitOnce;
  /** Engines that run in this process, fitted by turns with ours. */
  readonly peers?: readonly { readonly name: string; readonly fit: FitOnce }[];
}

export const kernels: TrainerKernels = nodeKernels();

/** All rows of data/NAME.csv.gz in a view, encoded as a search encodes them. */
export function viewOf(name: string, view: View): TrainSet {
  const table = loadSet(name);
  const rows = Uint32Array.from({ length: table.rows }, (_, row) => row);
  return trainSetOf(fitEncoder(table, rows, view), table, rows);
}

export const problemOf = ({ input, classes, image }: TrainSet): ProblemShape => ({
  rows: input.rows,
  cols: input.cols,
  classes,
  ...(image ? { image } : {}),
});

export function requireParams(trainer: Trainer, raw: Params, shape: ProblemShape): Params {
  const params = trainer.params(raw, shape);
  if (!params.ok) throw new Error(`${trainer.family}: ${params.evidence ?? params.code}`);
  return params.value;
}

/** A case of ours; the set is made before any clock runs. */
export function trainCase(trainer: Trainer, setName: string, set: TrainSet, raw: Params, note = ''): TrainCase {
  const params = requireParams(trainer, raw, problemOf(set));
  const fit = (): number => {
    const running = trainer.start(kernels, set, params, [1, 2]);
    while (!running.advance(Number.MAX_SAFE_INTEGER));
    running.finish();
    return running.curve.at(-1)?.train ?? 0;
  };
  return { name: [trainer.family, setName, note].filter((part) => part !== '').join(' '), settings: raw, fit };
}

/** Sets and runs for the tests of trainers on the dense view. */
import { loadKernel } from '../../../../hpu/node.ts';
import { Meter } from '../../../../ml/meter.ts';
import { createTrainerKernels } from '../../../../ml/trainers/kernels.ts';
import { nodeKernels } from '../../../../ml/trainers/node.ts';
import type { Fit, Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';

export const kernels = nodeKernels();
/** Other instances, as another host would have. */
export const otherKernels = createTrainerKernels({
  float: loadKernel('float'),
  linear: loadKernel('linear'),
  trees: loadKernel('trees'),
  network: loadKernel('network'),
  gemm: loadKernel('gemm'),
  freivalds: loadKernel('freivalds'),
});

/** Labels below `classes`, or values where it is 0. */
export function setOf(cols: number, x: ArrayLike<number>, y: ArrayLike<number>, classes = 0): TrainSet {
  const cells = Float32Array.from(x);
  return {
    input: { rows: cells.length / cols, cols, x: cells },
    y: Float64Array.from(y),
    classes,
    categories: new Uint16Array(cols),
  };
}

/** From -1 to 1, of an integer sequence. */
export const noise = (i: number): number => ((((i + 1) * 7919) % 10_007) / 10_007) * 2 - 1;

export function paramsOf(trainer: Trainer, set: TrainSet, raw: Params): Params {
  const params = trainer.params(raw, { rows: set.input.rows, cols: set.input.cols, classes: set.classes });
  if (!params.ok) throw new Error(params.evidence);
  return params.value;
}

export function startFit(trainer: Trainer, set: TrainSet, raw: Params, checkpoint?: Uint8Array, on = kernels): Fit {
  return trainer.start(on, set, paramsOf(trainer, set, raw), [6, 28], checkpoint);
}

export function fitWhole(trainer: Trainer, set: TrainSet, raw: Params): Fit {
  const fit = startFit(trainer, set, raw);
  while (!fit.advance(Number.MAX_SAFE_INTEGER));
  return fit;
}

/** Cut after every unit, each slice from the checkpoint of the one before, by turns on two hosts. */
export function fitInSlices(trainer: Trainer, set: TrainSet, raw: Params): { fit: Fit; slices: number } {
  let fit = startFit(trainer, set, raw);
  let slices = 1;
  while (!fit.advance(1)) {
    fit = startFit(trainer, set, raw, fit.checkpoint(), slices % 2 === 0 ? kernels : otherKernels);
    slices += 1;
  }
  return { fit, slices };
}

export function predict(trainer: Trainer, model: Uint8Array, set: TrainSet, meter: Meter = new Meter()): Float64Array {
  const predictor = trainer.decode(model);
  if (!predictor.ok) throw new Error(predictor.evidence);
  return predictor.value.predict(kernels, set.input, meter);
}

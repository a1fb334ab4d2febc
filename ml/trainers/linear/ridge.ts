/**
 * Ridge regression: least squares with an L2 penalty `alpha` on the weights and none on the intercept, solved through the Cholesky
 * factor of the smaller Gram matrix: of the columns, or of the rows where there are fewer of them (the dual). `alpha: "gcv"` takes, from a
 * grid, the penalty with the least generalised cross-validation error (G. Golub, M. Heath and G. Wahba, "Generalized
 * cross-validation as a method for choosing a good ridge parameter", 1979), which needs no fit beside the factor.
 */
import { fail, ok } from '../../../protocol/errors.ts';
import { type HpuCycles, hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { Fit, ProblemShape, Trainer } from '../trainer.ts';
import { decodeLinear, linearPredictor, WEIGHTS_MAX } from './model.ts';
import { blockRows, doubleProduct } from './panels.ts';
import { readParams } from './params.ts';
import { RidgeFit } from './ridge-fit.ts';
import { GRID, GRID_PROBES } from './ridge-grid.ts';

/** Order of the smaller Gram matrix: packed, 16 MiB of kernel memory. */
const ORDER_MAX = 2048;

const PARAMS = {
  alpha: { kind: 'number', fallback: 'gcv', low: 1e-9, high: 1e9, word: 'gcv' },
} as const;

/** As ridge-fit.ts meters: the Gram matrix by blocks, then a factor and its trace, a third of a cube, for each probe. */
function estimate({ rows, cols }: ProblemShape, probes: number): HpuCycles {
  const [order, length] = [Math.min(rows, cols), Math.max(rows, cols)];
  const block = Math.min(length, blockRows(order));
  const gram = new Meter();
  doubleProduct(gram, Math.ceil(order / 2), block, order);
  const factor = new Meter();
  doubleProduct(factor, Math.ceil(order / 3), order, order);
  const passes = new Meter();
  passes.vector(rows * cols, 'columnSum', 'floatElement');
  return hpuCycles(passes.cycles + gram.cycles * BigInt(Math.ceil(length / block)) + factor.cycles * BigInt(probes));
}

export const ridgeTrainer: Trainer = {
  family: 'ridge',
  view: 'dense',
  watches: false,
  tasks: ['values'],
  params(raw, shape) {
    if (shape.classes !== 0) return fail('work_invalid', 'ridge fits values, not classes');
    const order = Math.min(shape.rows, shape.cols);
    if (order > ORDER_MAX || shape.cols > WEIGHTS_MAX) {
      return fail('work_too_large', `ridge on ${shape.rows} rows and ${shape.cols} columns`);
    }
    return readParams(PARAMS, raw);
  },
  estimate: (shape, params) => estimate(shape, params.alpha === 'gcv' ? GRID_PROBES : 1),
  start(kernels, set, params, key, checkpoint): Fit {
    const grid = typeof params.alpha === 'number' ? [params.alpha] : GRID;
    return new RidgeFit(kernels.linear, set, params, grid, key, checkpoint);
  },
  decode(bytes) {
    const model = decodeLinear(bytes);
    if (!model.ok) return model;
    if (model.value.classes !== 0) return fail('result_mismatch', 'a model of classes, not of values');
    return ok(linearPredictor(model.value));
  },
};

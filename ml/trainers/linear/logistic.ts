/**
 * Logistic regression, of two classes or multinomial: the mean cross-entropy plus |W|^2 / (2 c rows), with no penalty on the intercepts,
 * as scikit-learn's LogisticRegression(C=c). `balanced` gives each class the same weight as a whole.
 */
import { fail, ok } from '../../../protocol/errors.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { Fit, Trainer } from '../trainer.ts';
import { LogisticFit } from './logistic-fit.ts';
import { decodeLinear, linearPredictor, scoresOf, WEIGHTS_MAX } from './model.ts';
import { doubleProduct } from './panels.ts';
import { readParams } from './params.ts';

/** Twelve vectors of 1 MiB in a checkpoint, at most, as the minimiser remembers ten pairs. */
const VARIABLES_MAX = 1 << 17;

const PARAMS = {
  c: { kind: 'number', fallback: 1, low: 1e-6, high: 1e6 },
  balanced: { kind: 'flag', fallback: false },
  /** Of the steepest slope of the mean loss. */
  tolerance: { kind: 'number', fallback: 1e-4, low: 1e-12, high: 1 },
  iterations: { kind: 'integer', fallback: 200, low: 1, high: 10_000 },
} as const;

/** Evaluations that a fit takes, about. */
const EVALUATIONS = 60;

export const logisticTrainer: Trainer = {
  family: 'logistic',
  view: 'dense',
  watches: false,
  tasks: ['classes'],
  params(raw, shape) {
    if (shape.classes < 2) return fail('work_invalid', 'logistic regression wants two classes at least');
    const variables = (shape.cols + 1) * scoresOf(shape.classes);
    if (variables > Math.min(VARIABLES_MAX, WEIGHTS_MAX)) {
      return fail('work_too_large', `${variables} weights, at most ${VARIABLES_MAX}`);
    }
    return readParams(PARAMS, raw);
  },
  estimate({ rows, cols, classes }) {
    const meter = new Meter();
    const scores = scoresOf(classes);
    doubleProduct(meter, rows, cols, scores);
    doubleProduct(meter, cols, rows, scores);
    meter.vector(rows * scores, 'softmaxGradient');
    return hpuCycles(meter.cycles * BigInt(EVALUATIONS));
  },
  start(kernels, set, params, key, checkpoint): Fit {
    return new LogisticFit(kernels.linear, set, params, key, checkpoint);
  },
  decode(bytes) {
    const model = decodeLinear(bytes);
    if (!model.ok) return model;
    if (model.value.classes === 0) return fail('result_mismatch', 'a model of values, not of classes');
    return ok(linearPredictor(model.value));
  },
};

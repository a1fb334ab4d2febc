/**
 * In which numbers a network is scored and delivered. The first fold decides, on rows that it has not learned from: int8 where that
 * is as good, give or take a tolerance, and cheaper. All folds are then predicted as the model will predict, so that no score is of
 * another model than the one that comes back.
 */
import { vectorCycles } from '../../protocol/cycles.ts';
import { Meter } from '../meter.ts';
import { logLoss } from '../metrics/classes.ts';
import { criterionOf, SCORE_LANE_OPS, scoreOf } from '../metrics/metrics.ts';
import { meanAbsoluteError, r2, rootMeanSquaredError } from '../metrics/values.ts';
import { centredPredictions, centredTargets } from './centred.ts';
import type { JobContext } from './context.ts';
import { predictRows } from './predict-rows.ts';
import type { Fitted, RowsFit } from './rows-fit.ts';
import type { Precision, SearchSpec } from './search.ts';

/**
 * Half a point of the criterion, or of R2: a fifth to a half of the deviation between folds on small tables. In a fold of fewer than
 * 200 rows no hit may be lost.
 */
const DROP_MAX = 0.005;
/** In nats a row, as hits are few numbers: one that is gained by luck shall not hide probabilities that are worse on all other rows. */
const LIKELIHOOD_DROP_MAX = 0.02;
/** Of the error of values, whatever share of the variance it is: a nearly exact model stays nearly exact. */
const ERROR_RATIO_MAX = 1.01;

/** A fold's model with its predictions of the held-out rows. */
export interface FoldModel {
  readonly fitted: Fitted;
  /** Centred (centred.ts). */
  readonly predicted: Float32Array;
  /** Of all that was done behind the fit, a model that is not chosen included. */
  readonly cycles: bigint;
  /** Absent where the family has no int8 form. */
  readonly precision?: Precision;
}

/** `decided`: by an earlier fold. `fit` is over, without a fault. */
export function foldModel(
  context: JobContext,
  fit: RowsFit,
  scored: Int32Array,
  decided: Precision | undefined,
): FoldModel {
  const float = fit.finish();
  if (decided?.kind === 'f32') return { ...predictedBy(context, float, scored), precision: decided };
  const meter = new Meter();
  const int8 = fit.quantised(float, meter);
  if (!int8) return predictedBy(context, float, scored);
  const eights = predictedBy(context, int8, scored);
  if (decided) return { ...eights, cycles: meter.cycles + eights.cycles, precision: decided };
  const floats = predictedBy(context, float, scored);
  const compared = vectorCycles(floats.predicted.length, 2 * SCORE_LANE_OPS);
  const cycles = meter.cycles + floats.cycles + eights.cycles + compared;
  const truth = centredTargets(context.table.target, context.offset, scored);
  const isTaken = eights.cycles < floats.cycles && isAsGood(context, floats.predicted, eights.predicted, truth);
  const precision = precisionOf(context, isTaken, floats.predicted, eights.predicted, truth);
  return { ...(isTaken ? eights : floats), cycles, precision };
}

function predictedBy({ kernels, table, offset }: JobContext, fitted: Fitted, scored: Int32Array): FoldModel {
  const meter = new Meter();
  const predicted = centredPredictions(predictRows(kernels, fitted, table, scored, meter), offset);
  return { fitted, predicted, cycles: meter.cycles };
}

type Scoring = Pick<JobContext, 'classes' | 'whole'> & { readonly spec: Pick<SearchSpec, 'metric'> };

/** Whether predictions in int8 may stand for those in floats. Both are of rows that the model has not learned from. */
export function isAsGood(
  { spec: { metric }, classes, whole }: Scoring,
  float: Float32Array,
  int8: Float32Array,
  truth: Float64Array,
): boolean {
  const drop = (of: (predicted: Float32Array) => number): number => of(float) - of(int8);
  if (classes > 0) {
    const criterion = drop((predicted) => criterionOf(metric, classes, predicted, truth, whole));
    const likelihood = drop((predicted) => 0 - logLoss(predicted, truth, classes));
    return criterion <= DROP_MAX && likelihood <= LIKELIHOOD_DROP_MAX;
  }
  const error = metric === 'mae' ? meanAbsoluteError : rootMeanSquaredError;
  const ratio = error(int8, truth) <= ERROR_RATIO_MAX * error(float, truth);
  return ratio && drop((predicted) => r2(predicted, truth, whole.variance)) <= DROP_MAX;
}

function precisionOf(
  { spec, classes, whole }: Scoring,
  isTaken: boolean,
  float: Float32Array,
  int8: Float32Array,
  truth: Float64Array,
): Precision {
  const score = (predicted: Float32Array): number => scoreOf(spec.metric, classes, predicted, truth, whole);
  return { kind: isTaken ? 'int8' : 'f32', float: score(float), int8: score(int8) };
}

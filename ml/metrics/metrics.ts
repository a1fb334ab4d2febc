/** One number for a prediction, higher is better whatever the metric: losses are negated. */
import type { Metric, SearchSpec } from '../search/search.ts';
import { accuracy, balancedAccuracy, labelsOf, logLoss, type Numbers, rocAuc } from './classes.ts';
import { meanAbsoluteError, r2, rootMeanSquaredError } from './values.ts';

/** Metrics of each task, the default first. */
export const METRICS: Readonly<Record<SearchSpec['task'], readonly Metric[]>> = {
  classes: ['accuracy', 'balancedAccuracy', 'logLoss', 'rocAuc'],
  values: ['r2', 'rmse', 'mae'],
  clusters: ['silhouette'],
};

/** Lower is better; their scores are negated. */
const LOSSES: ReadonlySet<Metric> = new Set(['logLoss', 'rmse', 'mae']);

/** The metric as people know it, from a score. */
export const measureOf = (metric: Metric, score: number): number => (LOSSES.has(metric) ? 0 - score : score);

/** `truth`: class indices below `classes`, or values where that is 0. The silhouette is not of a prediction: it throws. */
export function scoreOf(metric: Metric, classes: number, predicted: Numbers, truth: Float64Array): number {
  switch (metric) {
    case 'accuracy':
      return accuracy(labelsOf(predicted, classes), truth);
    case 'balancedAccuracy':
      return balancedAccuracy(labelsOf(predicted, classes), truth, classes);
    case 'logLoss':
      return 0 - logLoss(predicted, truth, classes);
    case 'rocAuc':
      return rocAuc(predicted, truth, classes);
    case 'r2':
      return r2(predicted, truth);
    case 'rmse':
      return 0 - rootMeanSquaredError(predicted, truth);
    case 'mae':
      return 0 - meanAbsoluteError(predicted, truth);
    case 'silhouette':
      throw new RangeError('the silhouette needs the points');
  }
}

/** Lane operations of scoring a prediction, an output number: log, comparison, sum; rank statistics sort. */
export const SCORE_LANE_OPS = 32;

/** How much a likelihood counts beside a counted metric, where trials and ensembles are chosen. */
const LIKELIHOOD_SHARE = 0.1;

/**
 * What is maximised where models are chosen: the metric, and for metrics that count hits a share of the log-likelihood. On few
 * rows many candidates hit equally often; the more certain of them is the better guess for new rows.
 */
export function criterionOf(metric: Metric, classes: number, predicted: Numbers, truth: Float64Array): number {
  const score = scoreOf(metric, classes, predicted, truth);
  if (metric !== 'accuracy' && metric !== 'balancedAccuracy') return score;
  return score - LIKELIHOOD_SHARE * logLoss(predicted, truth, classes);
}

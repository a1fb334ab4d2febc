/** One number for a prediction, higher is better whatever the metric: losses are negated. */
import type { Metric, SearchSpec } from '../search/search.ts';
import { balancedProbabilities } from './balance.ts';
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

/** Of the whole table, whichever rows are scored. */
export interface Whole {
  /**
   * Of values: their variance, against which R2 is then measured. Folds of values that hardly vary so weigh no more than others, and
   * the mean of equal folds is the R2 of all rows.
   */
  readonly variance?: number;
  /** Of classes, where the metric balances them: what probabilities are multiplied by before the most probable is taken. */
  readonly classWeights?: Float64Array;
}

/**
 * `truth`: class indices below `classes`, or values where that is 0. Without `whole`, the rows that are scored are all there are, and
 * probabilities are balanced already. The silhouette is not of a prediction: it throws.
 */
export function scoreOf(
  metric: Metric,
  classes: number,
  predicted: Numbers,
  truth: Float64Array,
  whole: Whole = {},
): number {
  switch (metric) {
    case 'accuracy':
      return accuracy(labelsOf(predicted, classes), truth);
    case 'balancedAccuracy':
      return balancedAccuracy(labelsOf(balancedBy(whole, predicted), classes), truth, classes);
    case 'logLoss':
      return 0 - logLoss(predicted, truth, classes);
    case 'rocAuc':
      return rocAuc(predicted, truth, classes);
    case 'r2':
      return r2(predicted, truth, whole.variance);
    case 'rmse':
      return 0 - rootMeanSquaredError(predicted, truth);
    case 'mae':
      return 0 - meanAbsoluteError(predicted, truth);
    case 'silhouette':
      throw new RangeError('the silhouette needs the points');
  }
}

/** Probabilities as they are delivered. */
export const balancedBy = ({ classWeights }: Whole, probabilities: Numbers): Numbers =>
  classWeights ? balancedProbabilities(probabilities, classWeights) : probabilities;

/** Lane operations of scoring a prediction, an output number: log, comparison, sum; rank statistics sort. */
export const SCORE_LANE_OPS = 32;

/** How much a likelihood counts beside a counted metric, where trials and ensembles are chosen. */
const LIKELIHOOD_SHARE = 0.3;

/**
 * What is maximised where models are chosen: the metric, and for metrics that count hits a share of the log-likelihood. On few
 * rows many candidates hit equally often; the more certain of them is the better guess for new rows.
 */
export function criterionOf(
  metric: Metric,
  classes: number,
  predicted: Numbers,
  truth: Float64Array,
  whole: Whole = {},
): number {
  const score = scoreOf(metric, classes, predicted, truth, whole);
  if (metric !== 'accuracy' && metric !== 'balancedAccuracy') return score;
  return score - LIKELIHOOD_SHARE * logLoss(predicted, truth, classes);
}

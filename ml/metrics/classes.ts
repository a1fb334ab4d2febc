/**
 * Measures of predicted classes. `probabilities` are row-major, rows x classes; `truth` holds a class index a row. Definitions are
 * those of scikit-learn's metrics of the same names.
 */
import { log64 } from '../numeric/log.ts';

export type Numbers = Float32Array | Float64Array;

/** A probability below f32's epsilon counts as that: one certain error shall not outweigh every other row. */
const PROBABILITY_MIN = 2 ** -23;

/** The most probable class of each row; the first of equals. */
export function labelsOf(probabilities: Numbers, classes: number): Uint16Array {
  const labels = new Uint16Array(probabilities.length / classes);
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      const [p, most] = [probabilities[row * classes + k], probabilities[row * classes + best]] as [number, number];
      if (p > most) best = k;
    }
    labels[row] = best;
  }
  return labels;
}

/** Rows by true class (row-major) and predicted class: classes x classes counts. */
export function confusionMatrix(labels: Uint16Array, truth: Float64Array, classes: number): Uint32Array {
  const counts = new Uint32Array(classes * classes);
  for (let row = 0; row < labels.length; row++) {
    const cell = (truth[row] as number) * classes + (labels[row] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts;
}

export interface ClassReport {
  /** Rows of the class. */
  readonly support: number;
  /** Of the rows predicted as the class, those that are; 0 where none is predicted. */
  readonly precision: number;
  /** Of the rows of the class, those predicted as it; 0 where there is none. */
  readonly recall: number;
  readonly f1: number;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

export function classReports(confusion: Uint32Array, classes: number): ClassReport[] {
  const at = (row: number, column: number): number => confusion[row * classes + column] as number;
  return Array.from({ length: classes }, (_, k) => {
    let [support, predicted] = [0, 0];
    for (let other = 0; other < classes; other++) {
      support += at(k, other);
      predicted += at(other, k);
    }
    const hits = at(k, k);
    return {
      support,
      precision: share(hits, predicted),
      recall: share(hits, support),
      f1: share(2 * hits, support + predicted),
    };
  });
}

export function accuracy(labels: Uint16Array, truth: Float64Array): number {
  let hits = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] === truth[row]) hits++;
  return share(hits, labels.length);
}

/** Mean recall of the classes that are there. */
export function balancedAccuracy(labels: Uint16Array, truth: Float64Array, classes: number): number {
  const present = classReports(confusionMatrix(labels, truth, classes), classes).filter(({ support }) => support > 0);
  return share(
    present.reduce((sum, { recall }) => sum + recall, 0),
    present.length,
  );
}

/** Mean of -log p of the true class, in nats. */
export function logLoss(probabilities: Numbers, truth: Float64Array, classes: number): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row++) {
    const p = probabilities[row * classes + (truth[row] as number)] as number;
    sum -= log64(Math.max(p, PROBABILITY_MIN));
  }
  return share(sum, truth.length);
}

/**
 * Probability that a row of the class has a higher score than another row, ties counting half (the Mann-Whitney statistic).
 * Undefined where all rows are of the class, or none.
 */
function areaOf(scores: Float64Array, isOfClass: (row: number) => boolean): number | undefined {
  const order = Uint32Array.from(scores, (_, row) => row).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number) || a - b,
  );
  let [positives, rankSum] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to++;
    for (let i = from; i < to; i++) {
      if (!isOfClass(order[i] as number)) continue;
      positives++;
      rankSum += (from + to + 1) / 2;
    }
    from = to;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Binary: the area of class 1. Otherwise the mean over the classes of each against the rest. One half where undefined. */
export function rocAuc(probabilities: Numbers, truth: Float64Array, classes: number): number {
  const areas: number[] = [];
  for (let k = classes === 2 ? 1 : 0; k < classes; k++) {
    const scores = Float64Array.from(truth, (_, row) => probabilities[row * classes + k] as number);
    const area = areaOf(scores, (row) => truth[row] === k);
    if (area !== undefined) areas.push(area);
  }
  return areas.length === 0 ? 0.5 : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

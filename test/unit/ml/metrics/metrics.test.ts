import { describe, expect, it } from 'vitest';
import { balancedProbabilities, classWeights } from '../../../../ml/metrics/balance.ts';
import {
  accuracy,
  balancedAccuracy,
  classReports,
  confusionMatrix,
  labelsOf,
  logLoss,
  rocAuc,
} from '../../../../ml/metrics/classes.ts';
import { criterionOf, METRICS, measureOf, scoreOf } from '../../../../ml/metrics/metrics.ts';
import { silhouette } from '../../../../ml/metrics/silhouette.ts';
import { meanAbsoluteError, r2, rootMeanSquaredError, varianceOf } from '../../../../ml/metrics/values.ts';

const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

describe('measures of classes', () => {
  // Three classes, five rows; the fourth row is wrong.
  const probabilities = f64(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.2, 0.2, 0.6, 0.5, 0.3, 0.2, 0.6, 0.3, 0.1);
  const truth = f64(0, 1, 2, 1, 0);

  it('counts hits, by class and in all', () => {
    const labels = labelsOf(probabilities, 3);
    expect([...labels]).toEqual([0, 1, 2, 0, 0]);
    expect(accuracy(labels, truth)).toBe(0.8);
    expect(balancedAccuracy(labels, truth, 3)).toBeCloseTo((1 + 0.5 + 1) / 3, 15);
    expect([...confusionMatrix(labels, truth, 3)]).toEqual([2, 0, 0, 1, 1, 0, 0, 0, 1]);
    expect(classReports(confusionMatrix(labels, truth, 3), 3)[0]).toEqual({
      support: 2,
      precision: 2 / 3,
      recall: 1,
      f1: 0.8,
    });
  });

  it('takes the first of equally probable classes', () => {
    expect([...labelsOf(f64(0.4, 0.4, 0.2, 0.2, 0.4, 0.4), 3)]).toEqual([0, 1]);
  });

  it('gives a class that is not there no part in the balance, and zeros in its report', () => {
    const labels = Uint16Array.of(0, 0);
    expect(balancedAccuracy(labels, f64(0, 0), 3)).toBe(1);
    expect(classReports(confusionMatrix(labels, f64(0, 0), 3), 3)[2]).toEqual({
      support: 0,
      precision: 0,
      recall: 0,
      f1: 0,
    });
  });

  it('log loss is the mean of -log p, and one certain error is bounded', () => {
    const expected = -(Math.log(0.7) + Math.log(0.8) + Math.log(0.6) + Math.log(0.3) + Math.log(0.6)) / 5;
    expect(logLoss(probabilities, truth, 3)).toBeCloseTo(expected, 14);
    expect(logLoss(f64(1, 0), f64(1), 2)).toBeCloseTo(23 * Math.log(2), 12);
  });

  it('the area under the curve counts ties half', () => {
    // Scores of class 1: .1 .4 .35 .8 for 0 0 1 1: three of four pairs are in order (scikit-learn's example).
    expect(rocAuc(f64(0.9, 0.1, 0.6, 0.4, 0.65, 0.35, 0.2, 0.8), f64(0, 0, 1, 1), 2)).toBe(0.75);
    expect(rocAuc(f64(0.5, 0.5, 0.5, 0.5), f64(0, 1), 2)).toBe(0.5);
    expect(rocAuc(f64(1, 0, 0, 0, 1, 0, 0, 0, 1), f64(0, 1, 2), 3)).toBe(1);
  });

  it('where an area is not defined it is one half', () => {
    expect(rocAuc(f64(0.9, 0.1, 0.2, 0.8), f64(1, 1), 2)).toBe(0.5);
  });
});

describe('measures of values', () => {
  const truth = f64(3, -0.5, 2, 7);
  const predicted = f64(2.5, 0, 2, 8);

  it('are those of scikit-learn', () => {
    expect(r2(predicted, truth)).toBeCloseTo(0.9486081370449679, 14);
    expect(rootMeanSquaredError(predicted, truth)).toBeCloseTo(Math.sqrt(0.375), 15);
    expect(meanAbsoluteError(predicted, truth)).toBe(0.5);
  });

  it('a constant truth is explained by itself alone', () => {
    expect(r2(f64(4, 4), f64(4, 4))).toBe(1);
    expect(r2(f64(4, 5), f64(4, 4))).toBe(0);
    // Their mean is rounded, so that the plain formula finds a variance of 1e-33.
    const equal = new Float64Array(7).fill(0.1);
    expect(
      r2(
        equal.map((y) => y + 0.001),
        equal,
      ),
    ).toBe(0);
  });

  it('against the variance of a whole table, the mean of equal parts is the R2 of all', () => {
    const [truths, guesses] = [
      [f64(0, 0, 0, 0), f64(5, 9, 0, 2)],
      [f64(0.1, 0, 0.2, 0), f64(4, 8, 1, 2)],
    ] as const;
    const [truth, guess] = [f64(...truths[0], ...truths[1]), f64(...guesses[0], ...guesses[1])];
    const whole = { variance: varianceOf(truth) };
    const parts = truths.map((part, i) => scoreOf('r2', 0, guesses[i] as Float64Array, part, whole));
    expect(((parts[0] as number) + (parts[1] as number)) / 2).toBeCloseTo(r2(guess, truth), 14);
    expect(parts[0]).toBeGreaterThan(0.99);
    // By itself that part has nothing to explain.
    expect(scoreOf('r2', 0, guesses[0], truths[0])).toBe(0);
  });
});

describe('silhouette', () => {
  it('is near 1 for clusters far apart and negative for a wrong one', () => {
    const x = Float32Array.of(0, 1, 10, 11);
    const right = silhouette(x, 1, [0, 0, 1, 1]);
    expect(right).toBeCloseTo((2 * (1 - 1 / 10.5) + 2 * (1 - 1 / 9.5)) / 4, 12);
    expect(silhouette(x, 1, [0, 1, 0, 1])).toBeLessThan(0);
  });

  it('one cluster is the worst, and a point alone counts nothing', () => {
    expect(silhouette(Float32Array.of(0, 1), 1, [0, 0])).toBe(-1);
    expect(silhouette(Float32Array.of(0, 1), 1, [0, 1])).toBe(0);
  });
});

describe('scores', () => {
  it('are higher for better, whatever the metric', () => {
    const truth = f64(0, 1, 1, 0);
    const good = f64(0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.8, 0.2);
    const bad = f64(0.6, 0.4, 0.5, 0.5, 0.6, 0.4, 0.4, 0.6);
    for (const metric of METRICS.classes) {
      expect(scoreOf(metric, 2, good, truth)).toBeGreaterThan(scoreOf(metric, 2, bad, truth));
    }
    for (const metric of METRICS.values) {
      expect(scoreOf(metric, 0, f64(1, 2), f64(1, 2.1))).toBeGreaterThan(scoreOf(metric, 0, f64(2, 1), f64(1, 2.1)));
    }
    expect(measureOf('logLoss', scoreOf('logLoss', 2, good, truth))).toBeGreaterThan(0);
  });

  it('balanced accuracy takes the class that is likelier than its share, accuracy the likeliest', () => {
    const truth = f64(0, 0, 0, 0, 0, 0, 0, 0, 1, 1);
    const said = f64(
      ...Array.from(truth, (k, row) => (k === 1 ? [0.6, 0.4] : row === 0 ? [0.7, 0.3] : [0.95, 0.05])).flat(),
    );
    const whole = { classWeights: classWeights(truth, 2) };
    expect([...whole.classWeights]).toEqual([10 / 16, 10 / 4]);
    expect(scoreOf('balancedAccuracy', 2, said, truth)).toBe(0.5);
    expect(scoreOf('balancedAccuracy', 2, said, truth, whole)).toBe((7 / 8 + 1) / 2);
    expect(scoreOf('accuracy', 2, said, truth, whole)).toBe(0.8);
  });

  it('balanced probabilities sum to 1; what can only be a class without rows stays', () => {
    const weights = classWeights([0, 0, 0, 1], 3);
    const [a, b, c, ...rest] = balancedProbabilities(f64(0.75, 0.25, 0, 0, 0, 1), weights);
    expect([a, b, c]).toEqual([0.5, 0.5, 0]);
    expect(rest).toEqual([0, 0, 1]);
  });

  it('of equally many hits the more certain prediction is preferred; of a silhouette there is no prediction', () => {
    const truth = f64(0, 1);
    const [sure, unsure] = [f64(0.9, 0.1, 0.1, 0.9), f64(0.6, 0.4, 0.4, 0.6)];
    expect(scoreOf('accuracy', 2, sure, truth)).toBe(scoreOf('accuracy', 2, unsure, truth));
    expect(criterionOf('accuracy', 2, sure, truth)).toBeGreaterThan(criterionOf('accuracy', 2, unsure, truth));
    expect(() => scoreOf('silhouette', 0, sure, truth)).toThrow(RangeError);
  });
});

/** Weights that scikit-learn fits to the same sets: test/fixtures/linear/make.py, versions in the file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kmeansTrainer } from '../../../../ml/trainers/kmeans/kmeans.ts';
import { decodeClusters } from '../../../../ml/trainers/kmeans/model.ts';
import { logisticTrainer } from '../../../../ml/trainers/linear/logistic.ts';
import { decodeLinear } from '../../../../ml/trainers/linear/model.ts';
import { ridgeTrainer } from '../../../../ml/trainers/linear/ridge.ts';
import { fitWhole, predict, setOf } from './sets.ts';

interface RidgeCase {
  name: string;
  cols: number;
  x: number[];
  y: number[];
  alpha: number;
  weights: number[];
  intercept: number;
}

interface LogisticCase {
  classes: number;
  cols: number;
  x: number[];
  y: number[];
  c: number;
  balanced: boolean;
  /** A row a score. */
  weights: number[][];
  intercepts: number[];
  /** Of the first rows. */
  probabilities: number[][];
}

interface ClusterCase {
  cols: number;
  x: number[];
  clusters: number;
  inertia: number;
  labels: number[];
}

const fixture: { unit: number; ridge: RidgeCase[]; logistic: LogisticCase[]; clusters: ClusterCase[] } = JSON.parse(
  readFileSync(new URL('../../../fixtures/linear/scikit-learn.json', import.meta.url), 'utf8'),
);
const cells = (whole: number[]): number[] => whole.map((cell) => cell / fixture.unit);

function linear(model: Uint8Array) {
  const decoded = decodeLinear(model);
  if (!decoded.ok) throw new Error(decoded.evidence);
  return decoded.value;
}

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - (b[i] as number))), 0);
};

describe('ridge', () => {
  it.each(fixture.ridge)(
    'has the weights of Ridge(alpha=$alpha) on the $name set',
    ({ cols, x, y, alpha, ...peer }) => {
      const model = linear(fitWhole(ridgeTrainer, setOf(cols, cells(x), cells(y)), { alpha }).finish());
      expect(farthest(model.weights, peer.weights)).toBeLessThan(1e-12);
      expect(Math.abs((model.intercepts[0] as number) - peer.intercept)).toBeLessThan(1e-12);
    },
  );
});

describe('logistic regression', () => {
  it.each(fixture.logistic)('has the weights of C=$c, balanced $balanced, $classes classes', (peer) => {
    const { cols, classes, c, balanced } = peer;
    const set = setOf(cols, cells(peer.x), peer.y, classes);
    const model = fitWhole(logisticTrainer, set, { c, balanced, tolerance: 1e-10, iterations: 1000 }).finish();
    const { weights, intercepts } = linear(model);
    const own = peer.weights.flatMap((_, k) =>
      Array.from({ length: cols }, (_column, at) => weights[at * intercepts.length + k] as number),
    );
    expect(farthest(own, peer.weights.flat())).toBeLessThan(1e-6);
    expect(farthest(intercepts, peer.intercepts)).toBeLessThan(1e-6);
    const probabilities = predict(logisticTrainer, model, set).subarray(0, 3 * classes);
    expect(farthest(probabilities, peer.probabilities.flat())).toBeLessThan(1e-6);
  });
});

describe('k-means', () => {
  it.each(fixture.clusters)('finds the clusters of KMeans(n_clusters=$clusters)', ({ cols, x, clusters, ...peer }) => {
    const set = setOf(cols, cells(x), []);
    const fit = fitWhole(kmeansTrainer, set, { clusters, tolerance: 0 });
    expect(Math.min(...fit.curve.map(({ train }) => train)) * set.input.rows).toBeCloseTo(peer.inertia, 9);
    const own = predict(kmeansTrainer, fit.finish(), set);
    // The same partition, by whatever numbers.
    expect(new Set(Array.from(own, (label, row) => `${label} ${peer.labels[row]}`)).size).toBe(clusters);
    const decoded = decodeClusters(fit.finish());
    expect(decoded.ok && decoded.value.centres.length).toBe(clusters * cols);
  });
});

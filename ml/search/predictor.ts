/**
 * Guesses what a candidate would score from those that were tried: ridge regression in its kernel form. Its posterior also tells
 * how sure the guess is, hence how much a trial might improve on the best (Jones, Schonlau and Welch, "Efficient global
 * optimization of expensive black-box functions", 1998).
 */
import { exp64 } from '../numeric/exp.ts';
import { type Choice, dimensionsOf, placeOf } from './space.ts';

export interface Tried {
  readonly choice: Choice;
  readonly score: number;
}

export interface Guess {
  readonly mean: number;
  readonly deviation: number;
}

/** Of two candidates of one family, and of two families: what families share is the data set. */
const FAMILY_SHARE = 0.85;
/** Distance at which a grid's influence is halved, as a share of the grid's length a dimension. */
const LENGTH = 0.5;
/** Of the noise, as a share of the scores' variance: folds are the same for all, so it is small. */
const NOISE = 0.05;

/** Where a candidate stands, each dimension from 0 to 1. */
const positionOf = (choice: Choice): number[] => {
  const dimensions = dimensionsOf(choice.family);
  return placeOf(choice).map((at, d) => at / Math.max(1, (dimensions[d]?.values.length ?? 1) - 1));
};

/** Rational quadratic: positive definite, and made of a division only. */
function kernel(a: { choice: Choice; at: number[] }, b: { choice: Choice; at: number[] }): number {
  if (a.choice.family !== b.choice.family) return 1 - FAMILY_SHARE;
  let squares = 0;
  a.at.forEach((x, d) => {
    const difference = (x - (b.at[d] as number)) / LENGTH;
    squares += difference * difference;
  });
  return 1 - FAMILY_SHARE + FAMILY_SHARE / (1 + squares / Math.max(1, a.at.length));
}

/** Lower triangle L of a positive definite matrix A = L L^T, row-major n x n. */
function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (l[j * n + j] as number);
    }
  }
  return l;
}

/** x of L x = b. */
function forward(l: Float64Array, n: number, b: readonly number[]): number[] {
  const x: number[] = [];
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] as number) * (x[k] as number);
    x.push(sum / (l[i * n + i] as number));
  }
  return x;
}

/** Scores that fell far below the others tell nothing about the best: they are lifted to this many deviations below the median. */
const FLOOR_DEVIATIONS = 3;

function standardised(scores: readonly number[]): { values: number[]; mean: number; deviation: number } {
  const sorted = [...scores].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const best = sorted.at(-1) as number;
  const floor = median - FLOOR_DEVIATIONS * (best - median);
  const lifted = scores.map((score) => Math.max(score, floor));
  const mean = lifted.reduce((sum, score) => sum + score, 0) / lifted.length;
  const variance = lifted.reduce((sum, score) => sum + (score - mean) * (score - mean), 0) / lifted.length;
  const deviation = variance > 0 ? Math.sqrt(variance) : 1;
  return { values: lifted.map((score) => (score - mean) / deviation), mean, deviation };
}

/** A function that guesses any candidate's score. `tried` is not empty. */
export function fitPredictor(tried: readonly Tried[]): (choice: Choice) => Guess {
  const points = tried.map(({ choice }) => ({ choice, at: positionOf(choice) }));
  const n = points.length;
  const { values, mean, deviation } = standardised(tried.map(({ score }) => score));
  const gram = new Float64Array(n * n);
  points.forEach((a, i) => {
    points.forEach((b, j) => {
      gram[i * n + j] = kernel(a, b) + (i === j ? NOISE : 0);
    });
  });
  const l = cholesky(gram, n);
  const half = forward(l, n, values);
  return (choice) => {
    const point = { choice, at: positionOf(choice) };
    const across = forward(
      l,
      n,
      points.map((other) => kernel(other, point)),
    );
    const guess = across.reduce((sum, x, i) => sum + x * (half[i] as number), 0);
    const variance = 1 - across.reduce((sum, x) => sum + x * x, 0);
    return { mean: mean + deviation * guess, deviation: deviation * Math.sqrt(Math.max(variance, 1e-6)) };
  };
}

/** Of the standard normal distribution, Abramowitz and Stegun 26.2.17: within 7.5e-8. */
function normal(x: number): { density: number; below: number } {
  const density = 0.3989422804014327 * exp64((-x * x) / 2);
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return { density, below: x >= 0 ? 1 - tail : tail };
}

/** By how much a candidate's score is expected to exceed `best`, counting what falls short as nothing. */
export function expectedImprovement({ mean, deviation }: Guess, best: number): number {
  const z = (mean - best) / deviation;
  const { density, below } = normal(z);
  return deviation * (z * below + density);
}

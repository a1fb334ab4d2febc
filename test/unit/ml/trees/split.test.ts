/** The first split of a tree against the definition, searched by brute force in plain loops. */
import { describe, expect, it } from 'vitest';
import type { TrainSet } from '../../../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { decodeForest } from '../../../../ml/trainers/trees/decoded.ts';
import { randomForestTrainer } from '../../../../ml/trainers/trees/forest.ts';
import { fitWhole, tableOf, uniform, unwrap } from './tables.ts';

type Sides = { left: number[]; right: number[] };

/** Every way to part the rows by a number or by missing cells, columns in order. */
function* numberSplits({ input }: TrainSet): Generator<Sides> {
  const rows = Array.from({ length: input.rows }, (_, row) => row);
  for (let c = 0; c < input.cols; c++) {
    const cell = (row: number): number => input.x[row * input.cols + c] as number;
    const missing = rows.filter((row) => Number.isNaN(cell(row)));
    const present = rows.filter((row) => !Number.isNaN(cell(row)));
    for (const value of new Set(present.map(cell))) {
      const left = present.filter((row) => cell(row) <= value);
      const right = present.filter((row) => cell(row) > value);
      yield { left, right: [...right, ...missing] };
      yield { left: [...left, ...missing], right };
    }
  }
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

function giniScore(set: TrainSet, rows: number[]): number {
  const counts = Array.from({ length: set.classes }, (_, k) => rows.filter((row) => set.y[row] === k).length);
  return sum(counts.map((count) => count * count)) / rows.length;
}

function squaresScore(set: TrainSet, rows: number[], l2 = 0): number {
  const mean = sum([...set.y]) / set.y.length;
  return sum(rows.map((row) => (set.y[row] as number) - mean)) ** 2 / (rows.length + l2);
}

function bestScore(splits: Iterable<Sides>, score: (rows: number[]) => number, minLeaf = 1): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const { left, right } of splits) {
    if (left.length >= minLeaf && right.length >= minLeaf) best = Math.max(best, score(left) + score(right));
  }
  return best;
}

/** How the model's first tree parts the rows at its root. */
function rootSides(model: Uint8Array, set: TrainSet): Sides {
  const { trees, comparison } = unwrap(decodeForest(model));
  const tree = trees[0] as (typeof trees)[number];
  const column = tree.column[0] as number;
  const sides: Sides = { left: [], right: [] };
  for (let row = 0; row < set.input.rows; row++) {
    const cell = set.input.x[row * set.input.cols + column] as number;
    const threshold = tree.threshold[0] as number;
    const below = comparison === '<' ? cell < threshold : cell <= threshold;
    const subset = tree.subset[0];
    const left = Number.isNaN(cell) ? tree.missingLeft[0] === 1 : subset ? subset.includes(cell) : below;
    sides[left ? 'left' : 'right'].push(row);
  }
  return sides;
}

/** Columns of many values (sorted), of few (tallied), and both with missing cells. */
function randomTable(seed: bigint, rows: number, classes: number): TrainSet {
  const next = uniform(seed);
  return tableOf(
    rows,
    4,
    (_row, col) => {
      const u = next();
      if (col >= 2 && next() < 0.3) return Number.NaN;
      return col % 2 === 0 ? u - 0.5 : Math.floor(u * 5);
    },
    () => (classes > 0 ? Math.floor(next() * classes) : next() * 100 - 30),
    { classes },
  );
}

const oneSplit = { trees: 1, maxDepth: 1, maxFeatures: 1, bootstrap: false };

describe('the first split is the best there is', () => {
  it.each([1, 2, 3])('of a forest of classes and of values, seed %i', (seed) => {
    for (const rows of [9, 40, 120]) {
      for (const minLeaf of [1, 4]) {
        const classes = randomTable(BigInt(seed), rows, 3);
        const model = fitWhole(randomForestTrainer, classes, { ...oneSplit, minLeaf }).finish();
        const gini = (own: number[]): number => giniScore(classes, own);
        const sides = rootSides(model, classes);
        expect(gini(sides.left) + gini(sides.right)).toBeCloseTo(bestScore(numberSplits(classes), gini, minLeaf), 9);

        const values = randomTable(BigInt(seed), rows, 0);
        const other = rootSides(fitWhole(randomForestTrainer, values, { ...oneSplit, minLeaf }).finish(), values);
        const squares = (own: number[]): number => squaresScore(values, own);
        expect(squares(other.left) + squares(other.right)).toBeCloseTo(
          bestScore(numberSplits(values), squares, minLeaf),
          4,
        );
      }
    }
  });

  it.each([1, 2, 3])('of a boosting of values, seed %i', (seed) => {
    const set = randomTable(BigInt(seed), 120, 0);
    for (const l2 of [0, 5]) {
      const model = fitWhole(boostTrainer, set, { rounds: 1, maxLeaves: 2, minLeaf: 3, l2 }).finish();
      const score = (own: number[]): number => squaresScore(set, own, l2);
      const sides = rootSides(model, set);
      expect(score(sides.left) + score(sides.right)).toBeCloseTo(bestScore(numberSplits(set), score, 3), 4);
    }
  });

  it('of a boosting by categories: an order of their means, cut anywhere, missing cells among them', () => {
    const next = uniform(3n);
    const effect = [4, -3, 9, -8, 1, 6];
    const cells = Array.from({ length: 600 }, () => (next() < 0.1 ? Number.NaN : Math.floor(next() * 6)));
    const set = tableOf(
      600,
      1,
      (row) => cells[row] as number,
      (row) => (Number.isNaN(cells[row]) ? 7 : (effect[cells[row] as number] as number)) + next(),
      { categories: [6] },
    );
    const { left, right } = rootSides(fitWhole(boostTrainer, set, { rounds: 1, maxLeaves: 2 }).finish(), set);
    const of = (rows: number[]): string => [...new Set(rows.map((row) => String(cells[row])))].sort().join();
    // Negative gradients, that is high values, come first.
    expect([of(left), of(right)]).toEqual(['0,2,4,5,NaN', '1,3']);
  });
});

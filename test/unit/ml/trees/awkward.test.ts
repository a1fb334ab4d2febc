import { describe, expect, it } from 'vitest';
import type { Params, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { extraTreesTrainer, randomForestTrainer } from '../../../../ml/trainers/trees/forest.ts';
import { fitWhole, predict, tableOf } from './tables.ts';

describe('a value far from all others', () => {
  const far = (outlier: number): TrainSet =>
    tableOf(
      300,
      1,
      (row) => row,
      (row) => (row === 299 ? outlier : Math.floor(row / 100)),
    );
  it.each([3, 1e5])('does not hide what they have to tell: %d', (outlier) => {
    const set = far(outlier);
    const model = fitWhole(boostTrainer, set, { rounds: 150, minLeaf: 1 }).finish();
    const predicted = predict(boostTrainer, model, set);
    for (const row of [50, 150]) expect(Math.abs((predicted[row] as number) - Math.floor(row / 100))).toBeLessThan(0.1);
  });
});

describe('awkward tables give finite models', () => {
  const labels = (row: number): number => row % 3;
  it.each<[string, TrainSet]>([
    [
      'one row',
      tableOf(
        1,
        2,
        () => 1,
        () => 0,
        { classes: 2 },
      ),
    ],
    [
      'one row of values',
      tableOf(
        1,
        2,
        () => 1,
        () => 5,
      ),
    ],
    [
      'one class',
      tableOf(
        20,
        2,
        (row) => row,
        () => 1,
        { classes: 2 },
      ),
    ],
    ['constant columns', tableOf(20, 2, () => 4, labels, { classes: 3 })],
    ['columns without a cell', tableOf(20, 2, () => Number.NaN, labels, { classes: 3 })],
    [
      'a constant target',
      tableOf(
        20,
        2,
        (row) => row,
        () => 7,
      ),
    ],
    [
      'the largest cells',
      tableOf(20, 2, (row) => (row % 2 === 0 ? 3.4028235e38 : -3.4028235e38), labels, { classes: 3 }),
    ],
    ['the smallest cells', tableOf(20, 2, (row) => row * 1e-45, labels, { classes: 3 })],
    [
      'the largest values',
      tableOf(
        20,
        2,
        (row) => row,
        (row) => (row % 2 === 0 ? 1.7e308 : -1.7e308),
      ),
    ],
    [
      'the smallest values',
      tableOf(
        20,
        2,
        (row) => row,
        (row) => row * 5e-324,
      ),
    ],
    ['one category', tableOf(20, 1, () => 0, labels, { classes: 3, categories: [1] })],
    [
      'more categories than codes',
      tableOf(
        900,
        1,
        (row) => row % 300,
        (row) => Math.floor((row % 300) / 100),
        { classes: 3, categories: [300] },
      ),
    ],
  ])('%s', (_name, set) => {
    for (const trainer of [extraTreesTrainer, randomForestTrainer, boostTrainer]) {
      const raw: Params = trainer === boostTrainer ? { rounds: 10, l2: 0 } : { trees: 3 };
      const predicted = predict(trainer, fitWhole(trainer, set, raw).finish(), set);
      expect(predicted.every(Number.isFinite)).toBe(true);
      if (set.classes > 0) expect(predicted.reduce((a, b) => a + b, 0)).toBeCloseTo(set.input.rows, 6);
    }
  });
});

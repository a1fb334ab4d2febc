import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../ml/meter.ts';
import type { Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { extraTreesTrainer, randomForestTrainer } from '../../../../ml/trainers/trees/forest.ts';
import { fitWhole, kernels, shapeOf, splitSet, unwrap } from './tables.ts';

const wine = splitSet('wine');
const { train: concrete } = splitSet('concrete');
const COSTS: [Trainer, TrainSet, Params][] = [
  [extraTreesTrainer, wine.train, { trees: 5 }],
  [extraTreesTrainer, concrete, { trees: 2 }],
  [randomForestTrainer, wine.train, { trees: 5 }],
  [randomForestTrainer, concrete, { trees: 2 }],
  [boostTrainer, wine.train, { rounds: 6 }],
  [boostTrainer, concrete, { rounds: 6 }],
];

describe('params', () => {
  const shape = { rows: 1000, cols: 10, classes: 2 };
  it('fill in defaults, and again give themselves', () => {
    for (const trainer of [extraTreesTrainer, randomForestTrainer, boostTrainer]) {
      const params = unwrap(trainer.params({}, shape));
      expect(unwrap(trainer.params(params, shape))).toEqual(params);
      expect(trainer.estimate(shape, params)).toBeGreaterThan(0n);
    }
    expect(unwrap(boostTrainer.params({}, { ...shape, cols: 4000 })).bins).toBeLessThan(255);
  });

  it.each<[string, Trainer, Params, string]>([
    ['extraTrees', extraTreesTrainer, { trees: 0 }, 'trees'],
    ['extraTrees', extraTreesTrainer, { trees: 2.5 }, 'trees'],
    ['randomForest', randomForestTrainer, { maxFeatures: 1.1 }, 'maxFeatures'],
    ['randomForest', randomForestTrainer, { bootstrap: 1 }, 'bootstrap'],
    ['randomForest', randomForestTrainer, { maxDepth: Number.NaN }, 'maxDepth'],
    ['boost', boostTrainer, { learningRate: 0 }, 'learningRate'],
    ['boost', boostTrainer, { bins: 256 }, 'bins'],
    ['boost', boostTrainer, { rounds: '9' }, 'rounds'],
    ['boost', boostTrainer, { leaves: 31 }, 'leaves'],
  ])('refuse of %s, case %#', (_name, trainer, raw, param) => {
    expect(trainer.params(raw, shape)).toMatchObject({ ok: false, code: 'work_invalid', param });
  });

  it('take every shape of a table of four million cells, but for the longest', () => {
    for (const trainer of [extraTreesTrainer, randomForestTrainer, boostTrainer]) {
      for (const [rows, cols] of [
        [256, 16_384],
        [4096, 1024],
        [200_000, 20],
      ] as const) {
        expect(trainer.params({}, { rows, cols, classes: 2 }).ok).toBe(true);
      }
    }
  });

  it('are tightened where they would allow a model of more leaves than one may have', () => {
    const large = { rows: 50_000, cols: 10, classes: 0 };
    expect(unwrap(extraTreesTrainer.params({ trees: 200 }, large)).minLeaf).toBe(10);
    expect(unwrap(extraTreesTrainer.params({ trees: 200, minLeaf: 12 }, large)).minLeaf).toBe(12);
    const many = { rows: 1000, cols: 10, classes: 100 };
    expect(unwrap(boostTrainer.params({ rounds: 1000 }, many)).maxLeaves).toBe(10);
    expect(unwrap(boostTrainer.params({ rounds: 10 }, many)).maxLeaves).toBe(31);
  });

  it('refuse rows beyond the memory', () => {
    const large = { rows: 2_000_000, cols: 50, classes: 2 };
    for (const trainer of [extraTreesTrainer, boostTrainer]) {
      expect(trainer.params({}, large)).toMatchObject({ ok: false, code: 'work_too_large' });
    }
  });

  it('plan about what a fit then costs', () => {
    for (const [trainer, set, raw] of COSTS) {
      const fit = fitWhole(trainer, set, raw);
      const planned = Number(trainer.estimate(shapeOf(set), unwrap(trainer.params(raw, shapeOf(set)))));
      expect(Number(fit.cycles) / planned).toBeGreaterThan(1 / 5);
      expect(Number(fit.cycles) / planned).toBeLessThan(5);
    }
    const meter = new Meter();
    unwrap(boostTrainer.decode(fitWhole(boostTrainer, wine.train, { rounds: 2 }).finish())).predict(
      kernels,
      wine.test.input,
      meter,
    );
    expect(meter.cycles).toBeGreaterThan(0n);
  });
});

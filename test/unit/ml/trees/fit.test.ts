import { describe, expect, it } from 'vitest';
import type { Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { boostTrainer } from '../../../../ml/trainers/trees/boost.ts';
import { extraTreesTrainer, randomForestTrainer } from '../../../../ml/trainers/trees/forest.ts';
import {
  firstRows,
  fitWhole,
  KEY,
  kernels,
  newKernels,
  predict,
  scoreOf,
  sha256,
  shapeOf,
  splitSet,
  startFit,
  tableOf,
  uniform,
  unwrap,
} from './tables.ts';

const wine = splitSet('wine');
const concrete = splitSet('concrete');
/** Enough to cut: every slice codes its columns anew. */
const fewRows = firstRows(concrete.train, 250);

/** Missing cells, a column of categories, and rows to watch. */
function spoilt(set: TrainSet, watched?: TrainSet): TrainSet {
  const x = set.input.x.slice();
  for (let i = 0; i < x.length; i += 7) x[i] = Number.NaN;
  for (let row = 0; row < set.input.rows; row++) x[row * set.input.cols + 1] = row % 4;
  const categories = set.categories.slice();
  categories[1] = 4;
  return { ...set, input: { ...set.input, x }, categories, ...(watched ? { watched } : {}) };
}

const CASES: [string, Trainer, TrainSet, Params][] = [
  ['extra trees of classes', extraTreesTrainer, spoilt(wine.train), { trees: 5 }],
  ['extra trees of values', extraTreesTrainer, spoilt(fewRows), { trees: 2 }],
  ['a random forest of classes', randomForestTrainer, spoilt(wine.train), { trees: 5 }],
  ['a random forest of values', randomForestTrainer, spoilt(fewRows), { trees: 2 }],
  ['boosted classes', boostTrainer, spoilt(wine.train, wine.test), { rounds: 6, rowSample: 0.7, columnSample: 0.6 }],
  ['boosted values', boostTrainer, spoilt(fewRows, concrete.test), { rounds: 6, rowSample: 0.9, patience: 3 }],
];

describe('a fit cut anywhere', () => {
  it.each(CASES)(
    '%s: the same bytes and cycles in one slice, in many, and from a checkpoint after each',
    (_name, trainer, set, raw) => {
      const whole = fitWhole(trainer, set, raw);
      const sliced = startFit(trainer, set, raw);
      while (!sliced.advance(5000));
      expect(sha256(sliced.finish())).toBe(sha256(whole.finish()));
      expect(sliced.cycles).toBe(whole.cycles);
      let checkpoint: Uint8Array | undefined;
      let slices = 0;
      for (let done = false; !done; slices++) {
        const fit = startFit(trainer, set, raw, checkpoint, slices % 2 === 0 ? kernels : newKernels());
        done = fit.advance(15_000);
        checkpoint = fit.checkpoint();
      }
      const last = startFit(trainer, set, raw, checkpoint);
      expect(last.advance(1)).toBe(true);
      expect(sha256(last.finish())).toBe(sha256(whole.finish()));
      expect([last.cycles, last.curve]).toEqual([whole.cycles, whole.curve]);
      expect(slices).toBeGreaterThan(3);
    },
  );

  it('shares its kernel with other fits and with predictions', () => {
    const expected = CASES.map(([, trainer, set, raw]) => sha256(fitWhole(trainer, set, raw).finish()));
    const model = fitWhole(boostTrainer, wine.train, { rounds: 2 }).finish();
    const fits = CASES.map(([, trainer, set, raw]) => startFit(trainer, set, raw));
    for (let busy = true; busy; ) {
      busy = fits.map((fit) => fit.advance(200_000)).includes(false);
      predict(boostTrainer, model, wine.test);
    }
    expect(fits.map((fit) => sha256(fit.finish()))).toEqual(expected);
  });

  it('refuses the checkpoint of another fit, and bytes that are none', () => {
    const { train } = wine;
    for (const [trainer, raw] of [
      [randomForestTrainer, { trees: 3 }],
      [boostTrainer, { rounds: 3 }],
    ] as [Trainer, Params][]) {
      const fit = startFit(trainer, train, raw);
      fit.advance(50_000);
      const checkpoint = fit.checkpoint();
      const params = unwrap(trainer.params(raw, shapeOf(train)));
      const start = (bytes: Uint8Array, set = train, key = KEY) =>
        trainer.start(kernels, set, params, key, bytes).advance(1);
      expect(() => start(checkpoint)).not.toThrow();
      expect(() => start(checkpoint, train, [7, 12])).toThrow(RangeError);
      expect(() => start(checkpoint, concrete.train)).toThrow(RangeError);
      expect(() => start(checkpoint.slice(0, -1))).toThrow(RangeError);
      expect(() => start(Uint8Array.of(...checkpoint, 0))).toThrow(RangeError);
      expect(() => start(new Uint8Array(0))).toThrow(RangeError);
    }
  });

  it('gives no model before it is over', () => {
    for (const trainer of [extraTreesTrainer, boostTrainer]) {
      const fit = startFit(trainer, wine.train, {});
      expect(fit.advance(1)).toBe(false);
      expect(() => fit.finish()).toThrow(/are (grown|done)/);
    }
  });
});

describe('accuracy and bytes', () => {
  it('extra trees learn the digits, in less than 1 MB for a hundred trees', () => {
    const { train, test } = splitSet('digits');
    const model = fitWhole(extraTreesTrainer, train).finish();
    expect(model.length).toBeLessThan(1_000_000);
    expect(scoreOf(predict(extraTreesTrainer, model, test), test)).toBeGreaterThan(0.97);
  });

  it.each<[string, Trainer, number]>([
    ['extra trees', extraTreesTrainer, 0.88],
    ['a random forest', randomForestTrainer, 0.87],
    ['boosting', boostTrainer, 0.9],
  ])('%s explain the strength of concrete', (_name, trainer, least) => {
    const model = fitWhole(trainer, concrete.train).finish();
    expect(scoreOf(predict(trainer, model, concrete.test), concrete.test)).toBeGreaterThan(least);
  });

  it('are those of the version before', () => {
    expect(
      CASES.map(([name, trainer, set, raw]) => `${name}: ${sha256(fitWhole(trainer, set, raw).finish())}`),
    ).toMatchInlineSnapshot(`
      [
        "extra trees of classes: 1d85e1b4f7acfe5dad5bd4582881cd203468426b5fb8d8b7ccbd14c108f7e409",
        "extra trees of values: be8a0246c141b5765f46971422ee65f6690c4e0a23c13959bd8b36f87df29bf8",
        "a random forest of classes: 51f494241742bd5adfbad0958789f615f9dd1dc2f77e2c2a15634e2baf0c6cc8",
        "a random forest of values: 8c0f37ebc898ff88ab4b91dc5af7fb5342ad3d7dd2cbcff20b088eb1e7ec795f",
        "boosted classes: 319bece55c8964608f3c2a1d3a79c7d167f6dd38046f31ea50b3ec218a361a3a",
        "boosted values: 44f8fbd127db240de813a67ebd9ee4b291e850231ff424da5d04d36ed0fe2a6e",
      ]
    `);
  });

  it('depend on the key, and on every row', () => {
    for (const [, trainer, set, raw] of CASES) {
      const params = unwrap(trainer.params(raw, shapeOf(set)));
      const bytes = (own: TrainSet, key: [number, number]): string => {
        const fit = trainer.start(kernels, own, params, key);
        while (!fit.advance(1e9));
        return sha256(fit.finish());
      };
      const y = set.y.slice();
      y[3] = set.classes > 0 ? ((y[3] as number) + 1) % set.classes : (y[3] as number) + 9;
      expect(bytes(set, [1, 2])).not.toBe(bytes(set, [1, 3]));
      expect(bytes(set, [1, 2])).not.toBe(bytes({ ...set, y }, [1, 2]));
    }
  });
});

describe('what a tree learns from', () => {
  it('a missing cell, where that is all that tells', () => {
    const next = uniform(5n);
    const set = tableOf(
      200,
      2,
      (row, col) => (col === 0 && row % 3 === 0 ? Number.NaN : next()),
      (row) => (row % 3 === 0 ? 1 : 0),
      { classes: 2 },
    );
    for (const trainer of [extraTreesTrainer, randomForestTrainer, boostTrainer]) {
      const model = fitWhole(
        trainer,
        set,
        trainer === boostTrainer ? { rounds: 20 } : { trees: 20, maxFeatures: 1 },
      ).finish();
      expect(scoreOf(predict(trainer, model, set), set)).toBe(1);
    }
  });

  it('columns that matter, by their importance', () => {
    const next = uniform(6n);
    const set = tableOf(
      300,
      3,
      () => next(),
      (row) => row,
    );
    const told = {
      ...set,
      y: Float64Array.from({ length: 300 }, (_, row) => 5 * (set.input.x[row * 3 + 1] as number)),
    };
    for (const trainer of [extraTreesTrainer, randomForestTrainer, boostTrainer]) {
      const model = fitWhole(trainer, told, trainer === boostTrainer ? { rounds: 20 } : { trees: 20 }).finish();
      const importance = unwrap(trainer.decode(model)).importance?.() as Float64Array;
      expect(importance[1]).toBeGreaterThan(0.8);
      expect(importance.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    }
  });

  it('watched rows: boosting stops after `patience` rounds without a better loss, and keeps the best', () => {
    const { train, test } = splitSet('diabetes');
    const set = { ...train, watched: test };
    const fit = fitWhole(boostTrainer, set, { rounds: 300, patience: 10, learningRate: 0.2 });
    const losses = fit.curve.map((point) => point.watched as number);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 1 + 10);
    const predicted = predict(boostTrainer, fit.finish(), test);
    const squares = test.y.reduce((sum, own, row) => sum + (own - (predicted[row] as number)) ** 2, 0) / test.y.length;
    expect(squares / (losses[best] as number)).toBeCloseTo(1, 5);
    expect(fitWhole(boostTrainer, set, { rounds: 60, patience: 0, learningRate: 0.2 }).curve).toHaveLength(60);
  });
});

import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../../../hpu/node.ts';
import { Meter } from '../../../../ml/meter.ts';
import type { TrainerKernels } from '../../../../ml/trainers/kernels.ts';
import { cnnTrainer } from '../../../../ml/trainers/network/cnn.ts';
import { createNetworkKernel } from '../../../../ml/trainers/network/kernel.ts';
import { mlpTrainer } from '../../../../ml/trainers/network/mlp.ts';
import type { Fit, Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { unwrap } from '../digits.ts';
import { digits, filled, fitOf, KEY, kernels, made, modelHash, problemOf, startFit } from './sets.ts';

const train = digits(0, 900);
const heldOut = digits(900, 1300);

function accuracy(trainer: Trainer, fit: Fit, set: TrainSet): number {
  const scores = unwrap(trainer.decode(fit.finish())).predict(kernels, set.input, new Meter());
  let right = 0;
  for (let row = 0; row < set.input.rows; row++) {
    const own = Array.from(scores.subarray(row * 10, row * 10 + 10));
    if (own.indexOf(Math.max(...own)) === set.y[row]) right++;
  }
  return right / set.input.rows;
}

const SMALL: readonly [string, Trainer, TrainSet, Params][] = [
  [
    'mlp with dropout',
    mlpTrainer,
    { ...digits(0, 75), watched: digits(100, 170) },
    { epochs: 3, width: 12, dropout: 0.2 },
  ],
  [
    'mlp by sgd, values',
    mlpTrainer,
    made(41, 0),
    { epochs: 4, optimiser: 'sgd', learningRate: 0.05, layers: 3, width: 9 },
  ],
  ['cnn that shifts', cnnTrainer, { ...digits(0, 50), watched: digits(60, 100) }, { epochs: 2, filters: 8, shift: 1 }],
];

describe('a fit', () => {
  it('learns the digits: mlp', () => {
    const fit = fitOf(mlpTrainer, train, { epochs: 20, width: 64 });
    expect(accuracy(mlpTrainer, fit, heldOut)).toBeGreaterThan(0.93);
    expect(fit.curve).toHaveLength(20);
    expect(fit.curve.at(-1)?.train).toBeLessThan((fit.curve[0]?.train as number) / 10);
  });

  it('learns the digits: cnn', () => {
    const fit = fitOf(cnnTrainer, train, { epochs: 6, filters: 8, batch: 32 });
    expect(accuracy(cnnTrainer, fit, heldOut)).toBeGreaterThan(0.9);
  });

  it('learns values in their own unit', () => {
    const set = made(400, 0);
    const fit = fitOf(mlpTrainer, set, { epochs: 60, width: 32 });
    const values = unwrap(mlpTrainer.decode(fit.finish())).predict(kernels, set.input, new Meter());
    const squares = values.reduce((sum, value, i) => sum + (value - (set.y[i] as number)) ** 2, 0);
    expect(Math.sqrt(squares / 400)).toBeLessThan(20);
  });

  it.each(SMALL)(
    'gives the same bytes, cycles and curve in one slice, in many, and through checkpoints: %s',
    (_, trainer, set, raw) => {
      const whole = fitOf(trainer, set, raw);
      const sliced = startFit(trainer, set, raw);
      let slices = 1;
      for (; !sliced.advance(1); slices++);
      let resumed = startFit(trainer, set, raw);
      while (!resumed.advance(1)) resumed = startFit(trainer, set, raw, resumed.checkpoint());
      expect(slices).toBeGreaterThan(6);
      for (const other of [sliced, resumed, startFit(trainer, set, raw, whole.checkpoint())]) {
        expect(modelHash(other)).toBe(modelHash(whole));
        expect([other.cycles, other.curve]).toEqual([whole.cycles, whole.curve]);
      }
    },
  );

  it.each(SMALL)('gives the same bytes by either tile: %s', (_, trainer, set, raw) => {
    const shuffling = { network: createNetworkKernel(loadKernel('network'), 'shuffle') } as unknown as TrainerKernels;
    const fit = trainer.start(shuffling, set, filled(trainer, set, raw), KEY);
    while (!fit.advance(Number.MAX_SAFE_INTEGER));
    expect(modelHash(fit)).toBe(modelHash(fitOf(trainer, set, raw)));
  });

  it('shares the kernel with other fits and predictions', () => {
    const [, trainer, set, raw] = SMALL[0] as (typeof SMALL)[number];
    const [one, other] = [startFit(trainer, set, raw), startFit(cnnTrainer, digits(0, 40), { epochs: 1 })];
    const predictor = unwrap(mlpTrainer.decode(fitOf(mlpTrainer, made(9, 2), { epochs: 1 }).finish()));
    while (!one.advance(1)) {
      other.advance(1);
      predictor.predict(kernels, made(5, 2).input, new Meter());
    }
    expect(modelHash(one)).toBe(modelHash(fitOf(trainer, set, raw)));
  });

  it('depends on its key, and costs the same with any', () => {
    const set = made(40, 2);
    const params = filled(mlpTrainer, set, { epochs: 1 });
    const models = [
      [1, 2],
      [1, 3],
    ].map((key) => {
      const fit = mlpTrainer.start(kernels, set, params, key as [number, number]);
      fit.advance(Number.MAX_SAFE_INTEGER);
      return fit;
    });
    expect(modelHash(models[0] as Fit)).not.toBe(modelHash(models[1] as Fit));
    expect(models[0]?.cycles).toBe(models[1]?.cycles);
    expect(models[0]?.cycles).toBe(mlpTrainer.estimate(problemOf(set), params));
  });

  it('keeps the weights of the lowest watched loss, and stops when patience ends', () => {
    const watched = { ...made(30, 2), y: Float64Array.from({ length: 30 }, (_, i) => (i * i) % 2) };
    const set = { ...made(30, 2), y: watched.y.map((label, i) => (i % 3 === 0 ? 1 - label : label)), watched };
    const fit = fitOf(mlpTrainer, set, { epochs: 400, patience: 10, learningRate: 0.02, schedule: 'constant' });
    const losses = fit.curve.map((point) => point.watched as number);
    const lowest = Math.min(...losses);
    expect(fit.curve.length).toBeLessThan(400);
    expect(losses.at(-1)).toBeGreaterThan(lowest);
    const scores = unwrap(mlpTrainer.decode(fit.finish())).predict(kernels, watched.input, new Meter());
    const loss = watched.y.reduce((sum, label, row) => sum - Math.log(scores[2 * row + label] as number) / 30, 0);
    expect(loss).toBeCloseTo(lowest, 4);
  });

  it('refuses to end early, and a checkpoint of another fit or cut short', () => {
    const fit = startFit(mlpTrainer, made(40, 2), {});
    fit.advance(1);
    expect(() => fit.finish()).toThrow('not over');
    const bytes = fit.checkpoint();
    expect(() => startFit(mlpTrainer, made(40, 2), { layers: 1 }, bytes)).toThrow(RangeError);
    expect(() => startFit(mlpTrainer, made(41, 2), {}, bytes)).toThrow(RangeError);
    for (const length of [0, 40, bytes.length - 1]) {
      expect(() => startFit(mlpTrainer, made(40, 2), {}, bytes.slice(0, length))).toThrow(RangeError);
    }
    expect(() => startFit(mlpTrainer, made(40, 2), {}, Uint8Array.of(...bytes, 0))).toThrow(RangeError);
  });
});

describe('awkward sets end in numbers', () => {
  const cells: [string, (i: number) => number][] = [
    ['constant columns', () => 0.1],
    ['the largest floats', (i) => (i % 2 === 0 ? 3.4e38 : -3.4e38)],
    ['the smallest floats', (i) => (i % 3) * 1e-45],
    ['no number at all', () => Number.NaN],
  ];
  it.each(cells)('%s, by rates that diverge', (_, cell) => {
    for (const classes of [3, 0]) {
      const set = made(24, classes, cell);
      const y = set.y.map((v, i) => (classes > 0 ? v : ([1e308, -1e308, 3][i % 3] as number)));
      for (const optimiser of ['sgd', 'adam']) {
        const fit = fitOf(
          mlpTrainer,
          { ...set, y },
          { epochs: 8, learningRate: 1, momentum: 0.99, layers: 3, optimiser },
        );
        const scores = unwrap(mlpTrainer.decode(fit.finish())).predict(kernels, set.input, new Meter());
        expect(scores.every(Number.isFinite)).toBe(true);
        expect(fit.curve.every(({ train: loss }) => Number.isFinite(loss))).toBe(true);
      }
    }
  });

  it.each<[string, Trainer, number, TrainSet['image']?]>([
    ['10,000 columns', mlpTrainer, 10_000],
    ['images of 128 x 128 in colour', cnnTrainer, 49_152, { height: 128, width: 128, channels: 3 }],
  ])('%s fit in kernel memory', (_, trainer, cols, image) => {
    const x = Float32Array.from({ length: 3 * cols }, (_cell, i) => (i % 7) / 7);
    const categories = new Uint16Array(cols);
    const set = { input: { rows: 3, cols, x }, y: Float64Array.of(0, 1, 2), classes: 3, categories };
    const fit = fitOf(trainer, { ...set, ...(image ? { image } : {}) }, { epochs: 1, batch: 512 / (image ? 32 : 4) });
    expect(trainer.decode(fit.finish()).ok).toBe(true);
  });

  it('one row, a constant target, a batch beyond the rows', () => {
    const set = { ...made(1, 0), y: Float64Array.of(7.5) };
    const values = unwrap(mlpTrainer.decode(fitOf(mlpTrainer, set, { batch: 512, epochs: 60 }).finish()));
    expect(values.predict(kernels, set.input, new Meter())[0]).toBeCloseTo(7.5, 0);
    expect(values.predict(kernels, { rows: 0, cols: 3, x: new Float32Array(0) }, new Meter())).toHaveLength(0);
  });
});

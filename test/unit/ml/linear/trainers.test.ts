import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../ml/meter.ts';
import { kmeansTrainer } from '../../../../ml/trainers/kmeans/kmeans.ts';
import { logisticTrainer } from '../../../../ml/trainers/linear/logistic.ts';
import { ridgeTrainer } from '../../../../ml/trainers/linear/ridge.ts';
import { FAMILIES, type Params, type Trainer, type TrainSet } from '../../../../ml/trainers/trainer.ts';
import { trainerOf } from '../../../../ml/trainers/trainers.ts';
import { fitInSlices, fitWhole, kernels, noise, paramsOf, predict, setOf, startFit } from './sets.ts';

/** 700 x 5: more rows than a block holds, so that sums go over several. */
const tall = (classes: number): TrainSet => {
  const x = Float32Array.from({ length: 3500 }, (_, i) => noise(i));
  const y = Float64Array.from({ length: 700 }, (_, row) => {
    const score = 2 * (x[row * 5] as number) - (x[row * 5 + 3] as number) + 0.5 * noise(row + 9000);
    return classes === 0 ? score : Math.min(classes - 1, Math.max(0, Math.floor(((score + 3) / 6) * classes)));
  });
  return setOf(5, x, y, classes);
};
const wide = setOf(
  300,
  Array.from({ length: 40 * 300 }, (_, i) => noise(i)),
  Array.from({ length: 40 }, (_, row) => noise(row * 3)),
);

describe('the registry', () => {
  it('has each family under its own name', () => {
    for (const family of FAMILIES) expect(trainerOf(family).family).toBe(family);
  });
});

describe('a fit cut anywhere', () => {
  it.each<[string, Trainer, TrainSet, Params]>([
    ['ridge', ridgeTrainer, tall(0), { alpha: 3 }],
    ['ridge that chooses its penalty', ridgeTrainer, tall(0), {}],
    ['ridge by the dual', ridgeTrainer, wide, {}],
    ['logistic of two classes', logisticTrainer, tall(2), {}],
    ['logistic of four classes', logisticTrainer, tall(4), { c: 10, balanced: true }],
    ['k-means', kmeansTrainer, tall(0), { clusters: 5, restarts: 2 }],
  ])('%s: the same bytes, cycles and curve as in one slice, on two hosts', (_name, trainer, set, params) => {
    const whole = fitWhole(trainer, set, params);
    const { fit, slices } = fitInSlices(trainer, set, params);
    expect(slices).toBeGreaterThan(2);
    expect(fit.finish()).toEqual(whole.finish());
    expect(fit.cycles).toBe(whole.cycles);
    expect(fit.curve).toEqual(whole.curve);
    const resumed = startFit(trainer, set, params, fit.checkpoint());
    expect(resumed.advance(1)).toBe(true);
    expect(resumed.finish()).toEqual(whole.finish());
  });

  it.each<[Trainer, TrainSet]>([
    [ridgeTrainer, tall(0)],
    [logisticTrainer, tall(3)],
    [kmeansTrainer, tall(0)],
  ])('refuses to end early, and a checkpoint that is not its own', (trainer, set) => {
    const fit = startFit(trainer, set, {});
    fit.advance(1);
    expect(() => fit.finish()).toThrow();
    const bytes = fit.checkpoint();
    const other =
      trainer.family === 'logistic' ? { c: 2 } : trainer.family === 'ridge' ? { alpha: 2 } : { clusters: 3 };
    expect(() => startFit(trainer, set, other, bytes)).toThrow();
    for (const cut of [0, 20, bytes.length - 1])
      expect(() => startFit(trainer, set, {}, bytes.slice(0, cut))).toThrow();
    expect(() => startFit(trainer, set, {}, Uint8Array.of(...bytes, 0))).toThrow();
  });
});

describe('what a fit costs', () => {
  it('is more than nothing, grows with the rows, and is guessed within a factor of four', () => {
    for (const [trainer, set] of [
      [ridgeTrainer, tall(0)],
      [logisticTrainer, tall(3)],
      [kmeansTrainer, tall(0)],
    ] as const) {
      const { cycles } = fitWhole(trainer, set, {});
      const { rows, cols } = set.input;
      const estimate = trainer.estimate({ rows, cols, classes: set.classes }, paramsOf(trainer, set, {}));
      const ratio = Number(estimate) / Number(cycles);
      expect(ratio, trainer.family).toBeGreaterThan(0.25);
      expect(ratio, trainer.family).toBeLessThan(4);
      const meter = new Meter();
      predict(trainer, fitWhole(trainer, set, {}).finish(), set, meter);
      expect(meter.cycles).toBeGreaterThan(0n);
    }
  });
});

describe('ridge that chooses its penalty', () => {
  it('takes a small one for a clear signal and a large one for noise', () => {
    const weightOf = (set: TrainSet, params: Params): number => {
      const predictor = ridgeTrainer.decode(fitWhole(ridgeTrainer, set, params).finish());
      if (!predictor.ok) throw new Error(predictor.evidence);
      const values = predictor.value.predict(
        kernels,
        { rows: 1, cols: 5, x: Float32Array.of(1, 0, 0, 0, 0) },
        new Meter(),
      );
      return values[0] as number;
    };
    const clear = tall(0);
    const pure = { ...clear, y: Float64Array.from({ length: 700 }, (_, row) => noise(row * row + 31)) };
    expect(weightOf(clear, {})).toBeCloseTo(weightOf(clear, { alpha: 1e-9 }), 1);
    expect(Math.abs(weightOf(pure, {}))).toBeLessThan(0.5 * Math.abs(weightOf(pure, { alpha: 1e-9 })) + 0.02);
  });
});

describe('awkward data gives finite models', () => {
  const ends = [3.4e38, -3.4e38, 1e-45, 0, 1];
  const sets: [string, (i: number) => number][] = [
    ['constant columns', () => 0.1],
    ['collinear columns', (i) => noise(Math.floor(i / 4))],
    ['the ends of f32', (i) => ends[i % 5] as number],
    ['one outlier', (i) => (i === 17 ? 1e30 : noise(i))],
  ];
  const rows = 30;
  const targets: [string, number, (row: number) => number][] = [
    ['huge values', 0, (row) => noise(row) * 1.7e308],
    ['tiny values', 0, (row) => noise(row) * 5e-324],
    ['one value', 0, () => 7],
    ['two classes', 2, (row) => row % 2],
    ['only the first class', 2, () => 0],
    ['only the second class', 2, () => 1],
    ['two of four classes', 4, (row) => (row % 2) * 3],
    ['one of four classes', 4, () => 2],
  ];
  it.each(sets.flatMap(([name, cell]) => targets.map((target) => [name, target[0], cell, target] as const)))(
    '%s, %s',
    (_set, _target, cell, [, classes, label]) => {
      const x = Array.from({ length: rows * 4 }, (_, i) => cell(i));
      const y = Array.from({ length: rows }, (_, row) => label(row));
      const set = setOf(4, x, y, classes);
      for (const params of classes > 0 ? [{ c: 1 }, { c: 1e6 }] : [{}, { alpha: 1e-9 }]) {
        const trainer = classes > 0 ? logisticTrainer : ridgeTrainer;
        const fit = fitWhole(trainer, set, params);
        const out = predict(trainer, fit.finish(), set);
        expect(out.every(Number.isFinite)).toBe(true);
        for (let row = 0; classes > 0 && row < rows; row++) {
          const sum = out.subarray(row * classes, (row + 1) * classes).reduce((total, p) => total + p, 0);
          expect(sum).toBeCloseTo(1, 12);
        }
        const only = new Set(y);
        if (classes > 0 && only.size === 1) expect(out[y[0] as number]).toBeGreaterThan(0.99);
        const shares = trainer.decode(fit.finish());
        if (!shares.ok) throw new Error(shares.evidence);
        expect(shares.value.importance?.().reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }
      const clusters = fitWhole(kmeansTrainer, { ...set, y: new Float64Array(0), classes: 0 }, { clusters: 6 });
      const labels = predict(kmeansTrainer, clusters.finish(), set);
      expect(labels.every((cluster) => Number.isInteger(cluster) && cluster >= 0 && cluster < 6)).toBe(true);
    },
  );

  it('never predicts a class without rows', () => {
    const set = setOf(
      1,
      Array.from({ length: 60 }, (_, i) => noise(i)),
      Array.from({ length: 60 }, (_, i) => (i % 2) * 2),
      3,
    );
    const out = predict(logisticTrainer, fitWhole(logisticTrainer, set, {}).finish(), set);
    for (let row = 0; row < 60; row++) expect(out[row * 3 + 1]).toBeLessThan(1e-100);
  });
});

describe('parameters', () => {
  const shape = { rows: 100, cols: 4, classes: 3 };
  it.each<[Trainer, Params, number, string]>([
    [logisticTrainer, { c: 0 }, 3, 'c'],
    [logisticTrainer, { c: Number.NaN }, 3, 'c'],
    [logisticTrainer, { balanced: 1 }, 3, 'balanced'],
    [logisticTrainer, { iterations: 1.5 }, 3, 'iterations'],
    [logisticTrainer, { C: 1 }, 3, 'C'],
    [logisticTrainer, {}, 0, 'classes'],
    [ridgeTrainer, { alpha: -1 }, 0, 'alpha'],
    [ridgeTrainer, { alpha: 'loo' }, 0, 'alpha'],
    [ridgeTrainer, { constructor: 1 }, 0, 'constructor'],
    [ridgeTrainer, {}, 2, 'classes'],
    [kmeansTrainer, { clusters: 101 }, 0, 'clusters'],
    [kmeansTrainer, { clusters: 64.5 }, 0, 'clusters'],
  ])('%o refuses %o', (trainer, raw, classes, name) => {
    const params = trainer.params(raw, { ...shape, classes, rows: raw.clusters === 101 ? 10 : 100 });
    expect(params).toMatchObject({ ok: false, code: 'work_invalid' });
    expect((params as { evidence: string }).evidence).toContain(name);
  });

  it('fill in defaults, and refuse what kernel memory can not hold', () => {
    expect(logisticTrainer.params({ c: 2 }, shape)).toMatchObject({ ok: true, value: { c: 2, balanced: false } });
    expect(ridgeTrainer.params({}, { ...shape, classes: 0 })).toEqual({ ok: true, value: { alpha: 'gcv' } });
    expect(ridgeTrainer.params({}, { rows: 3000, cols: 3000, classes: 0 })).toMatchObject({ code: 'work_too_large' });
    expect(logisticTrainer.params({}, { rows: 9, cols: 10_000, classes: 99 })).toMatchObject({
      code: 'work_too_large',
    });
  });
});

describe('models', () => {
  it.each<[Trainer, TrainSet, Trainer]>([
    [ridgeTrainer, tall(0), logisticTrainer],
    [logisticTrainer, tall(3), ridgeTrainer],
    [kmeansTrainer, tall(0), logisticTrainer],
  ])('are refused when cut, too long, not finite or of another family', (trainer, set, foreign) => {
    const model = fitWhole(trainer, set, {}).finish();
    expect(trainer.decode(model).ok).toBe(true);
    expect(foreign.decode(model)).toMatchObject({ ok: false, code: 'result_mismatch' });
    const nan = model.slice();
    nan.fill(0xff, model.length - 8);
    const header = model.slice();
    header[4] = 0xff;
    for (const bytes of [model.slice(0, -1), Uint8Array.of(...model, 0), nan, header, new Uint8Array(0)]) {
      expect(trainer.decode(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
    const decoded = trainer.decode(model);
    if (!decoded.ok) throw new Error(decoded.evidence);
    const narrow = { rows: 1, cols: 1, x: new Float32Array(1) };
    expect(() => decoded.value.predict(kernels, narrow, new Meter())).toThrow(RangeError);
  });
});

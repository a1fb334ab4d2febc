import { describe, expect, it } from 'vitest';
import { Meter } from '../../../../ml/meter.ts';
import { cnnTrainer } from '../../../../ml/trainers/network/cnn.ts';
import { mlpTrainer } from '../../../../ml/trainers/network/mlp.ts';
import { decodeNetwork, encodeNetwork, layersOf } from '../../../../ml/trainers/network/model.ts';
import { mlpParams } from '../../../../ml/trainers/network/params.ts';
import { cosineOfHalfTurn, rateAt } from '../../../../ml/trainers/network/schedule.ts';
import type { Params, ProblemShape, Trainer } from '../../../../ml/trainers/trainer.ts';
import { unwrap } from '../digits.ts';
import { referenceStep } from './reference.ts';
import { digits, fitOf, kernels, made } from './sets.ts';

const mlp = fitOf(mlpTrainer, made(30, 3), { epochs: 1, width: 5 }).finish();
const cnn = fitOf(cnnTrainer, digits(0, 40), { epochs: 1, filters: 8 }).finish();

describe('a model', () => {
  it.each([mlp, cnn])('is the encoding of what it decodes to', (bytes) => {
    expect(encodeNetwork(unwrap(decodeNetwork(bytes)))).toEqual(bytes);
  });

  it('predicts what its layers say: what an export of them gives', () => {
    const set = digits(100, 140);
    const layers = layersOf(unwrap(decodeNetwork(cnn)));
    expect(layers.map(({ kind }) => kind)).toEqual(['convolution', 'convolution', 'dense', 'dense']);
    const meter = new Meter();
    const scores = unwrap(cnnTrainer.decode(cnn)).predict(kernels, set.input, meter);
    const { outputs } = referenceStep(layers, set.input.x, Int32Array.from(set.y), 10);
    for (let row = 0; row < 40; row++) {
      const logits = outputs.slice(row * 10, row * 10 + 10);
      const sum = logits.reduce((total, z) => total + Math.exp(z), 0);
      logits.forEach((z, c) => {
        expect(scores[row * 10 + c]).toBeCloseTo(Math.exp(z) / sum, 5);
      });
      expect(scores.subarray(row * 10, row * 10 + 10).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    }
    expect(meter.cycles).toBeGreaterThan(0n);
  });

  const at = (offset: number, ...values: number[]): Uint8Array => {
    const copy = mlp.slice();
    copy.set(values, offset);
    return copy;
  };
  const classesAt = 16 + 4 + 4 + 3 * 4;
  it.each<[string, Uint8Array]>([
    ['another magic', at(0, 0x58)],
    ['no input', at(12, 0)],
    ['a convolution of no filters', at(16, 1)],
    ['huge layers', at(28, 255, 255, 255, 255)],
    ['more classes than outputs', at(classesAt, 4)],
    ['a mean beside classes', at(classesAt + 4, 1)],
    ['a weight of NaN', at(mlp.length - 4, 0, 0, 192, 127)],
    ['a weight of 65', at(mlp.length - 4, 0, 0, 130, 66)],
    ['a byte too many', Uint8Array.of(...mlp, 0)],
    ['the other family', cnn],
  ])('refuses %s', (_, bytes) => {
    expect(mlpTrainer.decode(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('refuses every shorter form', () => {
    for (let length = 0; length < mlp.length; length += 3) expect(decodeNetwork(mlp.slice(0, length)).ok).toBe(false);
  });
});

describe('parameters', () => {
  const table: ProblemShape = { rows: 1000, cols: 20, classes: 3 };
  const image = { height: 28, width: 28, channels: 1 };
  it.each<[string, Trainer, ProblemShape]>([
    ['a usual table', mlpTrainer, table],
    ['10,000 columns', mlpTrainer, { rows: 400, cols: 10_000, classes: 0 }],
    ['one row, one column', mlpTrainer, { rows: 1, cols: 1, classes: 2 }],
    ['a million rows', mlpTrainer, { rows: 1e6, cols: 4, classes: 1000 }],
    ['images', cnnTrainer, { rows: 60_000, cols: 784, classes: 10, image }],
    ['tiny images', cnnTrainer, { rows: 60, cols: 27, classes: 0, image: { height: 3, width: 3, channels: 3 } }],
    [
      'large images',
      cnnTrainer,
      { rows: 60, cols: 49_152, classes: 2, image: { height: 128, width: 128, channels: 3 } },
    ],
  ])('have defaults that are within their own bounds: %s', (_, trainer, shape) => {
    const params = unwrap(trainer.params({}, shape));
    expect(unwrap(trainer.params(params, shape))).toEqual(params);
    expect(trainer.estimate(shape, params)).toBeGreaterThan(0n);
  });

  it.each<[Params, string, Trainer?, ProblemShape?]>([
    [{ widht: 3 }, 'widht'],
    [{ width: 3 }, 'width'],
    [{ width: 8.5 }, 'width'],
    [{ layers: 4 }, 'layers'],
    [{ learningRate: 0 }, 'learningRate'],
    [{ learningRate: Number.NaN }, 'learningRate'],
    [{ optimiser: 'lion' }, 'optimiser'],
    [{ schedule: true }, 'schedule'],
    [{ batch: 0 }, 'batch'],
    [{ width: 1024, layers: 3 }, 'width'],
    [{ batch: 1024 }, 'batch', mlpTrainer, { rows: 9, cols: 9000, classes: 2 }],
    [{}, 'columns', mlpTrainer, { rows: 9, cols: 20_000, classes: 2 }],
    [{}, 'image', cnnTrainer],
    [{ filters: 12 }, 'filters', cnnTrainer, { ...table, image }],
    [{ blocks: 3 }, 'blocks', cnnTrainer, { ...table, image: { height: 7, width: 7, channels: 1 } }],
  ])('refuses %o by name', (raw, param, trainer = mlpTrainer, shape = table) => {
    expect(trainer.params(raw, shape)).toMatchObject({ ok: false, code: 'work_invalid', param });
  });

  it('keeps what is given', () => {
    expect(unwrap(mlpParams({ width: 32, epochs: 7, batch: 8 }, table))).toMatchObject({
      width: 32,
      epochs: 7,
      batch: 8,
    });
  });
});

describe('a schedule', () => {
  it('has the cosine right', () => {
    for (let t = 0; t <= 1; t += 1 / 64)
      expect(Math.abs(cosineOfHalfTurn(t) - Math.cos(Math.PI * t))).toBeLessThan(1e-11);
  });

  it('rises, then falls as it says', () => {
    const rates = (schedule: 'constant' | 'linear' | 'cosine') =>
      Array.from({ length: 10 }, (_, step) => rateAt({ learningRate: 1, schedule, warmup: 0.2 }, step, 10));
    expect(rates('constant')).toEqual([1 / 3, 2 / 3, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(rates('linear').slice(2)).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((n) => 1 - (8 - n) / 8));
    expect(rates('cosine')[6]).toBeCloseTo(0.5, 11);
    expect(rates('cosine')[9]).toBeLessThan(0.05);
  });
});

import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../../hpu/hpu.ts';
import { loadKernels } from '../../../../hpu/node.ts';
import { Meter } from '../../../../ml/meter.ts';
import { cnnTrainer } from '../../../../ml/trainers/network/cnn.ts';
import { compareInt8, int8Predictor, quantiseNetwork } from '../../../../ml/trainers/network/int8.ts';
import { mlpTrainer } from '../../../../ml/trainers/network/mlp.ts';
import { decodeNetwork } from '../../../../ml/trainers/network/model.ts';
import type { Params, Trainer, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { unwrap } from '../digits.ts';
import { digits, fitOf, kernels, made } from './sets.ts';

const hpu = createHpu(loadKernels());

const networkOf = (trainer: Trainer, set: TrainSet, raw: Params) =>
  unwrap(decodeNetwork(fitOf(trainer, set, raw).finish()));

describe('int8 of a trained network', () => {
  it('keeps within a point of the float accuracy on rows that it has not seen, for fewer cycles', () => {
    const train = digits(0, 900);
    const network = networkOf(mlpTrainer, train, { epochs: 15, width: 64 });
    const int8 = unwrap(quantiseNetwork(kernels, network, train.input, new Meter()));
    const heldOut = digits(900, 1500);
    const scores = compareInt8(kernels, hpu, int8, heldOut, new Meter());
    expect(scores.float).toBeGreaterThan(0.93);
    expect(Math.abs(scores.float - scores.int8)).toBeLessThanOrEqual(0.01);
    const [eight, float] = [new Meter(), new Meter()];
    const probabilities = int8Predictor(hpu, int8)(heldOut.input, eight);
    unwrap(mlpTrainer.decode(fitOf(mlpTrainer, train, { epochs: 1, width: 64 }).finish())).predict(
      kernels,
      heldOut.input,
      float,
    );
    expect(eight.cycles).toBeLessThan(float.cycles);
    expect(probabilities.subarray(0, 10).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it('gives values in their own unit', () => {
    const set = made(300, 0);
    const network = networkOf(mlpTrainer, set, { epochs: 40, width: 32 });
    const scores = compareInt8(
      kernels,
      hpu,
      unwrap(quantiseNetwork(kernels, network, set.input, new Meter())),
      set,
      new Meter(),
    );
    expect(scores.float).toBeGreaterThan(0.98);
    expect(scores.float - scores.int8).toBeLessThan(0.01);
  });

  it('is defined for rows far outside, none, and a network of one silent layer', () => {
    const set = made(30, 2, () => 0);
    const network = networkOf(mlpTrainer, set, { epochs: 1, layers: 1, width: 8 });
    const int8 = unwrap(
      quantiseNetwork(kernels, network, { ...set.input, rows: 0, x: new Float32Array(0) }, new Meter()),
    );
    const far = { rows: 2, cols: 3, x: Float32Array.of(3e38, -3e38, Number.NaN, 0, 0, 0) };
    expect(int8Predictor(hpu, int8)(far, new Meter()).every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  it('refuses convolutions', () => {
    const set = digits(0, 20);
    const network = networkOf(cnnTrainer, set, { epochs: 1, filters: 8 });
    expect(quantiseNetwork(kernels, network, set.input, new Meter())).toMatchObject({
      ok: false,
      code: 'work_invalid',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../../hpu/hpu.ts';
import { loadKernels } from '../../../../hpu/node.ts';
import { WORKERD } from '../../../../hpu/product/host.ts';
import { Meter } from '../../../../ml/meter.ts';
import { cnnTrainer } from '../../../../ml/trainers/network/cnn.ts';
import { quantiseNetwork } from '../../../../ml/trainers/network/int8.ts';
import { decodeInt8Network, encodeInt8Network, type Int8Network } from '../../../../ml/trainers/network/int8-model.ts';
import { mlpTrainer } from '../../../../ml/trainers/network/mlp.ts';
import { decodeNetwork } from '../../../../ml/trainers/network/model.ts';
import type { Matrix, Params, TrainSet } from '../../../../ml/trainers/trainer.ts';
import { equalBytes } from '../../../../protocol/hash.ts';
import { INT8_PARTS, int8Parts } from '../../../support/int8-network.ts';
import { unwrap } from '../digits.ts';
import { digits, fitOf, kernels as floatKernels, made } from './sets.ts';

const kernels = { ...floatKernels, hpu: createHpu(loadKernels()) };

/** The trained model, and the same in int8. */
function bothOf(set: TrainSet, raw: Params, rows: Matrix = set.input) {
  const float = fitOf(mlpTrainer, set, raw).finish();
  const int8 = mlpTrainer.quantise?.(kernels, float, rows, new Meter());
  if (!int8) throw new Error('no int8 form');
  return { float, int8: unwrap(int8) };
}

const predicted = (model: Uint8Array, input: Matrix, meter = new Meter(), on = kernels): Float64Array =>
  unwrap(mlpTrainer.decode(model)).predict(on, input, meter);

const hits = (probabilities: Float64Array, { y, classes }: TrainSet): number =>
  y.filter((label, row) => {
    const own = Array.from(probabilities.subarray(row * classes, (row + 1) * classes));
    return own.indexOf(Math.max(...own)) === label;
  }).length;

const train = digits(0, 900);
const heldOut = digits(900, 1500);
const small = bothOf(made(30, 3), { epochs: 1, width: 5 });

describe('int8 of a trained network', () => {
  it('keeps within a point of the float accuracy on rows that it has not seen, in a quarter of the bytes and fewer cycles', () => {
    const { float, int8 } = bothOf(train, { epochs: 15, width: 64 });
    const [floatMeter, int8Meter] = [new Meter(), new Meter()];
    const [floats, eights] = [predicted(float, heldOut.input, floatMeter), predicted(int8, heldOut.input, int8Meter)];
    expect(hits(floats, heldOut)).toBeGreaterThan(0.93 * 600);
    expect(Math.abs(hits(floats, heldOut) - hits(eights, heldOut))).toBeLessThanOrEqual(6);
    expect(int8Meter.cycles).toBeLessThan(floatMeter.cycles);
    expect(int8.length).toBeLessThan(0.3 * float.length);
    expect(eights.subarray(0, 10).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(eights).not.toEqual(floats);
  });

  it('gives values in their own unit', () => {
    const set = made(300, 0);
    const { float, int8 } = bothOf(set, { epochs: 40, width: 32 });
    const [floats, eights] = [predicted(float, set.input), predicted(int8, set.input)];
    const worst = floats.reduce((most, value, i) => Math.max(most, Math.abs(value - (eights[i] as number))), 0);
    // The target spreads over 1,000.
    expect(worst).toBeLessThan(40);
    expect(worst).toBeGreaterThan(0);
  });

  it('is defined for rows far outside, for ranges of no rows, and for a network of one silent layer', () => {
    const set = made(30, 2, () => 0);
    const none = { ...set.input, rows: 0, x: new Float32Array(0) };
    const { int8 } = bothOf(set, { epochs: 1, layers: 1, width: 8 }, none);
    const far = { rows: 2, cols: 3, x: Float32Array.of(3e38, -3e38, Number.NaN, 0, 0, 0) };
    expect(predicted(int8, far).every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(predicted(int8, none)).toHaveLength(0);
    expect(() => predicted(int8, { ...far, cols: 2 })).toThrow(RangeError);
  });

  it('predicts alike by either tile, and rows alone as among others', () => {
    const shuffling = { ...kernels, hpu: createHpu(loadKernels(), WORKERD) };
    const { input } = made(30, 3);
    const all = predicted(small.int8, input);
    expect(predicted(small.int8, input, new Meter(), shuffling)).toEqual(all);
    expect(predicted(small.int8, { rows: 1, cols: 3, x: input.x.subarray(87) })).toEqual(all.subarray(87));
  });

  it('is the same bytes on every host', () => {
    expect(int8Parts(kernels)).toEqual(INT8_PARTS);
  });

  it('is none of convolutions', () => {
    const set = digits(0, 20);
    const model = fitOf(cnnTrainer, set, { epochs: 1, filters: 8 }).finish();
    expect(cnnTrainer.quantise).toBeUndefined();
    const network = unwrap(decodeNetwork(model));
    expect(quantiseNetwork(kernels, network, set.input, new Meter())).toMatchObject({ code: 'work_invalid' });
    expect(cnnTrainer.decode(small.int8)).toMatchObject({ code: 'result_mismatch' });
  });
});

describe('an int8 model', () => {
  const network = unwrap(decodeInt8Network(small.int8));
  const [first, ...rest] = network.layers as [Int8Network['layers'][number], ...Int8Network['layers']];
  const layerWith = (changes: Partial<typeof first>): Partial<Int8Network> => ({
    layers: [{ ...first, ...changes }, ...rest],
  });
  const channels = (value: number): Int32Array => first.bias.map(() => value);

  it('is the encoding of what it decodes to', () => {
    expect(encodeInt8Network(network)).toEqual(small.int8);
  });

  it.each<[string, Partial<Int8Network>]>([
    ['a weight of -128', layerWith({ weights: first.weights.map(() => -128) })],
    ['a bias that sums might overflow with', layerWith({ bias: channels(2 ** 29 + 1) })],
    ['a multiplier below one half', layerWith({ multiplier: channels(2 ** 30 - 1) })],
    ['a shift of 0', layerWith({ shift: channels(0) })],
    ['a shift of 63', layerWith({ shift: channels(63) })],
    ['an input scale of 0', { input: { scale: 0, zero: 0 } }],
    ['a zero point beyond int8', { input: { scale: 1, zero: 128 } }],
    ['an output scale that is no number', { outputScale: Number.NaN }],
    ['a negative one', { outputScale: -1 }],
    ['classes with a mean', { mean: 1 }],
    ['classes with a mean of -0', { mean: -0 }],
    ['other classes than outputs', { classes: 4 }],
    ['one class', { classes: 1 }],
    ['values from several outputs', { classes: 0 }],
  ])('is refused with %s', (_, changes) => {
    const bytes = encodeInt8Network({ ...network, ...changes });
    expect(decodeInt8Network(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('is refused where bytes are missing, or too many, or sizes are not theirs', () => {
    for (let length = 0; length < small.int8.length; length += 7)
      expect(mlpTrainer.decode(small.int8.subarray(0, length))).toMatchObject({ code: 'result_mismatch' });
    expect(mlpTrainer.decode(Uint8Array.of(...small.int8, 0))).toMatchObject({ code: 'result_mismatch' });
    // Columns, layers and widths, each at its largest.
    for (let at = 4; at < 24; at += 4) {
      const changed = small.int8.slice();
      changed.fill(255, at, at + 4);
      expect(mlpTrainer.decode(changed)).toMatchObject({ code: 'result_mismatch' });
    }
  });

  it('other bytes that decode are their own encoding', () => {
    for (let at = 0; at < small.int8.length; at++) {
      const changed = small.int8.slice();
      changed[at] = (changed[at] as number) ^ 0x41;
      const decoded = decodeInt8Network(changed);
      if (decoded.ok) expect(equalBytes(encodeInt8Network(decoded.value), changed)).toBe(true);
      else expect(decoded.code).toBe('result_mismatch');
    }
  });
});

import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../../../hpu/node.ts';
import { loadImages, loadRows, orderOf } from '../../../../ml/trainers/network/feed.ts';
import { createNetworkKernel } from '../../../../ml/trainers/network/kernel.ts';
import { layersOf } from '../../../../ml/trainers/network/model.ts';
import { WORDS_AT_ONCE } from '../../../../ml/trainers/network/params.ts';
import { Passes } from '../../../../ml/trainers/network/passes.ts';
import {
  layoutOf,
  type NetworkShape,
  padTensors,
  tensorSizes,
  tensorsOf,
} from '../../../../ml/trainers/network/shape.ts';
import { referenceStep } from './reference.ts';

const kernel = createNetworkKernel(loadKernel('network'));

/** Numbers in [-1, 1) that repeat late. */
const noise = (count: number, from: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (Math.imul(i + from, 2654435761) >>> 8) / 2 ** 23 - 1);

function gradientOf(shape: NetworkShape, classes: number, rows: number) {
  const layout = layoutOf(shape);
  const tensors = tensorSizes(layout).map((size, i) => noise(size, 77 * i + 1).map((x) => x / 2));
  const { height, width, channels } = shape.input;
  const cols = height * width * channels;
  const x = noise(rows * cols, 5);
  const targets =
    classes > 0 ? Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes) : noise(rows, 3).map((t) => 3 * t);
  kernel.arena.reset();
  const passes = new Passes(kernel, layout, rows + 3, true);
  kernel.arena.float32(passes.places.parameters, layout.floats).set(padTensors(layout, tensors));
  const input = { rows, cols, x };
  if (shape.filters.length === 0) loadRows(kernel, passes, input, null, 0, rows);
  else loadImages(passes, input, null, 0, rows, 0, new Uint32Array(0));
  passes.forward(rows, null);
  const loss = passes.lossOf(targets) / rows;
  passes.backward(rows, 0);
  const padded = kernel.arena.float32(passes.places.slopes, layout.floats).slice();
  const expected = referenceStep(layersOf({ shape, classes, mean: 0, scale: 1, tensors }), x, targets, classes);
  return { layout, padded, loss, slopes: tensorsOf(layout, padded), expected };
}

const table = (channels: number): NetworkShape['input'] => ({ height: 1, width: 1, channels });

describe('the gradient of a batch is that of the definition', () => {
  it.each<[string, NetworkShape, number, number]>([
    ['one hidden layer', { input: table(5), filters: [], widths: [7, 3] }, 3, 6],
    ['three hidden layers, whole tiles', { input: table(16), filters: [], widths: [8, 16, 24, 2] }, 2, 8],
    ['values', { input: table(13), filters: [], widths: [20, 9, 1] }, 0, 5],
    ['no hidden layer, one row', { input: table(3), filters: [], widths: [4] }, 4, 1],
    ['a grey image', { input: { height: 6, width: 6, channels: 1 }, filters: [8], widths: [3] }, 3, 4],
    [
      'odd sides, three channels',
      { input: { height: 7, width: 9, channels: 3 }, filters: [8, 16], widths: [6, 5] },
      5,
      3,
    ],
    ['four channels, values', { input: { height: 4, width: 5, channels: 4 }, filters: [16, 8], widths: [1] }, 0, 2],
    [
      'more pixels than are packed at once',
      { input: { height: 12, width: 13, channels: 2 }, filters: [8], widths: [2] },
      2,
      2,
    ],
  ])('%s', (_name, shape, classes, rows) => {
    const { loss, slopes, expected } = gradientOf(shape, classes, rows);
    expect(loss).toBeCloseTo(expected.loss, 4);
    const wanted = expected.slopes.flatMap(({ weights, bias }) => [weights, bias]);
    slopes.forEach((tensor, i) => {
      const want = wanted[i] as Float64Array;
      const largest = want.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-3);
      const worst = tensor.reduce((top, value, j) => Math.max(top, Math.abs(value - (want[j] as number))), 0);
      expect(worst / largest, `tensor ${i}`).toBeLessThan(2e-5);
    });
  });

  it('leaves padding at zero', () => {
    const { layout, padded, slopes } = gradientOf(
      { input: { height: 6, width: 6, channels: 1 }, filters: [8], widths: [5, 3] },
      3,
      4,
    );
    expect(padded.filter((value) => value !== 0).length).toBe(
      slopes.reduce((sum, t) => sum + t.filter((v) => v !== 0).length, 0),
    );
    expect(padTensors(layout, slopes)).toEqual(padded);
  });
});

describe('dropout', () => {
  it('silences the named share, scales the rest, and silences the same units of the gradient', () => {
    const layout = layoutOf({ input: table(4), filters: [], widths: [64, 1] });
    kernel.arena.reset();
    const passes = new Passes(kernel, layout, 16, true);
    const [hidden] = layout.dense;
    const bias = kernel.arena.float32(passes.places.parameters + (hidden?.bias as number) * 4, 64);
    bias.fill(1);
    kernel.arena.float32(passes.places.parameters + (layout.dense[1]?.weights as number) * 4, 64 * 8).fill(1);
    const dropout = { dropped: 64, key: [3, 4] as const, step: 9, purpose: 4 };
    passes.forward(16, dropout);
    const units = kernel.arena.float32(passes.places.outputs[1] as number, 16 * 64).slice();
    const silent = units.filter((unit) => unit === 0).length;
    expect(silent / units.length).toBeGreaterThan(0.2);
    expect(silent / units.length).toBeLessThan(0.3);
    expect(new Set(units)).toEqual(new Set([0, Math.fround(256 / 192)]));
    passes.lossOf(new Float32Array(16));
    passes.backward(16, 64);
    const slopes = kernel.arena.float32(passes.places.inputSlopes[1] as number, 16 * 64);
    expect(slopes.map((slope) => (slope === 0 ? 0 : 1))).toEqual(units.map((unit) => (unit === 0 ? 0 : 1)));
  });
});

describe('the order of an epoch', () => {
  it('is a permutation, another each epoch, also of more rows than there are words at once', () => {
    kernel.arena.reset();
    const [rows, at] = [WORDS_AT_ONCE + 777, kernel.arena.take(WORDS_AT_ONCE * 4)];
    const orders = [0, 1].map((epoch) => orderOf(kernel, at, rows, epoch, [1, 2]));
    for (const order of orders) {
      expect(new Set(order).size).toBe(rows);
      expect(order.reduce((top, row) => Math.max(top, row), 0)).toBe(rows - 1);
      expect(order.filter((row, i) => row === i).length).toBeLessThan(12);
    }
    expect(orders[0]?.subarray(0, 9)).not.toEqual(orders[1]?.subarray(0, 9));
  });
});

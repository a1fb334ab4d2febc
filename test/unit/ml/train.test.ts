import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import { splitByRowHash } from '../../../ml/dataset/split.ts';
import { createMlKernel } from '../../../ml/kernel.ts';
import { decodeModel, encodeModel } from '../../../ml/mlp/model.ts';
import { predictFloat, predictInt8 } from '../../../ml/mlp/predict.ts';
import { initState } from '../../../ml/mlp/state.ts';
import { chunkCount, trainChunk } from '../../../ml/mlp/train.ts';
import {
  type MlpSpec,
  predictCycles,
  predictFloatCycles,
  trainChunkCycles,
  trainCycles,
} from '../../../protocol/cycles.ts';
import { digitsTable, specOf, trainAll, unwrap } from './digits.ts';

const modules = loadKernels();
const hpu = createHpu(modules);
const ml = createMlKernel(modules.float);
const { train, heldOut } = splitByRowHash(digitsTable(), 20);
const spec = specOf(train, { hidden: 32, epochs: 40, batch: 32, seed: 1n });
const results = trainAll(ml, spec, train);
const modelBytes = (results.at(-1) as (typeof results)[number]).state;
const model = unwrap(decodeModel(modelBytes));

const correct = (labels: Uint8Array): number => labels.filter((label, i) => label === heldOut.y[i]).length;

describe('training on the digits', () => {
  it('reaches .965 in int8, and int8 stays within one row of 360 per half point of float', () => {
    const int8 = correct(predictInt8(hpu, model, heldOut.x, heldOut.rows).labels);
    const float = correct(predictFloat(ml, model, heldOut.x, heldOut.rows).labels);
    expect(int8 / heldOut.rows).toBeGreaterThanOrEqual(0.965);
    expect(Math.abs(float - int8)).toBeLessThanOrEqual(2);
  });

  it('counts what the price table quotes, chunk by chunk and in total', () => {
    results.forEach(({ cycles }, chunk) => {
      expect(cycles).toBe(trainChunkCycles(spec, chunk));
    });
    expect(results.reduce((sum, { cycles }) => sum + cycles, 0n)).toBe(trainCycles(spec));
    expect(predictInt8(hpu, model, heldOut.x, heldOut.rows).cycles).toBe(predictCycles(spec, heldOut.rows));
    expect(predictFloat(ml, model, heldOut.x, heldOut.rows).cycles).toBe(predictFloatCycles(spec, heldOut.rows));
  });

  it('lowers the loss', () => {
    expect(results[1]?.loss).toBeGreaterThan(0.5);
    expect(results.at(-2)?.loss).toBeLessThan(0.02);
  });

  it('replays any chunk alone, on another instance, to the same bytes', () => {
    const other = createMlKernel(modules.float);
    for (const chunk of [0, 1, 17, results.length - 2, results.length - 1]) {
      const before = chunk === 0 ? initState(spec) : (results[chunk - 1]?.state as Uint8Array);
      expect(unwrap(trainChunk(other, spec, train, chunk, before))).toEqual(results[chunk]);
    }
  });

  it('depends on the seed and on every row', () => {
    const second = (change: Partial<MlpSpec>, x = train.x): Uint8Array => {
      const changed = { ...spec, ...change };
      const first = unwrap(trainChunk(ml, changed, { x, y: train.y }, 0, initState(changed)));
      return unwrap(trainChunk(ml, changed, { x, y: train.y }, 1, first.state)).state;
    };
    expect(second({})).toEqual(results[1]?.state);
    expect(second({ seed: 2n })).not.toEqual(results[1]?.state);
    const x = train.x.slice();
    x[x.length - 3] = 9;
    expect(second({}, x)).not.toEqual(results[1]?.state);
  });

  it('keeps kernel memory bounded', () => {
    const before = ml.wasm.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) trainChunk(ml, spec, train, 1, results[0]?.state as Uint8Array);
    expect(ml.wasm.memory.buffer.byteLength).toBe(before);
  });
});

describe('training on awkward data', () => {
  const shape = { rows: 24, features: 3, hidden: 5, classes: 2, epochs: 5, batch: 7, seed: 3n };
  const y = Uint8Array.from({ length: 24 }, (_, i) => i % 2);
  it.each<[string, (row: number, column: number) => number]>([
    ['constant columns', () => 0.1],
    ['the largest floats', (row, column) => (row % 2 === 0 ? 3.4e38 : -3.4e38) * (column === 1 ? 0 : 1)],
    ['the smallest floats', (row) => (row % 3) * 1e-45],
    ['one outlier', (row) => (row === 5 ? 1e30 : row % 2)],
  ])('gives a model in range on %s', (_name, cell) => {
    const x = Float32Array.from({ length: 72 }, (_, i) => cell(Math.floor(i / 3), i % 3));
    const bytes = trainAll(ml, shape, { x, y }).at(-1)?.state as Uint8Array;
    const trained = unwrap(decodeModel(bytes));
    expect(predictInt8(hpu, trained, x, 24).labels).toHaveLength(24);
    expect(predictInt8(hpu, trained, new Float32Array(3).fill(-3.4e38), 1).labels[0]).toBeLessThan(2);
  });

  it('stays finite with batches of one and wide layers', () => {
    const wide = { rows: 60, features: 500, hidden: 200, classes: 10, epochs: 1, batch: 1, seed: 7n };
    const x = Float32Array.from({ length: 30_000 }, (_, i) => ((i * 7919) % 1009) - 500);
    const labels = Uint8Array.from({ length: 60 }, (_, i) => (i * 7) % 10);
    expect(decodeModel(trainAll(ml, wide, { x, y: labels }).at(-1)?.state as Uint8Array).ok).toBe(true);
  });

  it('takes a batch larger than the set as the whole set', () => {
    const x = Float32Array.from({ length: 72 }, (_, i) => i % 11);
    const whole = trainAll(ml, { ...shape, batch: 1000 }, { x, y });
    expect(whole.reduce((sum, { cycles }) => sum + cycles, 0n)).toBe(trainCycles({ ...shape, batch: 1000 }));
  });
});

describe('trainChunk refuses', () => {
  const state = results[3]?.state as Uint8Array;
  const at = (offset: number, ...bytes: number[]): Uint8Array => {
    const copy = state.slice();
    copy.set(bytes, offset);
    return copy;
  };
  const header = 48;
  const weights = header + 64 * 16;
  const velocities = weights + (64 * 32 + 32 + 32 * 10 + 10) * 4;
  it.each<[string, number, Uint8Array]>([
    ['the state of another chunk', 5, state],
    ['a cut state', 4, state.slice(0, -1)],
    ['a spare byte', 4, Uint8Array.of(...state, 0)],
    ['nothing', 4, new Uint8Array(0)],
    ['another magic', 4, at(0, 0x20)],
    ['another seed', 4, at(28, 2)],
    ['other rows', 4, at(4, 0)],
    ['a NaN loss', 4, at(header - 8, 255, 255, 255, 255, 255, 255, 255, 255)],
    ['a NaN mean', 4, at(header, 255, 255, 255, 255, 255, 255, 255, 255)],
    ['a negative deviation', 4, at(header + 64 * 8, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf)],
    ['a NaN weight', 4, at(weights, 0, 0, 0xc0, 0x7f)],
    ['a weight of 65', 4, at(weights, 0, 0, 0x82, 0x42)],
    ['an infinite velocity', 4, at(velocities, 0, 0, 0x80, 0x7f)],
    ['a first state where numbers belong', 4, initState(spec)],
    ['numbers where the first state belongs', 0, state],
  ])('%s', (_name, chunk, bytes) => {
    expect(trainChunk(ml, spec, train, chunk, bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });

  it('a chunk beyond the plan, a bad specification, a set of another shape', () => {
    const count = chunkCount(spec);
    for (const chunk of [-1, 0.5, count]) {
      expect(trainChunk(ml, spec, train, chunk, state)).toMatchObject({ ok: false, code: 'work_invalid' });
    }
    expect(trainChunk(ml, { ...spec, hidden: 0 }, train, 4, state)).toMatchObject({ ok: false, code: 'work_invalid' });
    const short = { x: train.x.subarray(1), y: train.y };
    expect(trainChunk(ml, spec, short, 4, state)).toMatchObject({ ok: false, code: 'dataset_malformed' });
    const labels = train.y.slice();
    labels[7] = 10;
    const set = { x: train.x, y: labels };
    expect(trainChunk(ml, spec, set, 4, state)).toMatchObject({ ok: false, code: 'dataset_malformed' });
  });
});

describe('model bytes', () => {
  it('decode to a model that encodes to the same bytes', () => {
    expect(encodeModel(model)).toEqual(modelBytes);
  });

  it('name their end exactly', () => {
    for (const bytes of [modelBytes.slice(0, -1), Uint8Array.of(...modelBytes, 0), modelBytes.slice(0, 10)]) {
      expect(decodeModel(bytes)).toMatchObject({ ok: false, code: 'result_mismatch' });
    }
  });

  const float = 16 + 64 * 16 + (64 * 32 + 32 + 32 * 10 + 10) * 4;
  const first = float + 3 * 8 + 2 * 4;
  const bias = first + 64 * 32;
  it.each<[string, number, number[]]>([
    ['another magic', 0, [0x20]],
    ['no hidden units', 8, [0]],
    ['a huge shape', 4, [255, 255, 255, 255]],
    ['a NaN mean', 16, [255, 255, 255, 255, 255, 255, 255, 255]],
    ['a NaN weight', 16 + 64 * 16, [0, 0, 0xc0, 0x7f]],
    ['a zero scale', float, [0, 0, 0, 0, 0, 0, 0, 0]],
    ['an infinite logit scale', float + 16, [0, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
    ['a zero point of 128', float + 24, [128, 0, 0, 0]],
    ['an int8 weight of -128', first, [0x80]],
    ['a bias beyond 2^30', bias, [1, 0, 0, 0x40]],
    ['a multiplier of 0', bias + 32 * 4, [0, 0, 0, 0]],
    ['a shift of 63', bias + 64 * 4, [63, 0, 0, 0]],
  ])('refuse %s', (_name, offset, bytes) => {
    const spoilt = modelBytes.slice();
    spoilt.set(bytes, offset);
    expect(decodeModel(spoilt)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });
});

import { describe, expect, it } from 'vitest';
import { createHpu } from '../../../hpu/hpu.ts';
import { loadKernels } from '../../../hpu/node.ts';
import {
  gemmReference,
  quantiseReference,
  requantiseReference,
  rescaleReference,
} from '../../../hpu/reference/product.ts';
import { splitByRowHash } from '../../../ml/dataset/split.ts';
import { createMlKernel } from '../../../ml/kernel.ts';
import { checkPrediction } from '../../../ml/mlp/check.ts';
import { decodeModel, hiddenRange, type Int8Layer, type MlpModel } from '../../../ml/mlp/model.ts';
import { predictInt8 } from '../../../ml/mlp/predict.ts';
import {
  decodePrediction,
  encodePrediction,
  encodeTrace,
  type Prediction,
  type Trace,
} from '../../../ml/mlp/prediction.ts';
import type { MlpSpec } from '../../../protocol/cycles.ts';
import { digitsTable, specOf, trainAll, unwrap } from './digits.ts';

const modules = loadKernels();
const hpu = createHpu(modules);
const ml = createMlKernel(modules.float);
const challenge = new Uint8Array(32).fill(42);

function modelOf(spec: MlpSpec, set: { x: Float32Array; y: Uint8Array }): MlpModel {
  return unwrap(decodeModel(trainAll(ml, spec, set).at(-1)?.state as Uint8Array));
}

const { train, heldOut } = splitByRowHash(digitsTable(), 20);
const small = modelOf(specOf(train, { hidden: 32, epochs: 3, batch: 32, seed: 5n }), train);

/** A layer wide enough for Freivalds: 300 rows, 256 columns, 257 hidden units, 256 classes. */
const wideSpec: MlpSpec = { rows: 300, features: 256, hidden: 257, classes: 256, epochs: 1, batch: 100, seed: 6n };
const wideX = Float32Array.from({ length: 300 * 256 }, (_, i) => (i * 7919) % 257);
const wide = modelOf(wideSpec, { x: wideX, y: Uint8Array.from({ length: 300 }, (_, i) => i % 256) });

type Job = { model: MlpModel; x: Float32Array; rows: number; result: Prediction; trace: Trace };

function jobOf(model: MlpModel, x: Float32Array, rows: number): Job {
  const { trace, labels, logits } = predictInt8(hpu, model, x, rows);
  return { model, x, rows, result: { labels, logits }, trace };
}

const smallJob = jobOf(small, heldOut.x, heldOut.rows);
const wideJob = jobOf(wide, wideX, 300);

function check({ model, x, rows, result, trace }: Job) {
  const { shape } = model;
  const resultBytes = encodePrediction(result, shape.classes);
  return checkPrediction(hpu, model, x, rows, resultBytes, encodeTrace(trace, shape), challenge);
}

it('predicts the same with and without relaxed SIMD, with one decoded model whose weights have 7 bits', () => {
  const { first, second } = small.int8;
  const seven = (weights: Int8Array) => weights.map((w) => w >> 1);
  const model: MlpModel = {
    ...small,
    int8: {
      ...small.int8,
      first: { ...first, weights: seven(first.weights) },
      second: { ...second, weights: seven(second.weights) },
    },
  };
  const { relaxed: _, ...rest } = modules;
  const [one, other] = [hpu, createHpu(rest)].map((host) => predictInt8(host, model, heldOut.x, heldOut.rows));
  expect(other?.logits).toEqual(one?.logits);
  expect(predictInt8(hpu, model, heldOut.x, heldOut.rows).logits).toEqual(one?.logits);
});

/** The same network in BigInt and three loops. */
function predictReference({ shape, scaling, int8 }: MlpModel, x: Float32Array, rows: number): Int32Array {
  const { features, hidden, classes } = shape;
  const a0 = Int8Array.from(x, (value, i) => {
    const column = i % features;
    const z = (value - (scaling.mean[column] as number)) * (scaling.inverse[column] as number);
    return quantiseReference(Math.fround(Math.max(-8, Math.min(8, z))), 1 / int8.input.scale, int8.input.zero);
  });
  const channel = ({ bias, multiplier, shift }: Int8Layer, c: number) => ({
    bias: bias[c] as number,
    multiplier: multiplier[c] as number,
    shift: shift[c] as number,
  });
  const c1 = gemmReference(a0, int8.first.weights, rows, features, hidden);
  const range = hiddenRange(int8);
  const a1 = Int8Array.from(c1, (acc, i) => requantiseReference(acc, channel(int8.first, i % hidden), range));
  const c2 = gemmReference(a1, int8.second.weights, rows, hidden, classes);
  return c2.map((acc, i) => rescaleReference(acc, channel(int8.second, i % classes)));
}

describe('int8 prediction', () => {
  it('equals the reference network bit for bit', () => {
    expect(smallJob.result.logits).toEqual(predictReference(small, heldOut.x, heldOut.rows));
  });

  it('gives each row what it gives the row alone', () => {
    for (const row of [0, 17, 359]) {
      const alone = predictInt8(hpu, small, heldOut.x.slice(row * 64, row * 64 + 64), 1);
      expect(alone.logits).toEqual(smallJob.result.logits.slice(row * 10, row * 10 + 10));
      expect(alone.labels[0]).toBe(smallJob.result.labels[row]);
    }
  });

  it('refuses cells that are not rows times features', () => {
    expect(() => predictInt8(hpu, small, heldOut.x, 359)).toThrow(RangeError);
  });
});

describe('checkPrediction', () => {
  it('passes what was computed, recomputing small products and checking large ones by Freivalds', () => {
    expect(check(smallJob)).toMatchObject({ ok: true, methods: ['recompute', 'recompute'] });
    expect(check(wideJob)).toMatchObject({ ok: true, methods: ['freivalds', 'freivalds'] });
  });

  type Part = { of: (job: Job) => Int8Array | Int32Array | Uint8Array; reason: RegExp };
  const parts: Record<string, Part> = {
    'quantised inputs': { of: ({ trace }) => trace.a0, reason: /inputs/ },
    'first product': { of: ({ trace }) => trace.c1, reason: /first product/ },
    'hidden activations': { of: ({ trace }) => trace.a1, reason: /hidden/ },
    'second product': { of: ({ trace }) => trace.c2, reason: /second product/ },
    logits: { of: ({ result }) => result.logits, reason: /logits/ },
    labels: { of: ({ result }) => result.labels, reason: /labels/ },
  };
  const copyOf = (job: Job): Job => structuredClone({ ...job, model: 0, x: 0 } as unknown as Job);

  for (const [kind, job] of Object.entries({ small: smallJob, wide: wideJob })) {
    it.each(Object.entries(parts))(
      `refuses a ${kind} job with one value changed in the %s`,
      (_name, { of, reason }) => {
        for (let i = 0; i < 25; i++) {
          const lie = { ...copyOf(job), model: job.model, x: job.x };
          const values = of(lie);
          const at = (i * 7919) % values.length;
          values[at] = ((values[at] as number) + 1) % 10;
          if (values[at] === of(job)[at]) values[at] = 3 - (of(job)[at] as number);
          const answer = check(lie);
          expect(answer.ok).toBe(false);
          if (!answer.ok) expect(answer.reason).toMatch(reason);
        }
      },
    );
  }

  it('refuses a whole false run that is consistent with itself: another model, other rows', () => {
    const other = modelOf(specOf(train, { hidden: 32, epochs: 3, batch: 32, seed: 6n }), train);
    const run = jobOf(other, heldOut.x, heldOut.rows);
    expect(check({ ...run, model: small })).toMatchObject({ ok: false });
    const x = heldOut.x.slice();
    x[100] = 16 - (x[100] as number);
    expect(check({ ...jobOf(small, x, heldOut.rows), x: heldOut.x })).toMatchObject({ ok: false, reason: /inputs/ });
  });

  it('refuses bytes of another shape, cut or with spare bytes', () => {
    const result = encodePrediction(smallJob.result, 10);
    const trace = encodeTrace(smallJob.trace, small.shape);
    const answer = (resultBytes: Uint8Array, traceBytes: Uint8Array, rows = 360) =>
      checkPrediction(hpu, small, heldOut.x, rows, resultBytes, traceBytes, challenge);
    expect(answer(result, trace)).toMatchObject({ ok: true });
    for (const bad of [result.slice(0, -1), Uint8Array.of(...result, 0), new Uint8Array(0), trace]) {
      expect(answer(bad, trace)).toMatchObject({ ok: false });
    }
    for (const bad of [trace.slice(0, -1), Uint8Array.of(...trace, 0), new Uint8Array(3), result]) {
      expect(answer(result, bad)).toMatchObject({ ok: false });
    }
    expect(answer(result, trace, 359)).toMatchObject({ ok: false });
  });

  it('decodes a result to what was encoded, and no label beyond the classes', () => {
    const bytes = encodePrediction(smallJob.result, 10);
    expect(unwrap(decodePrediction(bytes, 360, 10))).toEqual(smallJob.result);
    bytes[12] = 10;
    expect(decodePrediction(bytes, 360, 10)).toMatchObject({ ok: false, code: 'result_mismatch' });
  });
});

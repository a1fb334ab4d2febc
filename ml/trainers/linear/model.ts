/**
 * A linear model as canonical little-endian bytes: "HLM1", u32 task (0 values, 1 classes), u32 columns, u32 classes (0 for values),
 * f64 intercepts[scores], f64 weights[columns x scores]. Scores: 1 for values; 1 for two classes, whose second has the probability
 * 1 / (1 + e^-score); else one a class, softmax.
 */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Meter } from '../../meter.ts';
import { exp64 } from '../../numeric/exp.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Matrix, Predictor } from '../trainer.ts';
import { float64, type LinearKernel } from './kernel.ts';
import { doubleProduct, Panels } from './panels.ts';

export interface LinearModel {
  readonly cols: number;
  /** 0 for values. */
  readonly classes: number;
  readonly intercepts: Float64Array;
  /** cols x scores, row-major. */
  readonly weights: Float64Array;
}

const MAGIC = 'HLM1';
const HEADER_BYTES = 16;
/** Also what a trainer's `params` refuses beyond. */
export const WEIGHTS_MAX = 1 << 18;
/** Weights and intercepts are cut to it: a product with any f32, and a sum of 2^18 of them, stay finite. */
export const WEIGHT_MAX = 1e250;

export const scoresOf = (classes: number): number => (classes <= 2 ? 1 : classes);

const cut = (x: number): number => (Number.isNaN(x) ? 0 : Math.min(WEIGHT_MAX, Math.max(-WEIGHT_MAX, x)));

export function encodeLinear({ cols, classes, intercepts, weights }: LinearModel): Uint8Array {
  return new ByteWriter(HEADER_BYTES + 8 * (intercepts.length + weights.length))
    .magic(MAGIC)
    .u32(classes > 0 ? 1 : 0, cols, classes)
    .f64s(intercepts.map(cut))
    .f64s(weights.map(cut))
    .finish();
}

/** result_mismatch for bytes that are no linear model. */
export function decodeLinear(bytes: Uint8Array): Result<LinearModel> {
  const refuse = (why: string) => fail('result_mismatch', `linear model: ${why}`);
  const reader = new ByteReader(bytes);
  if (bytes.length < HEADER_BYTES || reader.magic() !== MAGIC) return refuse('no "HLM1"');
  const [task, cols, classes] = [reader.u32(), reader.u32(), reader.u32()];
  const scores = scoresOf(classes);
  const isSized = cols > 0 && classes !== 1 && task === Number(classes > 0) && cols * scores <= WEIGHTS_MAX;
  if (!isSized || reader.left !== 8 * scores * (cols + 1)) return refuse(`${cols} columns, ${classes} classes`);
  const intercepts = reader.f64s(scores);
  const weights = reader.f64s(cols * scores);
  const isCut = (x: number): boolean => Math.abs(x) <= WEIGHT_MAX;
  if (!intercepts.every(isCut) || !weights.every(isCut)) return refuse('a weight is not finite');
  return ok({ cols, classes, intercepts, weights });
}

/** rows x scores, in blocks of rows; each row's sum runs by itself. */
function scoreRows(kernel: LinearKernel, { cols, intercepts, weights }: LinearModel, input: Matrix, meter: Meter) {
  const { wasm, arena } = kernel;
  const k = intercepts.length;
  const out = new Float64Array(input.rows * k);
  arena.reset();
  const panels = new Panels(kernel, input, new Float64Array(cols), { once: true, ones: true });
  const b = arena.put(joined(weights, intercepts, panels.ld * k));
  const z = arena.take(panels.range(0).to * k * 8);
  panels.begin();
  for (let block = 0; block < panels.blocks; block++) {
    const { from, to } = panels.range(block);
    const rows = to - from;
    const panel = panels.at(block);
    float64(kernel, z, rows * k).fill(0);
    if (k === 1) wasm.addProductColumn(panel, panels.ld, b, z, rows, panels.ld, false);
    else wasm.addProduct(panel, panels.ld, 1, b, z, rows, panels.cols, k);
    if (k > 1) wasm.softmaxRows(z, rows, k);
    out.set(float64(kernel, z, rows * k), from * k);
    meter.vector(rows * cols, 'floatElement');
    doubleProduct(meter, rows, cols, k);
    meter.vector(rows * k, 'addBias', ...(k > 1 ? (['softmaxGradient'] as const) : []));
  }
  return out;
}

/** Intercepts are the weights of the column of ones; a panel's padding is multiplied by zeros. */
function joined(weights: Float64Array, intercepts: Float64Array, length: number): Float64Array {
  const wide = new Float64Array(length);
  wide.set(weights);
  wide.set(intercepts, weights.length);
  return wide;
}

/** Shares of 1 by absolute weight; equal ones where all are 0. */
function importance({ cols, weights }: LinearModel): Float64Array {
  const scores = weights.length / cols;
  const shares = new Float64Array(cols);
  // Halved first, so that no sum overflows.
  const top = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  if (top === 0) return shares.fill(1 / cols);
  weights.forEach((w, i) => {
    const column = Math.floor(i / scores);
    shares[column] = (shares[column] as number) + Math.abs(w) / top;
  });
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

export function linearPredictor(model: LinearModel): Predictor {
  const { cols, classes } = model;
  return {
    cols,
    outputs: Math.max(1, classes),
    predict(kernels: TrainerKernels, input, meter) {
      if (input.cols !== cols) throw new RangeError(`${input.cols} columns, ${cols} expected`);
      const scores = scoreRows(kernels.linear, model, input, meter);
      if (classes !== 2) return scores;
      const both = new Float64Array(input.rows * 2);
      scores.forEach((score, row) => {
        const e = exp64(-Math.abs(score));
        const [high, low] = [1 / (1 + e), e / (1 + e)];
        both[2 * row] = score >= 0 ? low : high;
        both[2 * row + 1] = score >= 0 ? high : low;
      });
      meter.vector(input.rows, 'softmaxGradient');
      return both;
    },
    importance: () => importance(model),
  };
}

/**
 * Float network to int8: per-channel symmetric weights in [-127, 127], asymmetric activations, int32 biases that absorb the
 * input's zero point, Q31 multipliers. f64 arithmetic without Math.* functions that may differ between machines.
 */
import { BIAS_MAX, fixedPoint, type Int8Scale, scaleOf } from '../../hpu/quantise.ts';
import type { MlpShape } from '../../protocol/cycles.ts';
import type { Meter } from '../meter.ts';
import type { FloatLayers, Int8Layer, MlpModel } from './model.ts';
import type { Scaling } from './standardise.ts';

const WEIGHT_STEPS = 127;
/** A channel's scale is at least |bias| / (input scale * this), so that its bias, zero point included, fits BIAS_MAX. */
const BIAS_STEPS = 2 ** 28;
const SCALE_MIN = 2 ** -64;

const round = (x: number): number => Math.floor(x + 0.5);
const clamp = (x: number, limit: number): number => Math.max(-limit, Math.min(limit, x));

type ScaledLayer = { readonly weights: Int8Array; readonly bias: Int32Array; readonly scales: Float64Array };

/** Weights (inputs x outputs) and bias of one layer in steps of scales[c], and of input.scale * scales[c]. */
export function scaleLayer(w: Float32Array, b: Float32Array, input: Int8Scale): ScaledLayer {
  const outputs = b.length;
  const weights = new Int8Array(w.length);
  const bias = new Int32Array(outputs);
  const scales = new Float64Array(outputs);
  for (let c = 0; c < outputs; c++) {
    let largest = 0;
    for (let i = c; i < w.length; i += outputs) largest = Math.max(largest, Math.abs(w[i] as number));
    const forBias = Math.abs(b[c] as number) / (input.scale * BIAS_STEPS);
    const scale = Math.max(largest / WEIGHT_STEPS, forBias, SCALE_MIN);
    let sum = 0;
    for (let i = c; i < w.length; i += outputs) {
      const q = clamp(round((w[i] as number) / scale), WEIGHT_STEPS);
      weights[i] = q;
      sum += q;
    }
    // |sum * zero| <= 4,096 * 127 * 128 < 2^27
    bias[c] = clamp(round((b[c] as number) / (input.scale * scale)) - sum * input.zero, BIAS_MAX);
    scales[c] = scale;
  }
  return { weights, bias, scales };
}

/** Multipliers that take accumulators in steps of input * scales[c] to steps of `output`. */
export function withMultipliers({ weights, bias, scales }: ScaledLayer, input: number, output: number): Int8Layer {
  const fixed = Array.from(scales, (scale) => fixedPoint((input * scale) / output));
  return {
    weights,
    bias,
    multiplier: Int32Array.from(fixed, ({ multiplier }) => multiplier),
    shift: Int32Array.from(fixed, ({ shift }) => shift),
  };
}

export const largestOf = (values: Float64Array): number => values.reduce((top, value) => Math.max(top, value), 0);

export function quantiseModel(
  shape: MlpShape,
  scaling: Scaling,
  float: FloatLayers,
  extents: { readonly input: [number, number]; readonly hidden: [number, number] },
  meter: Meter,
): MlpModel {
  const input = scaleOf(...extents.input);
  const first = scaleLayer(float.w1, float.b1, input);
  // Steps finer than the accumulator's would only ask for multipliers above one.
  const wanted = scaleOf(0, extents.hidden[1]);
  const hidden = { scale: Math.max(wanted.scale, input.scale * largestOf(first.scales)), zero: -128 };
  const second = scaleLayer(float.w2, float.b2, hidden);
  const logitScale = hidden.scale * largestOf(second.scales);
  meter.vector(float.w1.length + float.w2.length, 'extent', 'quantise', 'columnSum');
  return {
    shape,
    scaling,
    float,
    int8: {
      input,
      hidden,
      logitScale,
      first: withMultipliers(first, input.scale, hidden.scale),
      second: withMultipliers(second, hidden.scale, logitScale),
    },
  };
}

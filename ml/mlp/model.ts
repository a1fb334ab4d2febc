/**
 * A trained model as canonical little-endian bytes, the float half and the int8 half that was made from it:
 *
 *   "HMM1", u32 features, hidden, classes
 *   float: f64 mean[features], inverse[features]; f32 w1 (features x hidden), b1, w2 (hidden x classes), b2
 *   int8:  f64 input scale, hidden scale, logit scale; i32 input zero, hidden zero;
 *          each layer: i8 weights, i32 bias[outputs], multiplier[outputs], shift[outputs]
 */
import { type Channels, channelsFault, type Int8Range, type Int8Scale, isScale } from '../../hpu/quantise.ts';
import { type MlpShape, mlpParameterCount } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { validateMlpShape } from '../../protocol/mlp.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import type { Scaling } from './standardise.ts';
import { allWithin, WEIGHT_MAX } from './state.ts';

export type FloatLayers = {
  readonly w1: Float32Array;
  readonly b1: Float32Array;
  readonly w2: Float32Array;
  readonly b2: Float32Array;
};

/** Weights (inputs x outputs, row-major) and how the accumulators of each output go on. */
export type Int8Layer = Channels & { readonly weights: Int8Array };

export type Int8Layers = {
  readonly input: Int8Scale;
  readonly hidden: Int8Scale;
  /** A logit's unit in nats. */
  readonly logitScale: number;
  readonly first: Int8Layer;
  readonly second: Int8Layer;
};

export type MlpModel = {
  readonly shape: MlpShape;
  readonly scaling: Scaling;
  readonly float: FloatLayers;
  readonly int8: Int8Layers;
};

const MAGIC = 'HMM1';
const HEADER_BYTES = 16;

/** The ReLU is the lower clamp: the hidden zero point stands for 0. */
export const hiddenRange = ({ hidden }: Int8Layers): Int8Range => ({ zero: hidden.zero, low: hidden.zero, high: 127 });

function modelBytes(shape: MlpShape): number {
  const { features, hidden, classes } = shape;
  const float = features * 16 + mlpParameterCount(shape) * 4;
  const int8 = 3 * 8 + 2 * 4 + features * hidden + hidden * classes + (hidden + classes) * 12;
  return HEADER_BYTES + float + int8;
}

export function encodeModel({ shape, scaling, float, int8 }: MlpModel): Uint8Array {
  const writer = new ByteWriter(modelBytes(shape))
    .magic(MAGIC)
    .u32(shape.features, shape.hidden, shape.classes)
    .f64s(scaling.mean)
    .f64s(scaling.inverse)
    .f32s(float.w1)
    .f32s(float.b1)
    .f32s(float.w2)
    .f32s(float.b2)
    .f64s([int8.input.scale, int8.hidden.scale, int8.logitScale])
    .i32s(Int32Array.of(int8.input.zero, int8.hidden.zero));
  for (const { weights, bias, multiplier, shift } of [int8.first, int8.second]) {
    writer.bytes(weights).i32s(bias).i32s(multiplier).i32s(shift);
  }
  return writer.finish();
}

/** The model of exactly these bytes; result_mismatch when they are not the encoding of one in range. */
export function decodeModel(bytes: Uint8Array): Result<MlpModel> {
  const reader = new ByteReader(bytes);
  if (bytes.length < HEADER_BYTES || reader.magic() !== MAGIC) return fail('result_mismatch', 'not a model');
  const shape: MlpShape = { features: reader.u32(), hidden: reader.u32(), classes: reader.u32() };
  const fault = validateMlpShape(shape);
  if (fault !== undefined) return fail('result_mismatch', fault);
  if (bytes.length !== modelBytes(shape)) return fail('result_mismatch', `model of ${bytes.length} bytes`);
  const model = readModel(reader, shape);
  const content = modelFault(model);
  if (content !== undefined) return fail('result_mismatch', `model ${content} out of range`);
  return equalBytes(encodeModel(model), bytes) ? ok(model) : fail('result_mismatch', 'model not canonical');
}

function readModel(reader: ByteReader, shape: MlpShape): MlpModel {
  const { features, hidden, classes } = shape;
  const scaling = { mean: reader.f64s(features), inverse: reader.f64s(features) };
  const float = {
    w1: reader.f32s(features * hidden),
    b1: reader.f32s(hidden),
    w2: reader.f32s(hidden * classes),
    b2: reader.f32s(classes),
  };
  const [inputScale, hiddenScale, logitScale] = reader.f64s(3) as unknown as [number, number, number];
  const [inputZero, hiddenZero] = reader.i32s(2) as unknown as [number, number];
  const layer = (inputs: number, outputs: number): Int8Layer => ({
    weights: reader.i8s(inputs * outputs),
    bias: reader.i32s(outputs),
    multiplier: reader.i32s(outputs),
    shift: reader.i32s(outputs),
  });
  const first = layer(features, hidden);
  const input = { scale: inputScale, zero: inputZero };
  const int8 = { input, hidden: { scale: hiddenScale, zero: hiddenZero }, logitScale, first };
  return { shape, scaling, float, int8: { ...int8, second: layer(hidden, classes) } };
}

function modelFault({ shape, scaling, float, int8 }: MlpModel): string | undefined {
  const isZero = (zero: number): boolean => zero >= -128 && zero <= 127;
  if (!scaling.mean.every(Number.isFinite)) return 'mean';
  if (!scaling.inverse.every((x) => Number.isFinite(x) && x >= 0)) return 'deviation';
  for (const values of Object.values(float)) {
    if (!allWithin(values, WEIGHT_MAX)) return 'weight';
  }
  if (!isScale(int8.input.scale) || !isScale(int8.hidden.scale) || !(int8.logitScale > 0)) return 'scale';
  if (!Number.isFinite(int8.logitScale) || !isZero(int8.input.zero) || !isZero(int8.hidden.zero)) return 'zero point';
  if (![int8.first, int8.second].every(({ weights }) => weights.every((q) => q !== -128))) return 'int8 weight';
  return channelsFault(int8.first, shape.hidden) ?? channelsFault(int8.second, shape.classes);
}

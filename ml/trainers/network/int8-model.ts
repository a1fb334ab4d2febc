/**
 * A network of dense layers in int8 as canonical little-endian bytes:
 *
 *   "HNQ1", u32 columns, u32 dense layers, their outputs, u32 classes, f64 mean, scale (of the target; 0 and 1 for classes),
 *   input scale, output scale, i32 input zero point, and for each layer i8 weights (inputs x outputs, row-major), i32 bias,
 *   multiplier and shift, one an output
 *
 * Between layers the zero point is -128, which stands for 0: the lower clamp is the ReLU.
 */
import { channelsFault, type Int8Range, type Int8Scale, isScale, within } from '../../../hpu/quantise.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Int8Layer } from '../../mlp/model.ts';
import { BOUNDS, readCounts, shapeFault, targetFault } from './model.ts';
import { layoutOf, type NetworkShape } from './shape.ts';

export interface Int8Network {
  /** Without convolutions, of one pixel. */
  readonly shape: NetworkShape;
  /** 0 where the one output is a value. */
  readonly classes: number;
  /** A value is output * scale + mean. */
  readonly mean: number;
  readonly scale: number;
  readonly input: Int8Scale;
  readonly layers: readonly Int8Layer[];
  /** A step of the last layer's rescaled sums, in nats or deviations. */
  readonly outputScale: number;
}

/** Of hidden activations. */
export const HIDDEN: Int8Range = { zero: -128, low: -128, high: 127 };

/**
 * A bias absorbs the input's zero point: 2^28 of its own and |sum of weights * zero| <= 2^14 * 127 * 128 < 2^28 beside it. With sums
 * below 2^28, (sum + bias) * multiplier stays below 1.5 * 2^60: what an export computes in int64 can't overflow.
 */
const BIAS_MAX = 2 ** 29;

const MAGIC = 'HNQ1';
/** From the classes to the first layer. */
const HEAD_BYTES = 4 + 4 * 8 + 4;
const layerBytes = (inputs: number, outputs: number): number => inputs * outputs + 3 * 4 * outputs;

/** By the letters alone: whether decodeInt8Network is the one to ask. */
export const isInt8Network = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === MAGIC;

export function encodeInt8Network({
  shape,
  classes,
  mean,
  scale,
  input,
  layers,
  outputScale,
}: Int8Network): Uint8Array {
  const { widths } = shape;
  const bytes = layoutOf(shape).dense.reduce((sum, { inputs, outputs }) => sum + layerBytes(inputs, outputs), 0);
  const writer = new ByteWriter(4 + (2 + widths.length) * 4 + HEAD_BYTES + bytes)
    .magic(MAGIC)
    .u32(shape.input.channels, widths.length, ...widths, classes)
    .f64s([mean, scale, input.scale, outputScale])
    .i32s(Int32Array.of(input.zero));
  for (const { weights, bias, multiplier, shift } of layers)
    writer.bytes(weights).i32s(bias).i32s(multiplier).i32s(shift);
  return writer.finish();
}

/** result_mismatch for bytes that no quantised network has. */
export function decodeInt8Network(bytes: Uint8Array): Result<Int8Network> {
  const bad = (what: string): Result<never> => fail('result_mismatch', `int8 network: ${what}`);
  const reader = new ByteReader(bytes);
  if (bytes.length < 8 || reader.magic() !== MAGIC) return bad('not one');
  const channels = reader.u32();
  const widths = readCounts(reader, BOUNDS.dense);
  if (!widths || reader.left < HEAD_BYTES) return bad('its layers');
  const classes = reader.u32();
  const [mean, scale, inputScale, outputScale] = reader.f64s(4) as unknown as [number, number, number, number];
  const [zero] = reader.i32s(1) as unknown as [number];
  const shape = { input: { height: 1, width: 1, channels }, filters: [], widths };
  const fault = shapeFault(shape) ?? targetFault({ shape, classes, mean, scale });
  if (fault !== undefined) return bad(`${fault} out of bounds`);
  const { dense } = layoutOf(shape);
  if (reader.left !== dense.reduce((sum, { inputs, outputs }) => sum + layerBytes(inputs, outputs), 0))
    return bad(`${bytes.length} bytes`);
  const layers = dense.map(
    ({ inputs, outputs }): Int8Layer => ({
      weights: reader.i8s(inputs * outputs),
      bias: reader.i32s(outputs),
      multiplier: reader.i32s(outputs),
      shift: reader.i32s(outputs),
    }),
  );
  const isStep = outputScale > 0 && outputScale <= 2 ** 127;
  if (!isScale(inputScale) || !isStep || !within(zero, -128, 127)) return bad('a scale out of range');
  const wrong = layers.map((layer, i) => layerFault(layer, widths[i] as number)).find((one) => one !== undefined);
  if (wrong !== undefined) return bad(`a ${wrong} out of range`);
  return ok({ shape, classes, mean, scale, input: { scale: inputScale, zero }, layers, outputScale });
}

function layerFault(layer: Int8Layer, outputs: number): string | undefined {
  // Symmetric weights are of [-127, 127].
  if (layer.weights.includes(-128)) return 'weight';
  if (!layer.bias.every((bias) => within(bias, -BIAS_MAX, BIAS_MAX))) return 'bias';
  return channelsFault(layer, outputs);
}

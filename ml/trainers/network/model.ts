/**
 * A trained network as canonical little-endian bytes:
 *
 *   "HNN1", u32 height, width, channels, u32 convolutions, their filters, u32 dense layers, their outputs, u32 classes,
 *   f64 mean, scale (of the target; 0 and 1 for classes), and f32 tensors: for each layer weights and bias
 *
 * Weights of a convolution are 3 x 3 x channels x filters, those of a dense layer inputs x outputs; images and what is flattened
 * from them are height x width x channels.
 */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import { allWithin } from '../../mlp/state.ts';
import type { ImageShape } from '../trainer.ts';
import { layoutOf, type NetworkShape, type Tensors, tensorSizes } from './shape.ts';

/**
 * Training clamps weights to this, and inputs are clamped to +-INPUT_MAX: within BOUNDS no activation passes 10^36, for the sizes
 * of layers that follow each other multiply to at most PARAMETERS_MAX^2 (dense) times 36 * 9^2 * PARAMETERS_MAX / 9 (convolutions).
 */
export const WEIGHT_MAX = 64;
export const INPUT_MAX = 1024;

export interface Network {
  readonly shape: NetworkShape;
  /** 0 where the one output is a value. */
  readonly classes: number;
  /** A value is output * scale + mean. */
  readonly mean: number;
  readonly scale: number;
  readonly tensors: Tensors;
}

/** One step of a decoded network. ReLU is max(0, x); pooling takes the maximum of 2x2 with stride 2 and drops an odd edge. */
export type NetworkLayer =
  | {
      readonly kind: 'convolution';
      /** Of its input. 3x3, stride 1, a border of one zero. Followed by ReLU, then pooling. */
      readonly image: ImageShape;
      readonly filters: number;
      /** 3 x 3 x channels x filters. */
      readonly weights: Float32Array;
      readonly bias: Float32Array;
    }
  | {
      readonly kind: 'dense';
      readonly inputs: number;
      readonly outputs: number;
      /** inputs x outputs: y = x W + bias. Inputs behind a convolution are height x width x channels. */
      readonly weights: Float32Array;
      readonly bias: Float32Array;
      readonly relu: boolean;
    };

/**
 * Bounds of what a fit may ask for and a model may hold. Padded parameters: with their slopes, two moments and one packed layer
 * they take 20 MiB of the kernel's 36.
 */
export const BOUNDS = {
  convolutions: 3,
  dense: 4,
  side: 256,
  channels: 4,
  columns: 1 << 14,
  outputs: 1 << 12,
} as const;
export const PARAMETERS_MAX = 1 << 20;

const MAGIC = 'HNN1';
const within = (n: number, low: number, high: number): boolean => n >= low && n <= high;

/** Which part of a shape is out of bounds, or undefined. */
export function shapeFault({ input, filters, widths }: NetworkShape): 'input' | 'filters' | 'widths' | undefined {
  const columns = input.height === 1 && input.width === 1;
  if (!within(input.height, 1, BOUNDS.side) || !within(input.width, 1, BOUNDS.side)) return 'input';
  if (!within(input.channels, 1, columns ? BOUNDS.columns : BOUNDS.channels)) return 'input';
  if (filters.length > BOUNDS.convolutions) return 'filters';
  if (filters.some((count) => !within(count, 8, 256) || count % 8 !== 0)) return 'filters';
  if (Math.min(input.height, input.width) >> filters.length < 1) return 'filters';
  if (!within(widths.length, 1, BOUNDS.dense)) return 'widths';
  if (widths.some((width) => !within(width, 1, BOUNDS.outputs))) return 'widths';
  return layoutOf({ input, filters, widths }).floats > PARAMETERS_MAX ? 'widths' : undefined;
}

/** The part of a head that doesn't fit a target, or undefined. Classes are neither moved nor scaled. */
export function targetFault({ shape, classes, mean, scale }: Omit<Network, 'tensors'>): string | undefined {
  if (shape.widths.at(-1) !== (classes === 0 ? 1 : classes) || classes === 1) return `${classes} classes`;
  if (!Number.isFinite(mean) || !(scale > 0 && Number.isFinite(scale))) return 'the scale of its target';
  return classes > 0 && !(Object.is(mean, 0) && scale === 1) ? 'the scale of its target' : undefined;
}

/** A count and as many numbers; undefined where there are more than `max`, or fewer bytes. */
export function readCounts(reader: ByteReader, max: number): number[] | undefined {
  if (reader.left < 4) return undefined;
  const count = reader.u32();
  return count <= max && reader.left >= count * 4 ? Array.from({ length: count }, () => reader.u32()) : undefined;
}

export function layersOf({ shape, tensors }: Network): NetworkLayer[] {
  const { convolutions, dense } = layoutOf(shape);
  const tensor = (i: number): Float32Array => tensors[i] as Float32Array;
  return [
    ...convolutions.map(({ height, width, channels, filters }, i): NetworkLayer => {
      const image = { height, width, channels };
      return { kind: 'convolution', image, filters, weights: tensor(2 * i), bias: tensor(2 * i + 1) };
    }),
    ...dense.map(({ inputs, outputs }, j): NetworkLayer => {
      const i = 2 * (convolutions.length + j);
      const relu = j + 1 < dense.length;
      return { kind: 'dense', inputs, outputs, weights: tensor(i), bias: tensor(i + 1), relu };
    }),
  ];
}

export function encodeNetwork({ shape, classes, mean, scale, tensors }: Network): Uint8Array {
  const { input, filters, widths } = shape;
  const floats = tensors.reduce((sum, { length }) => sum + length, 0);
  const writer = new ByteWriter(4 + (6 + filters.length + widths.length) * 4 + 16 + floats * 4)
    .magic(MAGIC)
    .u32(input.height, input.width, input.channels, filters.length, ...filters, widths.length, ...widths, classes)
    .f64s([mean, scale]);
  for (const tensor of tensors) writer.f32s(tensor);
  return writer.finish();
}

/** result_mismatch for bytes that no fit gives. */
export function decodeNetwork(bytes: Uint8Array): Result<Network> {
  const bad = (what: string): Result<never> => fail('result_mismatch', `network: ${what}`);
  const reader = new ByteReader(bytes);
  if (bytes.length < 20 || reader.magic() !== MAGIC) return bad('not one');
  const input = { height: reader.u32(), width: reader.u32(), channels: reader.u32() };
  const filters = readCounts(reader, BOUNDS.convolutions);
  const widths = filters && readCounts(reader, BOUNDS.dense);
  if (!filters || !widths || reader.left < 20) return bad('its layers');
  const classes = reader.u32();
  const [mean, scale] = reader.f64s(2) as unknown as [number, number];
  const shape = { input, filters, widths };
  const fault = shapeFault(shape) ?? targetFault({ shape, classes, mean, scale });
  if (fault !== undefined) return bad(`${fault} out of bounds`);
  const sizes = tensorSizes(layoutOf(shape));
  if (reader.left !== sizes.reduce((sum, size) => sum + size * 4, 0)) return bad(`${bytes.length} bytes`);
  const tensors = sizes.map((size) => reader.f32s(size));
  if (!tensors.every((tensor) => allWithin(tensor, WEIGHT_MAX))) return bad('a weight out of range');
  return ok({ shape, classes, mean, scale, tensors });
}

/**
 * The operators beside the product, on one instance of operators.wasm: depthwise convolution, pooling, element-wise steps,
 * requantisation, and floats to int8 by minimum and maximum. Each equals its plain loop in hpu/reference/ bit for bit, on every
 * machine. Refusals are KernelFaults, thrown before kernel memory is touched; the one exception is a NaN or an infinity among
 * floats to quantise, which only reading them can find: it is refused before any result exists.
 */
import { Arena, aligned } from '../arena.ts';
import type { AddScaling, Channel, Channels, Int8Range, Int8Scale } from '../quantise.ts';
import { COLUMNS_MAX, Scaling, type ScalingExports } from '../scaling.ts';
import {
  DEPTHWISE_WEIGHT_BYTES_MAX,
  Depthwise,
  type DepthwiseExports,
  type DepthwiseWeights,
  OFFSET_BYTES_MAX,
  packDepthwise,
} from './depthwise.ts';
import { Elementwise, type ElementwiseExports } from './elementwise.ts';
import {
  type ColumnScales,
  type Extent,
  type FloatExports,
  FloatInt8,
  type QuantisedColumns,
  type QuantisedTensor,
  type QuantiseKind,
} from './float-int8.ts';
import { Pooling, type PoolingExports } from './pooling.ts';
import { type ImageShape, TILE_BYTES_MAX, type Window } from './window.ts';

export type Operators = {
  /** Packs weights (height x width x channels int8). Keep the result. */
  packDepthwise(w: Int8Array, height: number, width: number, channels: number): DepthwiseWeights;
  /**
   * x (images x height x width x channels int8) under the weights, channel by channel: outputShape(...) int32 sums of x * w,
   * exact. Padding holds `zero`, the input's zero point; the sum's own zero point is the caller's bias: -zero * sum(w).
   */
  depthwise(
    x: Int8Array,
    shape: ImageShape,
    weights: DepthwiseWeights,
    walk: Omit<Window, 'height' | 'width'>,
    zero: number,
  ): Int32Array;
  /** depthwise, then requantise by channel, with the sums left in kernel memory: four times less to carry out. */
  depthwiseInt8(
    x: Int8Array,
    shape: ImageShape,
    weights: DepthwiseWeights,
    walk: Omit<Window, 'height' | 'width'>,
    zero: number,
    channels: Channels,
    range: Int8Range,
  ): Int8Array;
  /** Largest pixel of each window, channel by channel. The input's scale stays. */
  maxPool(x: Int8Array, shape: ImageShape, window: Window): Int8Array;
  /** floor(sum / n + 1/2) over the n pixels of each window that lie inside the image; n is at most 2^22. */
  averagePool(x: Int8Array, shape: ImageShape, window: Window): Int8Array;
  /** averagePool with the image as the window: images x channels. Streams, so that an image may exceed kernel memory. */
  globalAverage(x: Int8Array, shape: ImageShape): Int8Array;
  /** min(high, max(low, x)): a ReLU with low = the zero point, a ReLU6 with high = the quantised 6. */
  clamp(x: Int8Array, low: number, high: number): Int8Array;
  /** table[x + 128], 256 entries, made by the caller: any function of one int8. */
  lookup(x: Int8Array, table: Int8Array): Int8Array;
  /** round(sum of both, each by its zero point and multiplier, / 2^shift) + zero, clamped: see AddScaling. */
  add(a: Int8Array, b: Int8Array, scaling: AddScaling, range: Int8Range): Int8Array;
  /** acc (rows x columns) + bias (columns), saturating at the ends of int32. */
  addBias(acc: Int32Array, rows: number, columns: number, bias: Int32Array): Int32Array;
  /** acc (rows x columns) to int8 by the rule of hpu/quantise.ts. */
  requantise(acc: Int32Array, rows: number, columns: number, channels: Channels, range: Int8Range): Int8Array;
  /** As requantise, with one channel for all. */
  requantiseTensor(acc: Int32Array, channel: Channel, range: Int8Range): Int8Array;
  /** As requantise, to int32 without a zero point. */
  rescale(acc: Int32Array, rows: number, columns: number, channels: Channels): Int32Array;
  /** f32 sum, rounded once. NaN results of the f32 operators are 0x7fc00000. */
  addF32(a: Float32Array, b: Float32Array): Float32Array;
  mulF32(a: Float32Array, b: Float32Array): Float32Array;
  /** As Math.min: -0 < +0, NaN wins. */
  minF32(a: Float32Array, b: Float32Array): Float32Array;
  maxF32(a: Float32Array, b: Float32Array): Float32Array;
  /** x where x > 0, else +0: so for NaN. */
  reluF32(x: Float32Array): Float32Array;
  /** Smallest and largest, never -0; of nothing, 0 and 0. Refuses NaN and infinities. */
  extent(x: Float32Array): Extent;
  /** The same by columns of x (rows x columns). */
  columnExtents(x: Float32Array, rows: number, columns: number): { low: Float32Array; high: Float32Array };
  /** q = clamp(floor(x * (1 / scale) + 1/2) + zero), in f64, with the scale of the tensor's own extent. 0 is exact. */
  quantiseTensor(x: Float32Array, kind: QuantiseKind): QuantisedTensor;
  /** The same with a scale for each column of x (rows x columns): the output channels of weights laid out k x n. */
  quantiseColumns(x: Float32Array, rows: number, columns: number, kind: QuantiseKind): QuantisedColumns;
  /** (q - zero) * scale in f64, held to the finite f32, rounded to f32. */
  dequantise(q: Int8Array, scale: Int8Scale): Float32Array;
  dequantiseColumns(q: Int8Array, rows: number, columns: number, scales: ColumnScales): Float32Array;
  /** Kernel memory in use, at most 21 MiB by construction. */
  memoryBytes(): number;
};

type OperatorExports = DepthwiseExports &
  PoolingExports &
  ElementwiseExports &
  ScalingExports &
  FloatExports & { memory: WebAssembly.Memory; heapBase(): number };

/** A depthwise call is the largest: its weights, tap offsets, a tile in, its sums and their int8, constants of the channels. */
const SCRATCH_BYTES_MAX =
  DEPTHWISE_WEIGHT_BYTES_MAX +
  OFFSET_BYTES_MAX +
  2 * TILE_BYTES_MAX +
  TILE_BYTES_MAX / 4 +
  COLUMNS_MAX * 12 +
  (1 << 16);

export function createOperators(module: WebAssembly.Module): Operators {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as OperatorExports;
  const arena = new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX);
  const depthwise = new Depthwise(wasm, arena);
  const pooling = new Pooling(wasm, arena);
  const elements = new Elementwise(wasm, arena);
  const scaling = new Scaling(wasm, arena);
  const floats = new FloatInt8(wasm, arena);
  return {
    packDepthwise,
    depthwise: (x, shape, weights, walk, zero) => depthwise.convolve({ x, shape, weights, walk, zero }),
    depthwiseInt8: (x, shape, weights, walk, zero, channels, range) =>
      depthwise.convolveInt8({ x, shape, weights, walk, zero }, channels, range),
    maxPool: (x, shape, window) => pooling.pool('max', x, shape, window),
    averagePool: (x, shape, window) => pooling.pool('average', x, shape, window),
    globalAverage: (x, shape) => pooling.globalAverage(x, shape),
    clamp: (x, low, high) => elements.clamp(x, low, high),
    lookup: (x, table) => elements.lookup(x, table),
    add: (a, b, scaling, range) => elements.add(a, b, scaling, range),
    addBias: (acc, rows, columns, bias) => elements.addBias(acc, rows, columns, bias),
    requantise: (acc, rows, columns, channels, range) => scaling.requantise(acc, rows, columns, channels, range),
    requantiseTensor: (acc, channel, range) => elements.requantiseTensor(acc, channel, range),
    rescale: (acc, rows, columns, channels) => scaling.rescale(acc, rows, columns, channels),
    addF32: (a, b) => elements.binaryF32('addF32', a, b),
    mulF32: (a, b) => elements.binaryF32('mulF32', a, b),
    minF32: (a, b) => elements.binaryF32('minF32', a, b),
    maxF32: (a, b) => elements.binaryF32('maxF32', a, b),
    reluF32: (x) => elements.reluF32(x),
    extent: (x) => floats.extent(x),
    columnExtents: (x, rows, columns) => floats.columnExtents(x, rows, columns),
    quantiseTensor: (x, kind) => floats.quantiseTensor(x, kind),
    quantiseColumns: (x, rows, columns, kind) => floats.quantiseColumns(x, rows, columns, kind),
    dequantise: (q, scale) => floats.dequantise(q, scale),
    dequantiseColumns: (q, rows, columns, scales) => floats.dequantiseColumns(q, rows, columns, scales),
    memoryBytes: () => wasm.memory.buffer.byteLength,
  };
}

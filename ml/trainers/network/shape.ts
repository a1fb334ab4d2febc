/**
 * What a network is made of, and where its parameters lie. In kernel memory rows and columns are padded to the tiles of the
 * product, with zeros that training leaves zero; a model's bytes hold the true entries only.
 */
import type { ImageShape } from '../trainer.ts';

/** Blocks of 3x3 convolution, ReLU and 2x2 maximum; then dense layers with ReLU between them. */
export interface NetworkShape {
  /** Of one row; columns of a table are channels of one pixel. */
  readonly input: ImageShape;
  /** Filters of each convolution, multiples of 8. */
  readonly filters: readonly number[];
  /** Outputs of each dense layer, the last the network's. */
  readonly widths: readonly number[];
}

/** Offsets and sizes in floats. */
export interface ConvolutionBlock {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Columns of one image row of a window: 3 * channels, rounded up to 4. */
  readonly run: number;
  readonly filters: number;
  readonly weights: number;
  readonly bias: number;
}

export interface DenseBlock {
  readonly inputs: number;
  readonly outputs: number;
  /** `inputs` rounded up to 4 for columns of a table and to 8 behind another layer: floats between rows of its input. */
  readonly rows: number;
  /** `outputs` rounded up to 8. */
  readonly ld: number;
  readonly weights: number;
  readonly bias: number;
}

export interface Layout {
  readonly convolutions: readonly ConvolutionBlock[];
  readonly dense: readonly DenseBlock[];
  /** Padded parameters in all. */
  readonly floats: number;
}

export const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

export function layoutOf({ input, filters, widths }: NetworkShape): Layout {
  let { height, width, channels } = input;
  let floats = 0;
  const take = (count: number): number => {
    floats += count;
    return floats - count;
  };
  const convolutions = filters.map((count): ConvolutionBlock => {
    const run = roundUp(3 * channels, 4);
    const block = { height, width, channels, run, filters: count };
    const placed = { ...block, weights: take(3 * run * count), bias: take(count) };
    [height, width, channels] = [height >> 1, width >> 1, count];
    return placed;
  });
  let inputs = height * width * channels;
  let rows = roundUp(inputs, 4);
  const dense = widths.map((outputs): DenseBlock => {
    const ld = roundUp(outputs, 8);
    const block = { inputs, outputs, rows, ld, weights: take(rows * ld), bias: take(ld) };
    [inputs, rows] = [outputs, ld];
    return block;
  });
  return { convolutions, dense, floats };
}

/** True parameters, one array a tensor: for each layer weights (3 x 3 x channels x filters, or inputs x outputs) and bias. */
export type Tensors = readonly Float32Array[];

/** Sizes of the tensors of a shape, in their order. */
export function tensorSizes(layout: Layout): number[] {
  return [
    ...layout.convolutions.flatMap(({ channels, filters }) => [9 * channels * filters, filters]),
    ...layout.dense.flatMap(({ inputs, outputs }) => [inputs * outputs, outputs]),
  ];
}

/** Visits each row of each tensor: where it lies padded, in which tensor, from which entry, and its length. */
function eachRow(layout: Layout, visit: (at: number, tensor: number, from: number, length: number) => void): void {
  layout.convolutions.forEach(({ channels, run, filters, weights, bias }, i) => {
    for (let row = 0; row < 9 * channels; row++) {
      const padded = Math.floor(row / (3 * channels)) * run + (row % (3 * channels));
      visit(weights + padded * filters, 2 * i, row * filters, filters);
    }
    visit(bias, 2 * i + 1, 0, filters);
  });
  layout.dense.forEach(({ inputs, outputs, ld, weights, bias }, i) => {
    const tensor = 2 * (layout.convolutions.length + i);
    for (let row = 0; row < inputs; row++) visit(weights + row * ld, tensor, row * outputs, outputs);
    visit(bias, tensor + 1, 0, outputs);
  });
}

export function padTensors(layout: Layout, tensors: Tensors): Float32Array<ArrayBuffer> {
  const padded = new Float32Array(layout.floats);
  eachRow(layout, (at, tensor, from, length) => {
    padded.set((tensors[tensor] as Float32Array).subarray(from, from + length), at);
  });
  return padded;
}

export function tensorsOf(layout: Layout, padded: Float32Array): Tensors {
  const tensors = tensorSizes(layout).map((size) => new Float32Array(size));
  eachRow(layout, (at, tensor, from, length) => {
    (tensors[tensor] as Float32Array).set(padded.subarray(at, at + length), from);
  });
  return tensors;
}

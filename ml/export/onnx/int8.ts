/**
 * An int8 network's layers as nodes, to the same integers as ours. Products are in doubles, which hold every sum of them whatever its
 * order; MatMulInteger does not: some processors' int8 products saturate at 16 bits on their way. What is rounded once
 * is shifted in int64.
 */
import type { Int8Scale } from '../../../hpu/quantise.ts';
import type { Int8Layer } from '../../mlp/model.ts';
import { HIDDEN, type Int8Network } from '../../trainers/network/int8-model.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { affine, cast } from './operators.ts';
import { number, type OnnxTensor } from './tensor.ts';

/**
 * Added before a division and taken off as a quotient behind it: ONNX divides toward zero, and of what is not negative that is the
 * floor. |(sum + bias) * multiplier| < 1.5 * 2^60 (int8-model.ts) and half a step is 2^61 at most: all lies between 0 and 2^63.
 */
const OFFSET_BITS = 62n;
const INT32 = { low: -(2 ** 31), high: 2 ** 31 - 1 } as const;

/** `x`: float [rows, columns]. Gives double [rows, outputs]: probabilities, or values. */
export function int8Outputs(graph: OnnxGraph, x: Value, network: Int8Network): Value {
  const { layers, classes, outputScale } = network;
  const last = layers.length - 1;
  let steps = quantised(graph, x, network.input);
  layers.forEach((layer, i) => {
    const sums = product(graph, steps, layer);
    const rounded = shifted(graph, sums, layer, i < last ? HIDDEN.zero : 0);
    steps = cast(graph, clamped(graph, rounded, int64, i < last ? HIDDEN : INT32), 'double');
  });
  const outputs = graph.add('Mul', [steps, graph.constant(number(outputScale))]);
  if (classes === 0) return affine(graph, outputs, network.scale, network.mean);
  return graph.add('Softmax', [outputs], { axis: { int: -1 } });
}

const int64 = (value: number): OnnxTensor => ({ type: 'int64', dims: [], values: [value] });
const channelRow = (values: readonly bigint[]): OnnxTensor => ({ type: 'int64', dims: [1, values.length], values });

function clamped(
  graph: OnnxGraph,
  x: Value,
  scalar: (value: number) => OnnxTensor,
  { low, high }: { readonly low: number; readonly high: number },
): Value {
  const above = graph.add('Max', [x, graph.constant(scalar(low))]);
  return graph.add('Min', [above, graph.constant(scalar(high))]);
}

/** clamp(floor(x * (1 / scale) + 1/2) + zero), as whole doubles. */
function quantised(graph: OnnxGraph, x: Value, { scale, zero }: Int8Scale): Value {
  const halfUp = affine(graph, cast(graph, x, 'double'), 1 / scale, 0.5);
  const moved = graph.add('Add', [graph.add('Floor', [halfUp]), graph.constant(number(zero))]);
  return clamped(graph, moved, number, { low: -128, high: 127 });
}

/** Exact: sums are below 2^28. */
function product(graph: OnnxGraph, steps: Value, { weights, bias }: Int8Layer): Value {
  const dims = [weights.length / bias.length, bias.length];
  const matrix = cast(graph, graph.constant({ type: 'int8', dims, values: weights }), 'double');
  return cast(graph, graph.add('MatMul', [steps, matrix]), 'int64');
}

/** floor(((sum + bias) * multiplier + 2^(shift - 1)) / 2^shift) + zero, in int64. */
function shifted(graph: OnnxGraph, sums: Value, { bias, multiplier, shift }: Int8Layer, zero: number): Value {
  const row = (of: (channel: number) => bigint): Value =>
    graph.constant(channelRow(Array.from(bias, (_, channel) => of(channel))));
  const bits = (channel: number): bigint => BigInt(shift[channel] as number);
  const scaled = graph.add('Mul', [
    graph.add('Add', [sums, row((c) => BigInt(bias[c] as number))]),
    row((c) => BigInt(multiplier[c] as number)),
  ]);
  const positive = graph.add('Add', [scaled, row((c) => (1n << OFFSET_BITS) + (1n << (bits(c) - 1n)))]);
  const quotient = graph.add('Div', [positive, row((c) => 1n << bits(c))]);
  return graph.add('Sub', [quotient, row((c) => (1n << (OFFSET_BITS - bits(c))) - BigInt(zero))]);
}

/** Operators with their ONNX spelling, where more than one file needs them. */
import type { OnnxGraph, Value } from './graph.ts';
import { ELEMENT, type ElementType, number, shape } from './tensor.ts';

export const cast = (graph: OnnxGraph, value: Value, type: ElementType): Value =>
  graph.add('Cast', [value], { to: { int: ELEMENT[type] } });

/** Side by side: [rows, a], [rows, b] to [rows, a + b]. */
export const concat = (graph: OnnxGraph, values: readonly Value[]): Value =>
  values.length === 1 ? (values[0] as Value) : graph.add('Concat', values, { axis: { int: 1 } });

/** Columns of a matrix by their indices. */
export const gather = (graph: OnnxGraph, matrix: Value, columns: readonly number[]): Value =>
  graph.add('Gather', [matrix, graph.constant(shape(...columns))], { axis: { int: 1 } });

/** [rows, ...] to [rows, width]. */
export const flat = (graph: OnnxGraph, value: Value, width: number): Value =>
  graph.add('Reshape', [value, graph.constant(shape(-1, width))]);

/** Doubles; NaN stays, and what is beyond `limit` in size, or infinite, becomes NaN. */
export function missingBeyond(graph: OnnxGraph, value: Value, limit: number): Value {
  const size = graph.add('Abs', [value]);
  const kept = graph.add('LessOrEqual', [size, graph.constant(number(limit))]);
  return graph.add('Where', [kept, value, graph.constant(number(Number.NaN))]);
}

/** x * scale + base, in doubles. */
export const affine = (graph: OnnxGraph, x: Value, scale: number, base: number): Value =>
  graph.add('Add', [graph.add('Mul', [x, graph.constant(number(scale))]), graph.constant(number(base))]);

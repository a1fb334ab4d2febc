/** The nearest centre, the first among equals: the least |c|^2 - 2 x c. */
import type { Clusters } from '../../trainers/kmeans/model.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { cast } from './operators.ts';
import { number, row } from './tensor.ts';

/** `x`: float [rows, cols]. Gives the index of the cluster as double [rows, 1]. */
export function clusterOutputs(graph: OnnxGraph, x: Value, { cols, centres }: Clusters): Value {
  const count = centres.length / cols;
  const clusters = Array.from({ length: count }, (_, k) => centres.subarray(k * cols, (k + 1) * cols));
  const norms = clusters.map((centre) => centre.reduce((sum, c) => sum + c * c, 0));
  const columns = Float64Array.from(centres, (_, i) => clusters[i % count]?.[Math.floor(i / count)] as number);
  const matrix = graph.constant({ type: 'double', dims: [cols, count], values: columns });
  const products = graph.add('MatMul', [cast(graph, x, 'double'), matrix]);
  const twice = graph.add('Mul', [products, graph.constant(number(2))]);
  const gaps = graph.add('Sub', [graph.constant(row(norms)), twice]);
  return cast(graph, graph.add('ArgMin', [gaps], { axis: { int: 1 } }), 'double');
}

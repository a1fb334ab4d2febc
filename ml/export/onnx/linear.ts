/** Ridge and logistic models as a matrix product, in doubles as ours. */
import type { LinearModel } from '../../trainers/linear/model.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { cast } from './operators.ts';
import { row } from './tensor.ts';

/** `x`: float or double [rows, cols]. Gives double [rows, outputs]: probabilities, or values. */
export function linearOutputs(graph: OnnxGraph, x: Value, { cols, classes, intercepts, weights }: LinearModel): Value {
  const matrix = graph.constant({ type: 'double', dims: [cols, intercepts.length], values: weights });
  const product = graph.add('MatMul', [cast(graph, x, 'double'), matrix]);
  const scores = graph.add('Add', [product, graph.constant(row(intercepts))]);
  if (classes === 0) return scores;
  if (classes > 2) return graph.add('Softmax', [scores], { axis: { int: -1 } });
  // The one score is the second class's.
  return graph.add('Sigmoid', [graph.add('Mul', [scores, graph.constant(row([-1, 1]))])]);
}

/**
 * A forest as a TreeEnsembleRegressor: its targets are the classes (shares or margins) or the one value. Its leaves add up in floats,
 * as those of boosting do with us; ours of forests add in doubles, which may differ in the seventh digit.
 */
import type { DecodedForest } from '../../trainers/trees/decoded.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { affine, cast, concat } from './operators.ts';
import { subsetColumns } from './subsets.ts';
import { number, row } from './tensor.ts';
import { ensembleAttributes } from './tree-nodes.ts';

/** `x`: float [rows, cols] of the `tree` view. Gives double [rows, outputs]: probabilities, or values. */
export function forestOutputs(graph: OnnxGraph, x: Value, forest: DecodedForest): Value {
  const { kind, base, scale, offsets, trees } = forest;
  const targets = kind === 'logistic' ? 1 : forest.outputs;
  const subsets = subsetColumns(graph, x, forest);
  const attributes = ensembleAttributes(forest, targets, subsets.placeOf);
  const matrix = concat(graph, [x, ...subsets.values]);
  const sums = cast(graph, graph.add('TreeEnsembleRegressor', [matrix], attributes), 'double');
  const mean = () => graph.add('Div', [sums, graph.constant(number(Math.max(1, trees.length)))]);
  switch (kind) {
    case 'shares':
      return mean();
    case 'mean':
      return affine(graph, mean(), scale, base);
    case 'sum':
      return affine(graph, sums, scale, base);
    case 'logistic': {
      const margin = graph.add('Add', [sums, graph.constant(number(offsets[0] as number))]);
      return graph.add('Sigmoid', [graph.add('Mul', [margin, graph.constant(row([-1, 1]))])]);
    }
    case 'softmax': {
      const margins = graph.add('Add', [sums, graph.constant(row(offsets))]);
      return graph.add('Softmax', [margins], { axis: { int: -1 } });
    }
  }
}

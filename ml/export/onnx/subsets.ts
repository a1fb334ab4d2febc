/**
 * Splits on subsets of categories, which a TreeEnsembleRegressor does not know: each subset becomes a column of its own, looked up in
 * a table by the code, that is 0 where a row goes left and 1 where it goes right. NaN stays NaN, and goes as the node says.
 */
import type { DecodedForest } from '../../trainers/trees/decoded.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { cast, flat, gather } from './operators.ts';
import { number } from './tensor.ts';

/** What a node compares such a column with: above 0 and below 1. */
export const SUBSET_THRESHOLD = 0.5;

export interface SubsetColumns {
  /** Float [rows, subsets], one for each column of categories; to be put behind the matrix in this order. */
  readonly values: readonly Value[];
  /** Column in which the rows of a subset are told. */
  placeOf(column: number, codes: readonly number[]): number;
}

const keyOf = (column: number, codes: readonly number[]): string => `${column}:${codes.join(',')}`;

/** `x`: float [rows, cols] of the `tree` view. Equal subsets share a column. */
export function subsetColumns(graph: OnnxGraph, x: Value, { trees, cols, categories }: DecodedForest): SubsetColumns {
  const byColumn = new Map<number, Map<string, readonly number[]>>();
  for (const tree of trees) {
    tree.subset.forEach((codes, node) => {
      if (!codes) return;
      const column = tree.column[node] as number;
      const own = byColumn.get(column) ?? new Map<string, readonly number[]>();
      byColumn.set(column, own.set(keyOf(column, codes), codes));
    });
  }
  const places = new Map<string, number>();
  const values = [...byColumn].map(([column, subsets]) => {
    for (const key of subsets.keys()) places.set(key, cols + places.size);
    return lookUp(graph, gather(graph, x, [column]), categories[column] as number, [...subsets.values()]);
  });
  return { values, placeOf: (column, codes) => places.get(keyOf(column, codes)) as number };
}

/** `codes`: float [rows, 1]. */
function lookUp(graph: OnnxGraph, codes: Value, count: number, subsets: readonly (readonly number[])[]): Value {
  const width = subsets.length;
  const table = new Float32Array((count + 1) * width).fill(1);
  subsets.forEach((left, place) => {
    for (const code of left) table[code * width + place] = 0;
  });
  table.fill(Number.NaN, count * width);
  const constant = graph.constant({ type: 'float', dims: [count + 1, width], values: table });
  const isMissing = graph.add('IsNaN', [codes]);
  const row = graph.add('Where', [isMissing, graph.constant(number(count)), cast(graph, codes, 'double')]);
  const found = graph.add('Gather', [constant, cast(graph, row, 'int64')], { axis: { int: 0 } });
  return flat(graph, found, width);
}

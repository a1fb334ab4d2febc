/** The attributes of a TreeEnsembleRegressor: parallel arrays over all nodes of all trees, and over all weights of all leaves. */
import type { DecodedForest, DecodedTree } from '../../trainers/trees/decoded.ts';
import type { OnnxAttribute } from './attribute.ts';
import { SUBSET_THRESHOLD } from './subsets.ts';

/** One leaf that adds nothing: an ensemble has a tree at least. */
const NO_TREE: DecodedTree = {
  column: Int32Array.of(-1),
  threshold: new Float32Array(1),
  left: new Int32Array(1),
  right: new Int32Array(1),
  missingLeft: new Uint8Array(1),
  subset: [undefined],
  leaf: new Float64Array(1),
  width: 1,
  output: 0,
};

/** Of leaves: columns, thresholds and children are 0. */
function nodeArrays(count: number) {
  return {
    trees: new Int32Array(count),
    ids: new Int32Array(count),
    columns: new Int32Array(count),
    thresholds: new Float32Array(count),
    lefts: new Int32Array(count),
    rights: new Int32Array(count),
    missingLeft: new Int32Array(count),
    modes: new Array<string>(count),
  };
}

function weightArrays(count: number) {
  return {
    trees: new Int32Array(count),
    nodes: new Int32Array(count),
    targets: new Int32Array(count),
    weights: new Float32Array(count),
  };
}

/** Zeros are left out, but for a leaf's first: it has a weight. */
const isKept = (weight: number, k: number): boolean => k === 0 || weight !== 0;

/** Visits the kept weights of every leaf. */
function eachWeight(trees: readonly DecodedTree[], visit: (tree: number, node: number, k: number) => void): void {
  trees.forEach(({ column, leaf, width }, tree) => {
    for (let node = 0; node < column.length; node++) {
      if ((column[node] as number) >= 0) continue;
      for (let k = 0; k < width; k++) if (isKept(leaf[node * width + k] as number, k)) visit(tree, node, k);
    }
  });
}

function weightsOf(trees: readonly DecodedTree[]) {
  let count = 0;
  eachWeight(trees, () => count++);
  const made = weightArrays(count);
  let at = 0;
  eachWeight(trees, (tree, node, k) => {
    const { leaf, width, output } = trees[tree] as DecodedTree;
    made.trees[at] = tree;
    made.nodes[at] = node;
    made.targets[at] = output + k;
    made.weights[at++] = leaf[node * width + k] as number;
  });
  return made;
}

type PlaceOf = (column: number, codes: readonly number[]) => number;

function nodesOf(trees: readonly DecodedTree[], mode: string, placeOf: PlaceOf) {
  const made = nodeArrays(trees.reduce((sum, { column }) => sum + column.length, 0));
  let first = 0;
  trees.forEach((tree, id) => {
    made.lefts.set(tree.left, first);
    made.rights.set(tree.right, first);
    made.missingLeft.set(tree.missingLeft, first);
    made.thresholds.set(tree.threshold, first);
    tree.column.forEach((column, node) => {
      const at = first + node;
      const codes = tree.subset[node];
      made.trees[at] = id;
      made.ids[at] = node;
      made.modes[at] = column < 0 ? 'LEAF' : mode;
      made.columns[at] = codes ? placeOf(column, codes) : Math.max(0, column);
      if (codes) made.thresholds[at] = SUBSET_THRESHOLD;
    });
    first += tree.column.length;
  });
  return made;
}

/** `placeOf`: the column that stands for a subset of a column's categories. */
export function ensembleAttributes(
  { trees: own, comparison }: DecodedForest,
  targets: number,
  placeOf: PlaceOf,
): Record<string, OnnxAttribute> {
  const trees = own.length > 0 ? own : [NO_TREE];
  const nodes = nodesOf(trees, comparison === '<' ? 'BRANCH_LT' : 'BRANCH_LEQ', placeOf);
  const leaves = weightsOf(trees);
  return {
    n_targets: { int: targets },
    aggregate_function: { text: 'SUM' },
    post_transform: { text: 'NONE' },
    nodes_treeids: { ints: nodes.trees },
    nodes_nodeids: { ints: nodes.ids },
    nodes_featureids: { ints: nodes.columns },
    nodes_values: { floats: nodes.thresholds },
    nodes_truenodeids: { ints: nodes.lefts },
    nodes_falsenodeids: { ints: nodes.rights },
    nodes_missing_value_tracks_true: { ints: nodes.missingLeft },
    nodes_modes: { texts: nodes.modes },
    target_treeids: { ints: leaves.trees },
    target_nodeids: { ints: leaves.nodes },
    target_ids: { ints: leaves.targets },
    target_weights: { floats: leaves.weights },
  };
}

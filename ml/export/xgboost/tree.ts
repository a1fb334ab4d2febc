/** One tree of XGBoost's JSON: parallel arrays over its nodes, in f32. */
import type { DecodedForest, DecodedTree } from '../../trainers/trees/decoded.ts';
import type { TypedJson } from './json.ts';

/** What XGBoost writes for the parent of a root. */
const NO_PARENT = 2147483647;
const NUMERICAL = 0;
const CATEGORICAL = 1;

/** A tree that gives every row `value`. */
export function leafTree(value: number, output: number): DecodedTree {
  return {
    column: Int32Array.of(-1),
    threshold: new Float32Array(1),
    left: new Int32Array(1),
    right: new Int32Array(1),
    missingLeft: new Uint8Array(1),
    subset: [undefined],
    leaf: Float64Array.of(value),
    width: 1,
    output,
  };
}

interface Split {
  readonly type: typeof NUMERICAL | typeof CATEGORICAL;
  readonly threshold: number;
  /** Codes that go right: XGBoost names these. */
  readonly right: readonly number[];
}

/** XGBoost has no empty subset: where all codes go one way, a threshold below or above all of them says so. */
function splitOf(tree: DecodedTree, node: number, categories: number): Split {
  const left = tree.subset[node];
  if (!left) return { type: NUMERICAL, threshold: tree.threshold[node] as number, right: [] };
  const isLeft = new Set(left);
  const right = Array.from({ length: categories }, (_, code) => code).filter((code) => !isLeft.has(code));
  if (right.length === 0) return { type: NUMERICAL, threshold: categories, right: [] };
  if (right.length === categories) return { type: NUMERICAL, threshold: 0, right: [] };
  return { type: CATEGORICAL, threshold: 0, right };
}

/** Nodes by their new places: the root, then pairs of children. XGBoost takes the node behind a left child for the right one. */
function pairedOrder({ column, left, right }: DecodedTree): number[] {
  const order = [0];
  for (let at = 0; at < order.length; at++) {
    const node = order[at] as number;
    if ((column[node] as number) >= 0) order.push(left[node] as number, right[node] as number);
  }
  return order;
}

export function treeJson(tree: DecodedTree, id: number, { cols, categories }: DecodedForest): TypedJson {
  const order = pairedOrder(tree);
  const places = new Int32Array(order.length);
  order.forEach((node, place) => {
    places[node] = place;
  });
  const isLeaf = (node: number): boolean => (tree.column[node] as number) < 0;
  const child = (of: Int32Array, node: number): number => (isLeaf(node) ? -1 : (places[of[node] as number] as number));
  const floats = (of: (node: number) => number): Float32Array => Float32Array.from(order, of);
  const leafOr = (node: number, split: number): number => (isLeaf(node) ? (tree.leaf[node] as number) : split);
  const splits = order.map((node) =>
    isLeaf(node) ? undefined : splitOf(tree, node, categories[tree.column[node] as number] as number),
  );
  const parents = new Array<number>(order.length).fill(NO_PARENT);
  order.forEach((node, place) => {
    if (isLeaf(node)) return;
    parents[child(tree.left, node)] = place;
    parents[child(tree.right, node)] = place;
  });
  const subsets = splits.flatMap((split, place) =>
    split?.type === CATEGORICAL ? [{ place, codes: split.right }] : [],
  );
  const segments: number[] = [];
  const codes: number[] = [];
  for (const subset of subsets) {
    segments.push(codes.length);
    codes.push(...subset.codes);
  }
  return {
    base_weights: floats((node) => leafOr(node, 0)),
    categories: codes,
    categories_nodes: subsets.map(({ place }) => place),
    categories_segments: segments,
    categories_sizes: subsets.map((subset) => subset.codes.length),
    default_left: order.map((node) => tree.missingLeft[node] as number),
    id,
    left_children: order.map((node) => child(tree.left, node)),
    loss_changes: floats(() => 0),
    parents,
    right_children: order.map((node) => child(tree.right, node)),
    // Of a leaf: its value.
    split_conditions: Float32Array.from(order, (node, place) => leafOr(node, splits[place]?.threshold ?? 0)),
    split_indices: order.map((node) => Math.max(0, tree.column[node] as number)),
    split_type: splits.map((split) => split?.type ?? NUMERICAL),
    sum_hessian: floats(() => 0),
    tree_param: { num_deleted: '0', num_feature: `${cols}`, num_nodes: `${order.length}`, size_leaf_vector: '1' },
  };
}

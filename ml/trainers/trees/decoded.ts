/** A model's trees with children by index: what an export to another format reads. */
import { ok, type Result } from '../../../protocol/errors.ts';
import { CATEGORY_CODES_MAX } from './columns.ts';
import { KIND, SUBSET_BYTES } from './grown.ts';
import { decodeTreeModel, isBoosted, type ModelKind, type TreeModel } from './model.ts';

/** Arrays by node, the root first, in preorder. */
export interface DecodedTree {
  /** -1 for a leaf. */
  readonly column: Int32Array;
  readonly threshold: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** 1 where a missing cell (NaN) goes left. */
  readonly missingLeft: Uint8Array;
  /** Codes of the category column that go left, ascending; undefined where the node compares a number. */
  readonly subset: readonly (readonly number[] | undefined)[];
  /** Leaves: a value in each row's place, or the shares of the classes, summing to 1: nodes x width. */
  readonly leaf: Float64Array;
  readonly width: number;
  /** Output that the leaves add to (softmax: the class); 0 otherwise. */
  readonly output: number;
}

export interface DecodedForest extends Omit<TreeModel, 'nodes' | 'trees'> {
  /** A row goes left where cell (f32) compares so to the threshold. */
  readonly comparison: '<=' | '<';
  readonly trees: readonly DecodedTree[];
}

/** Takes model bytes of the three families; see model.ts for what the kinds mean. */
export function decodeForest(bytes: Uint8Array): Result<DecodedForest> {
  const decoded = decodeTreeModel(bytes);
  if (!decoded.ok) return decoded;
  const { nodes, trees, ...rest } = decoded.value;
  return ok({ ...rest, comparison: comparisonOf(rest.kind), trees: splitTrees(decoded.value) });
}

export const comparisonOf = (kind: ModelKind): '<=' | '<' => (isBoosted(kind) ? '<' : '<=');

/** Right child of every node of all trees, by index in the whole; 0 for leaves. The left child is the next node. */
export function rightChildren(kinds: Uint8Array): Uint32Array {
  const right = new Uint32Array(kinds.length);
  // Splits whose left side is not yet over. A node that follows a leaf is the right child of the last of them.
  const open: number[] = [];
  for (let i = 0; i < kinds.length; i++) {
    if (i > 0 && kinds[i - 1] === KIND.leaf) {
      const parent = open.pop();
      if (parent !== undefined) right[parent] = i;
    }
    if (kinds[i] !== KIND.leaf) open.push(i);
  }
  return right;
}

/** First node of each tree. */
export function rootsOf(kinds: Uint8Array, trees: number): Uint32Array {
  const roots = new Uint32Array(trees);
  let open = 0;
  let count = 0;
  kinds.forEach((kind, i) => {
    if (open === 0) {
      roots[count++] = i;
      open = 1;
    }
    open += kind === KIND.leaf ? -1 : 1;
  });
  return roots;
}

/** Shares of the classes in row `table` of the tables. */
export function sharesOf(tables: Uint16Array, classes: number, table: number): Float64Array {
  const counts = tables.subarray(table * classes, (table + 1) * classes);
  const sum = counts.reduce((a, b) => a + b, 0);
  return Float64Array.from(counts, (count) => count / sum);
}

function splitTrees(model: TreeModel): DecodedTree[] {
  const { kinds } = model.nodes;
  const roots = rootsOf(kinds, model.trees);
  const right = rightChildren(kinds);
  const at = { split: 0, threshold: 0, subset: 0, leaf: 0 };
  return Array.from(roots, (root, t) => {
    const end = roots[t + 1] ?? kinds.length;
    return readTree(model, { root, end, output: model.kind === 'softmax' ? t % model.outputs : 0 }, right, at);
  });
}

function readTree(
  { nodes, kind, outputs, categories }: TreeModel,
  { root, end, output }: { root: number; end: number; output: number },
  right: Uint32Array,
  at: { split: number; threshold: number; subset: number; leaf: number },
): DecodedTree {
  const count = end - root;
  const width = kind === 'shares' ? outputs : 1;
  const subset: (readonly number[] | undefined)[] = new Array(count).fill(undefined);
  const tree = {
    column: new Int32Array(count).fill(-1),
    threshold: new Float32Array(count),
    left: new Int32Array(count),
    right: new Int32Array(count),
    missingLeft: new Uint8Array(count),
    subset,
    leaf: new Float64Array(count * width),
    width,
    output,
  };
  for (let i = 0; i < count; i++) {
    const own = nodes.kinds[root + i] as number;
    if (own === KIND.leaf) {
      const leaf = at.leaf++;
      if (kind !== 'shares') tree.leaf[i] = nodes.values[leaf] as number;
      else tree.leaf.set(leafShares(nodes, outputs, leaf), i * width);
      continue;
    }
    const column = nodes.columns[at.split++] as number;
    tree.column[i] = column;
    tree.left[i] = i + 1;
    tree.right[i] = (right[root + i] as number) - root;
    tree.missingLeft[i] = own === KIND.split + 1 || own === KIND.subset + 1 ? 1 : 0;
    if (own < KIND.subset) tree.threshold[i] = nodes.thresholds[at.threshold++] as number;
    else subset[i] = codesLeft(nodes.subsets, at.subset++, categories[column] as number);
  }
  return tree;
}

function leafShares(nodes: TreeModel['nodes'], classes: number, leaf: number): Float64Array {
  const payload = nodes.leaves[leaf] as number;
  if (payload >= classes) return sharesOf(nodes.tables, classes, payload - classes);
  const shares = new Float64Array(classes);
  shares[payload] = 1;
  return shares;
}

/** Categories from the last code on share it. */
function codesLeft(subsets: Uint8Array, subset: number, categories: number): number[] {
  const bits = subsets.subarray(subset * SUBSET_BYTES, (subset + 1) * SUBSET_BYTES);
  const last = CATEGORY_CODES_MAX - 1;
  return Array.from({ length: categories }, (_, code) => code).filter((code) => {
    const bit = Math.min(code, last);
    return (((bits[bit >> 3] as number) >> (bit & 7)) & 1) === 1;
  });
}

/** A model's nodes in the layout that hpu/assembly/trees/walk.ts walks: 16 bytes a node, children by index. */
import { comparisonOf, rightChildren, rootsOf } from './decoded.ts';
import { KIND, MISSING_LEFT, SUBSET_BYTES } from './grown.ts';
import type { TreeModel } from './model.ts';
import { WALK_NODE_BYTES } from './model-bounds.ts';

const LEAF = 0x80000000;
const LEFT_IF_MISSING = 0x40000000;
const CATEGORICAL = 0x20000000;

export interface WalkNodes {
  readonly nodes: Uint8Array;
  /** First node of each tree, and one past the last. */
  readonly roots: Uint32Array;
  readonly subsets: Uint8Array;
  /** First subset of each tree, and first row of the model's tables, each with one past the last. */
  readonly subsetFrom: Uint32Array;
  readonly tableFrom: Uint32Array;
  /** Splits on the longest way from each root to a leaf. */
  readonly depths: Uint32Array;
}

/** The largest f32 below a finite x: x' < x is x' <= below(x), for every f32 x' but NaN. */
export function below(x: number): number {
  const value = new Float32Array([x]);
  const bits = new Int32Array(value.buffer);
  const own = bits[0] as number;
  // Signed bits order as the values do above 0, and the other way round below it; under 0 comes the least negative number.
  bits[0] = x === 0 ? 0x80000001 | 0 : own > 0 ? own - 1 : own + 1;
  return value[0] as number;
}

export function walkNodes(model: TreeModel): WalkNodes {
  const { kinds, columns, thresholds, values, leaves, subsets } = model.nodes;
  const nodes = new Uint8Array(kinds.length * WALK_NODE_BYTES);
  const words = new Uint32Array(nodes.buffer);
  const reals = new Float32Array(nodes.buffer);
  const right = rightChildren(kinds);
  const strict = comparisonOf(model.kind) === '<';
  const at = { split: 0, threshold: 0, subset: 0, leaf: 0 };
  kinds.forEach((kind, i) => {
    const node = i * 4;
    if (kind === KIND.leaf) {
      reals[node] = Number.NaN;
      words[node + 1] = LEAF;
      words[node + 2] = i;
      if (model.kind === 'shares') words[node + 3] = leaves[at.leaf++] as number;
      else reals[node + 3] = values[at.leaf++] as number;
      return;
    }
    const subset = kind >= KIND.subset;
    const missingLeft = kind - (subset ? KIND.subset : KIND.split) === MISSING_LEFT;
    words[node + 1] =
      (columns[at.split++] as number) + (missingLeft ? LEFT_IF_MISSING : 0) + (subset ? CATEGORICAL : 0);
    words[node + 2] = right[i] as number;
    if (subset) {
      words[node + 3] = SUBSET_BYTES * at.subset++;
    } else {
      const threshold = thresholds[at.threshold++] as number;
      reals[node] = strict ? below(threshold) : threshold;
    }
  });
  const roots = new Uint32Array(model.trees + 1).fill(kinds.length);
  roots.set(rootsOf(kinds, model.trees));
  return { nodes, roots, subsets, ...startsOf(model, roots), depths: depthsOf(kinds, right, roots) };
}

function startsOf(
  { nodes: { kinds, leaves }, outputs }: TreeModel,
  roots: Uint32Array,
): { subsetFrom: Uint32Array; tableFrom: Uint32Array } {
  const subsetFrom = new Uint32Array(roots.length);
  const tableFrom = new Uint32Array(roots.length);
  let [leaf, subset, table] = [0, 0, 0];
  for (let t = 0; t + 1 < roots.length; t++) {
    for (let i = roots[t] as number; i < (roots[t + 1] as number); i++) {
      if ((kinds[i] as number) >= KIND.subset) subset++;
      else if (kinds[i] === KIND.leaf && leaf < leaves.length && (leaves[leaf++] as number) >= outputs) table++;
    }
    subsetFrom[t + 1] = subset;
    tableFrom[t + 1] = table;
  }
  return { subsetFrom, tableFrom };
}

function depthsOf(kinds: Uint8Array, right: Uint32Array, roots: Uint32Array): Uint32Array {
  const depth = new Uint32Array(kinds.length);
  const deepest = new Uint32Array(roots.length - 1);
  for (let t = 0; t < deepest.length; t++) {
    for (let i = roots[t] as number; i < (roots[t + 1] as number); i++) {
      const own = depth[i] as number;
      if (kinds[i] === KIND.leaf) {
        deepest[t] = Math.max(deepest[t] as number, own);
      } else {
        depth[i + 1] = own + 1;
        depth[right[i] as number] = own + 1;
      }
    }
  }
  return deepest;
}

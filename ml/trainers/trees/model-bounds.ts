/** What a model may be, beyond its form, so that it predicts: finite numbers, in memory and steps that are known before. */
import { F32_MAX } from '../../table/fault.ts';
import { KIND, type Nodes, SUBSET_BYTES } from './grown.ts';

/** Of the families: 2000 rounds of 256 classes are fewer. */
export const MODEL_TREES_MAX = 1 << 19;
/** Splits from a root to a leaf: what a forest's maxDepth may be. */
export const MODEL_DEPTH_MAX = 64;
/** Of a round as it lies in the kernel's memory; the rows that walk it down take 4 MiB more. */
export const ROUND_BYTES_MAX = 28 << 20;
export const WALK_NODE_BYTES = 16;

/** Of a TreeModel, which model.ts has. */
interface Bounded {
  readonly kind: 'shares' | 'mean' | 'sum' | 'logistic' | 'softmax';
  readonly outputs: number;
  readonly trees: number;
  readonly base: number;
  readonly scale: number;
  readonly offsets: Float32Array;
  readonly nodes: Nodes;
}

export function boundsFault(model: Bounded): string | undefined {
  // Means of no trees are no numbers; sums are.
  if (model.trees < 1 && (model.kind === 'shares' || model.kind === 'mean')) return 'a mean of no trees';
  if (model.trees > MODEL_TREES_MAX) return `${model.trees} trees, at most ${MODEL_TREES_MAX}`;
  return walkFault(model) ?? sumFault(model);
}

/** No sum of leaves may leave the range of the numbers that it is added in, whatever the rows are. */
function sumFault({ kind, outputs, trees, base, scale, offsets, nodes }: Bounded): string | undefined {
  if (kind === 'shares') return undefined;
  const leaf = nodes.values.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  if (kind === 'mean') return outOfRange(Math.abs(base) + Math.abs(scale) * leaf, Number.MAX_VALUE);
  const first = offsets.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  // Half of the range leaves room for rounding.
  const margin = first + leaf * (kind === 'softmax' ? trees / outputs : trees);
  return outOfRange(margin, F32_MAX / 2) ?? outOfRange(Math.abs(base) + Math.abs(scale) * margin, Number.MAX_VALUE);
}

const outOfRange = (value: number, max: number): string | undefined =>
  value <= max ? undefined : 'predictions that may not be finite';

/** Depths of the trees, and the bytes of each round. Of a model in due form. */
function walkFault({ kind, outputs, nodes }: Bounded): string | undefined {
  const round = kind === 'softmax' ? outputs : 1;
  // Depths of right sides that are yet to come.
  const open = new Uint8Array(MODEL_DEPTH_MAX + 1);
  let [count, depth, leaf, trees, bytes] = [0, 0, 0, 0, 0];
  for (const own of nodes.kinds) {
    bytes += WALK_NODE_BYTES;
    if (own !== KIND.leaf) {
      if (depth === MODEL_DEPTH_MAX) return `a tree deeper than ${MODEL_DEPTH_MAX}`;
      if (own >= KIND.subset) bytes += SUBSET_BYTES;
      open[count++] = ++depth;
      continue;
    }
    if (kind === 'shares' && (nodes.leaves[leaf++] as number) >= outputs) bytes += outputs * 8;
    if (count > 0) {
      depth = open[--count] as number;
      continue;
    }
    if (bytes > ROUND_BYTES_MAX) return `${bytes} bytes in a round`;
    depth = 0;
    if (++trees % round === 0) bytes = 0;
  }
  return undefined;
}

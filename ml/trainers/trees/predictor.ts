/** Predictions of a model of trees: rows walk down in the kernel, in blocks of rows and of trees that fit its memory. */
import type { Arena } from '../../../hpu/arena.ts';
import type { Meter } from '../../meter.ts';
import { sigmoid, softmax } from '../../numeric/softmax.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Matrix, Predictor } from '../trainer.ts';
import { SUBSET_BYTES } from './grown.ts';
import type { TreeKernel } from './kernel.ts';
import { isBoosted, type TreeModel } from './model.ts';
import { WALK_NODE_BYTES } from './model-bounds.ts';
import { type WalkNodes, walkNodes } from './walk-nodes.ts';

/** Bytes of trees, and of cells and sums of rows, that are in the kernel's memory at once. */
const TREES_BYTES_MAX = 16 << 20;
const ROWS_BYTES_MAX = 4 << 20;

export function treePredictor(model: TreeModel): Predictor {
  let made: WalkNodes | undefined;
  const { cols, outputs, kind } = model;
  return {
    cols,
    outputs,
    predict(kernels: TrainerKernels, input: Matrix, meter: Meter): Float64Array {
      if (input.cols !== cols) throw new RangeError(`${input.cols} columns for a model of ${cols}`);
      made ??= walkNodes(model);
      const sums = walkRows(kernels.trees, model, made, input);
      const depth = made.depths.reduce((sum, own) => sum + own, 0);
      meter.vector(input.rows * depth, 'treeStep');
      meter.vector(input.rows * model.trees * (kind === 'shares' ? outputs : 1), 'leafAdd');
      if (isBoosted(kind) && kind !== 'sum') meter.vector(input.rows * outputs, 'softmaxGradient');
      return finish(model, sums, input.rows);
    },
    importance(): Float64Array {
      // f32 gains of the model as they are summed to 1 in f64 again.
      const sum = model.gains.reduce((a, b) => a + b, 0);
      return Float64Array.from(model.gains, (gain) => (sum > 0 ? gain / sum : 0));
    },
  };
}

/** Sums of a row: class shares, a value, or margins, in whatever the kernel adds them (f64 or f32). */
function walkRows(kernel: TreeKernel, model: TreeModel, walk: WalkNodes, input: Matrix): Float64Array | Float32Array {
  const width = model.kind === 'logistic' ? 1 : model.outputs;
  const boosted = isBoosted(model.kind);
  const sums = boosted ? new Float32Array(input.rows * width) : new Float64Array(input.rows * width);
  if (boosted && model.kind !== 'sum')
    sums.forEach((_, i) => {
      sums[i] = model.offsets[i % width] as number;
    });
  const block = Math.max(1, Math.floor(ROWS_BYTES_MAX / (input.cols * 4 + width * 8)));
  for (const trees of treeBlocks(model, walk)) {
    kernel.claim({ evict: () => undefined });
    kernel.arena.reset();
    const at = placeTrees(kernel, model, walk, trees);
    const x = kernel.arena.take(Math.min(block, input.rows) * input.cols * 4);
    const out = kernel.arena.take(Math.min(block, input.rows) * width * 8);
    for (let from = 0; from < input.rows; from += block) {
      const rows = Math.min(block, input.rows - from);
      kernel.arena.float32(x, rows * input.cols).set(input.x.subarray(from * input.cols, (from + rows) * input.cols));
      const own = sums.subarray(from * width, (from + rows) * width);
      const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
      kernel.arena.fill(out, bytes);
      addTrees(kernel, model, at, { x, rows, cols: input.cols, out });
      bytes.set(kernel.arena.bytes(out, bytes.length));
    }
  }
  return sums;
}

type Block = { readonly from: number; readonly to: number };

/**
 * Runs of trees, whole rounds of them, whose nodes, subsets and shares stay within TREES_BYTES_MAX; a larger round, up to
 * ROUND_BYTES_MAX, is a run of its own.
 */
function* treeBlocks({ kind, outputs, trees }: TreeModel, walk: WalkNodes): Generator<Block> {
  const round = kind === 'softmax' ? outputs : 1;
  const between = (starts: Uint32Array, from: number, to: number): number =>
    (starts[to] as number) - (starts[from] as number);
  const bytes = (from: number, to: number): number =>
    between(walk.roots, from, to) * WALK_NODE_BYTES +
    between(walk.subsetFrom, from, to) * SUBSET_BYTES +
    between(walk.tableFrom, from, to) * outputs * 8;
  let from = 0;
  for (let to = round; to <= trees; to += round) {
    const last = to + round > trees;
    if (!last && bytes(from, to + round) <= TREES_BYTES_MAX) continue;
    yield { from, to };
    from = to;
  }
}

interface Placed {
  readonly nodes: number;
  readonly roots: number;
  readonly trees: number;
  readonly subsets: number;
  readonly tables: number;
}

/** Nodes name each other, their subsets and tables by place in the whole model: addresses are those of the whole. */
function placeTrees({ arena }: TreeKernel, model: TreeModel, walk: WalkNodes, { from, to }: Block): Placed {
  const first = walk.roots[from] as number;
  const end = walk.roots[to] as number;
  const subsets = placeSubsets(arena, walk, { from, to });
  const firstTable = walk.tableFrom[from] as number;
  const tables = arena.put(sharesBetween(model, firstTable, walk.tableFrom[to] as number));
  const roots = arena.put(walk.roots.subarray(from, to));
  const nodes = arena.put(walk.nodes.subarray(first * WALK_NODE_BYTES, end * WALK_NODE_BYTES));
  return {
    nodes: nodes - first * WALK_NODE_BYTES,
    roots,
    trees: to - from,
    subsets,
    tables: tables - firstTable * model.outputs * 8,
  };
}

/** 0, where there are none, lets the kernel walk rows side by side, past no category. */
function placeSubsets(arena: Arena, { subsets, subsetFrom }: WalkNodes, { from, to }: Block): number {
  const start = (subsetFrom[from] as number) * SUBSET_BYTES;
  const own = subsets.subarray(start, (subsetFrom[to] as number) * SUBSET_BYTES);
  if (own.length === 0) return 0;
  const at = arena.put(own);
  // The second copy lies elsewhere.
  return at === start ? arena.put(own) - start : at - start;
}

/** Shares of the classes in these rows of the tables, as sharesOf has them. */
function sharesBetween({ nodes, outputs }: TreeModel, from: number, to: number): Float64Array {
  const counts = nodes.tables.subarray(from * outputs, to * outputs);
  const shares = new Float64Array(counts.length);
  for (let start = 0; start < counts.length; start += outputs) {
    let sum = 0;
    for (let k = start; k < start + outputs; k++) sum += counts[k] as number;
    for (let k = start; k < start + outputs; k++) shares[k] = (counts[k] as number) / sum;
  }
  return shares;
}

function addTrees(
  { wasm }: TreeKernel,
  { kind, outputs }: TreeModel,
  { nodes, roots, trees, subsets, tables }: Placed,
  { x, rows, cols, out }: { x: number; rows: number; cols: number; out: number },
): void {
  if (kind === 'shares') {
    wasm.addShares(nodes, roots, trees, subsets, x, rows, cols, out, outputs, tables);
  } else if (kind === 'mean') {
    wasm.addValues(nodes, roots, trees, subsets, x, rows, cols, out);
  } else {
    wasm.addMargins(nodes, roots, trees, subsets, x, rows, cols, out, kind === 'softmax' ? outputs : 1);
  }
}

function finish(model: TreeModel, sums: Float64Array | Float32Array, rows: number): Float64Array {
  const { kind, outputs, trees, base, scale } = model;
  switch (kind) {
    case 'shares':
      return Float64Array.from(sums).map((sum) => sum / trees);
    case 'mean':
      return Float64Array.from(sums).map((sum) => base + scale * (sum / trees));
    case 'sum':
      return Float64Array.from(sums).map((sum) => base + scale * sum);
    case 'logistic': {
      const out = new Float64Array(rows * 2);
      sums.forEach((margin, r) => {
        out[2 * r] = sigmoid(-margin);
        out[2 * r + 1] = sigmoid(margin);
      });
      return out;
    }
    case 'softmax': {
      const out = Float64Array.from(sums);
      for (let r = 0; r < rows; r++) softmax(out, r * outputs, outputs);
      return out;
    }
  }
}

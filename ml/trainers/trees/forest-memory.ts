/** Where a forest's fit lies in kernel memory: the Grove and the Growth of hpu/assembly/trees/forest-state.ts. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { FitKey, TrainSet } from '../trainer.ts';
import { type Centring, clampValue } from './centring.ts';
import { codeColumns, codingBytes, WIDE_CODES_MAX } from './columns.ts';
import { TREE_SCRATCH_BYTES_MAX, type TreeKernel } from './kernel.ts';

export interface ForestPlan {
  readonly rows: number;
  readonly cols: number;
  /** 0 for values. */
  readonly classes: number;
  readonly trees: number;
  readonly candidates: number;
  readonly minLeaf: number;
  readonly maxDepth: number;
  readonly bootstrap: boolean;
  /** Thresholds are drawn, not searched. */
  readonly drawn: boolean;
}

/** Fields of a Growth, in u32 and f64 from its start. */
const GROWTH_BYTES = 144;
const STACK_BYTES = 12;
const NODE_BYTES = 12;
const FIELD = { nodes: 1, rows: 18, cells: 14, sorted: 15, scanned: 16, moved: 17 } as const;

export const LEAF = 0x80000000;
export const LEFT_IF_MISSING = 0x40000000;

const TRAIT_MISSING = 1;
const TRAIT_SHARED = 2;

/** Bytes before the order of rows in a Growth, and the most nodes of a tree. */
function growthLayout({ rows, cols, classes, maxDepth, minLeaf }: ForestPlan) {
  const totals = GROWTH_BYTES + (maxDepth + 2) * STACK_BYTES;
  const gains = Math.ceil((totals + classes * 4) / 8) * 8;
  const order = gains + cols * 12;
  const leavesMax = Math.min(Math.max(1, Math.floor(rows / minLeaf)), 2 ** Math.min(30, maxDepth));
  return { gains, order, nodes: order + rows * 4, nodesMax: 2 * leavesMax };
}

const TALLY_BYTES = 16;

/** Codes of a column at most, by what memory is left: fewer only where columns and rows are many. */
const CODES_MAX = [WIDE_CODES_MAX, 16_383, 4095, 1023] as const;

function forestBytes(plan: ForestPlan, codesMax: number): number {
  const { rows, cols, classes } = plan;
  const { nodes, nodesMax } = growthLayout(plan);
  return (
    rows * cols * 2 + // codes
    Math.min(rows, codesMax) * cols * 4 + // at most: a value a code
    rows * 16 + // items, spare
    rows * (classes > 0 ? 4 : 24) + // targets
    (Math.min(rows, codesMax) + 1) * TALLY_BYTES +
    codingBytes(rows, codesMax) +
    nodes +
    nodesMax * NODE_BYTES +
    cols * 64 +
    4096
  );
}

function codesFitting(plan: ForestPlan): number | undefined {
  return CODES_MAX.find((codes) => forestBytes(plan, codes) <= TREE_SCRATCH_BYTES_MAX);
}

/** work_too_large for rows that the kernel's memory does not hold. */
export function checkForestMemory(plan: ForestPlan): Result<true> {
  if (codesFitting(plan) !== undefined) return ok(true);
  return fail('work_too_large', `${plan.rows} rows of ${plan.cols} columns for a forest`);
}

/** The memory of a fit: valid until the kernel is claimed by another. */
export class ForestMemory {
  readonly #kernel: TreeKernel;
  readonly #plan: ForestPlan;
  readonly #grove: number;
  readonly #growth: number;

  constructor(kernel: TreeKernel, plan: ForestPlan, set: TrainSet, key: FitKey, { base, scale }: Centring) {
    const { arena } = kernel;
    const { rows, cols, classes } = plan;
    this.#kernel = kernel;
    this.#plan = plan;
    const items = arena.take(rows * 8);
    const spare = arena.take(rows * 8);
    const codes = arena.take(rows * cols * 2);
    const codesMax = Math.min(rows, codesFitting(plan) as number);
    const columns = codeColumns(kernel, set.input, undefined, { codes, items, spare, codesMax, wide: true });
    const offsets = new Uint32Array(cols + 1);
    columns.forEach(({ highs }, c) => {
      offsets[c + 1] = (offsets[c] as number) + highs.length;
    });
    const highs = arena.take((offsets[cols] as number) * 4);
    columns.forEach((column, c) => {
      arena.float32(highs + (offsets[c] as number) * 4, column.highs.length).set(column.highs);
    });
    const traits = Uint8Array.from(columns, (column) => {
      const shared = column.lows.some((low, i) => low !== column.highs[i]);
      return (column.missing ? TRAIT_MISSING : 0) + (shared ? TRAIT_SHARED : 0);
    });
    const target = arena.take(rows * (classes > 0 ? 4 : 16));
    if (classes > 0) arena.bytes(target, rows * 4).set(new Uint8Array(Uint32Array.from(set.y).buffer));
    const y = classes > 0 ? 0 : arena.put(Float64Array.from(set.y, (own) => (clampValue(own) - base) / scale));
    const tallyMax = codesMax + 1;
    const tallies = arena.take(tallyMax * TALLY_BYTES);
    const sides = arena.take(Math.max(1, classes) * 12);
    const grove = [
      rows,
      cols,
      classes,
      plan.candidates,
      plan.minLeaf,
      plan.maxDepth,
      plan.drawn ? 1 : 0,
      ...key,
      codes,
    ];
    grove.push(highs, arena.put(offsets), arena.put(traits), target, y, items, spare, tallies, tallyMax, sides);
    this.#grove = arena.put(Uint32Array.from(grove));
    const { nodes, nodesMax } = growthLayout(plan);
    this.#growth = arena.take(nodes + nodesMax * NODE_BYTES);
  }

  begin(tree: number): void {
    this.#kernel.wasm.beginTree(this.#grove, this.#growth, tree, this.#plan.bootstrap);
  }

  /** Whether the tree is done. `operations`: cells to look at or to move. */
  grow(operations: number): boolean {
    return Boolean(this.#kernel.wasm.growTree(this.#grove, this.#growth, operations));
  }

  /** Work on the tree so far, in what LANE_OPS prices. */
  get work(): { cells: number; sorted: number; scanned: number; moved: number } {
    const reals = new Float64Array(this.#kernel.wasm.memory.buffer, this.#growth, GROWTH_BYTES / 8);
    const at = (field: keyof typeof FIELD): number => reals[FIELD[field]] as number;
    return { cells: at('cells'), sorted: at('sorted'), scanned: at('scanned'), moved: at('moved') };
  }

  /** What a checkpoint keeps of the tree under way. */
  save(): Uint8Array {
    const { nodes } = growthLayout(this.#plan);
    return this.#kernel.arena.bytes(this.#growth, nodes + this.#nodeCount * NODE_BYTES).slice();
  }

  /** Throws unless the bytes are those of a `save`, as far as lengths tell. */
  restore(saved: Uint8Array, tree: number): void {
    const { nodes, nodesMax } = growthLayout(this.#plan);
    if (saved.length < nodes || saved.length > nodes + nodesMax * NODE_BYTES) throw new RangeError('another tree');
    this.#kernel.arena.fill(this.#growth, saved);
    if (saved.length !== nodes + this.#nodeCount * NODE_BYTES) throw new RangeError('another tree');
    this.#kernel.wasm.weighRows(this.#grove, tree, this.#plan.bootstrap);
  }

  get #nodeCount(): number {
    return this.#kernel.arena.int32(this.#growth, FIELD.rows + 1)[FIELD.nodes] as number;
  }

  /** The grown tree, in views that the next call overwrites: nodes of three u32, and each leaf's rows by range of `order`. */
  get tree(): { words: Uint32Array; reals: Float32Array; order: Uint32Array; gains: Float64Array } {
    const { gains, order, nodes } = growthLayout(this.#plan);
    const { buffer } = this.#kernel.wasm.memory;
    const at = this.#growth + nodes;
    return {
      words: new Uint32Array(buffer, at, this.#nodeCount * 3),
      reals: new Float32Array(buffer, at, this.#nodeCount * 3),
      order: new Uint32Array(buffer, this.#growth + order, this.#plan.rows),
      gains: new Float64Array(buffer, this.#growth + gains, this.#plan.cols),
    };
  }

  /** How often each row counts in the tree. */
  weights(): (row: number) => number {
    if (!this.#plan.bootstrap) return () => 1;
    const { buffer } = this.#kernel.wasm.memory;
    const target = new Uint32Array(buffer, this.#grove, 20)[13] as number;
    if (this.#plan.classes > 0) {
      const words = new Uint32Array(buffer, target, this.#plan.rows);
      return (row) => (words[row] as number) >>> 16;
    }
    const pairs = new Float64Array(buffer, target, this.#plan.rows * 2);
    return (row) => pairs[2 * row + 1] as number;
  }
}

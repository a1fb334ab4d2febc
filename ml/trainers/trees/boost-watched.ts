/** Rows that a boosting watches: their margins and loss after each tree, for early stopping. */
import type { Labelled } from '../trainer.ts';
import { type BoostPlan, WALK_CELLS_MAX } from './boost-plan.ts';
import { type Centring, targetBytes } from './centring.ts';
import type { TreeKernel } from './kernel.ts';
import { WALK_NODE_BYTES } from './model-bounds.ts';
import type { WalkNodes } from './walk-nodes.ts';

export class WatchedMemory {
  readonly #kernel: TreeKernel;
  readonly #plan: BoostPlan;
  readonly #rows: Labelled;
  readonly #block: number;
  readonly #at: {
    margins: number;
    shares: number;
    targets: number;
    sample: number;
    pairs: number;
    x: number;
    nodes: number;
    subsets: number;
    root: number;
  };

  constructor(kernel: TreeKernel, plan: BoostPlan, watched: Labelled, centring: Centring) {
    const { arena } = kernel;
    const { rows, cols } = watched.input;
    this.#kernel = kernel;
    this.#plan = plan;
    this.#rows = watched;
    this.#block = Math.max(1, Math.min(rows, Math.floor(WALK_CELLS_MAX / cols)));
    this.#at = {
      margins: arena.take(rows * plan.trees * 4),
      shares: plan.trees > 1 ? arena.take(rows * plan.trees * 4) : 0,
      targets: arena.put(targetBytes(watched.y, plan.classes, centring)),
      sample: arena.take(rows),
      pairs: plan.trees > 1 ? 0 : arena.take(rows * 16),
      x: arena.take(this.#block * cols * 4),
      nodes: arena.take(2 * plan.maxLeaves * WALK_NODE_BYTES),
      subsets: arena.take(plan.maxLeaves * 32),
      root: arena.put(Uint32Array.of(0)),
    };
  }

  /** f32, class after class: a view. */
  get margins(): Float32Array {
    return this.#kernel.arena.float32(this.#at.margins, this.#rows.input.rows * this.#plan.trees);
  }

  /** Adds a tree, the only one of `walk`, to the margins of its class. */
  addTree({ nodes, subsets }: WalkNodes, tree: number): void {
    const { arena, wasm } = this.#kernel;
    const { rows, cols, x } = this.#rows.input;
    arena.fill(this.#at.nodes, nodes);
    arena.fill(this.#at.subsets, subsets);
    const sets = subsets.length > 0 ? this.#at.subsets : 0;
    for (let from = 0; from < rows; from += this.#block) {
      const count = Math.min(this.#block, rows - from);
      arena.float32(this.#at.x, count * cols).set(x.subarray(from * cols, (from + count) * cols));
      const margins = this.#at.margins + (tree * rows + from) * 4;
      wasm.addMargins(this.#at.nodes, this.#at.root, 1, sets, this.#at.x, count, cols, margins, 1);
    }
  }

  /** Summed over the rows, in the loss that is fitted. */
  get loss(): number {
    const { wasm } = this.#kernel;
    const { margins, shares, targets, sample, pairs } = this.#at;
    const { rows } = this.#rows.input;
    if (this.#plan.trees > 1) return wasm.softmaxShares(shares, margins, targets, rows, this.#plan.trees);
    // Their gradients are by-products that nobody reads.
    if (this.#plan.classes > 0) return wasm.logisticPairs(pairs, margins, targets, rows, sample, 1, 1);
    return wasm.squaredPairs(pairs, margins, targets, rows, sample, 1);
  }
}

/** Where a boosting lies in kernel memory: the Booster of hpu/assembly/trees/boost-state.ts and what it points to. */
import type { FitKey, TrainSet } from '../trainer.ts';
import { BOOST_NODE_BYTES, type BoostPlan, ENTRY_BYTES } from './boost-plan.ts';
import { WatchedMemory } from './boost-watched.ts';
import { type Centring, powerAbove, targetBytes } from './centring.ts';
import { type CodedColumn, codeColumns } from './columns.ts';
import type { TreeKernel } from './kernel.ts';

const BOOSTER_BYTES = 168;
/** Fields in u32, and in f64. */
const NODE_COUNT = 19;
const REAL = {
  l2: 11,
  categoryL2: 12,
  minHessian: 13,
  gainUnit: 14,
  leafUnit: 15,
  rate: 16,
  gainMin: 17,
  updates: 18,
  scanned: 19,
  moved: 20,
} as const;

/** A side without any curvature says nothing (as scikit-learn's min_hessian_to_split). */
const MIN_HESSIAN = 1e-3;
/** What a split of classes must gain in log-likelihood (as XGBoost's kRtEps). */
const CLASSES_GAIN_MIN = 1e-6;
/**
 * And one of values in squared error, their largest distance from the mean being about 1: four units in the last place of a margin near
 * 1, squared. More, and one value far from all others would hide what those have to tell.
 */
const VALUES_GAIN_MIN = 2 ** -44;
/** Rows' worth of hessian, as LightGBM's cat_l2. */
const CATEGORY_L2 = 10;
/** Of gradients up to 1: their sums over 2^24 rows stay below 2^62. */
const GRADIENT_SCALE = 2 ** 38;
/** A hessian's unit is at least 2^-30, and sums of them stay below 2^38: 24 more bits below count rows (boost-state.ts). */
const HESSIAN_BITS_MAX = 30;
const HESSIAN_SUM = 2 ** 38;

/** A node as grown, children by index. */
export interface BoostNode {
  readonly column: number;
  /** Numbers up to this code go left. */
  readonly code: number;
  readonly missingLeft: boolean;
  readonly categorical: boolean;
  /** The left one, which the right one follows; 0 for a leaf. */
  readonly child: number;
  readonly gain: number;
  readonly value: number;
  /** Bits of the codes that go left. */
  readonly subset: Uint8Array;
}

export class BoostMemory {
  readonly #kernel: TreeKernel;
  readonly #plan: BoostPlan;
  readonly #key: FitKey;
  readonly columns: readonly CodedColumn[];
  readonly watched: WatchedMemory | undefined;
  readonly #booster: number;
  readonly #at: {
    pairs: number;
    margins: number;
    shares: number;
    targets: number;
    sample: number;
    used: number;
    nodes: number;
  };
  readonly #hessianScale: number;

  constructor(kernel: TreeKernel, plan: BoostPlan, set: TrainSet, key: FitKey, centring: Centring) {
    const { arena } = kernel;
    const { rows, cols, trees, maxLeaves } = plan;
    this.#kernel = kernel;
    this.#plan = plan;
    this.#key = key;
    const codes = arena.take(rows * cols);
    const [pairs, ordered] = [arena.take(rows * 16), arena.take(rows * 16)];
    const [order, spare] = [arena.take(rows * 4), arena.take(rows * 4)];
    this.#at = {
      pairs,
      margins: arena.take(rows * trees * 4),
      shares: trees > 1 ? arena.take(rows * trees * 4) : 0,
      targets: arena.put(targetBytes(set.y, plan.classes, centring)),
      sample: arena.take(rows),
      used: arena.take(cols * 4),
      nodes: arena.take(2 * maxLeaves * BOOST_NODE_BYTES),
    };
    arena.bytes(this.#at.sample, rows).fill(1);
    // Columns are sorted where gradients will lie later.
    const sorting = { codes, items: pairs, spare: ordered, codesMax: plan.bins, wide: false };
    this.columns = codeColumns(kernel, set.input, set.categories, sorting);
    const offsets = new Uint32Array(cols + 1);
    this.columns.forEach(({ highs }, c) => {
      offsets[c + 1] = (offsets[c] as number) + highs.length + 1;
    });
    const offsetsAt = arena.put(offsets);
    const categorical = arena.put(Uint8Array.from(set.categories, (count) => (count > 0 ? 1 : 0)));
    const free = arena.take(maxLeaves * 4);
    this.#booster = arena.take(BOOSTER_BYTES);
    this.watched = set.watched ? new WatchedMemory(kernel, plan, set.watched, centring) : undefined;
    // One histogram is scratch. A leaf that finds no place for its own costs time, not bits.
    const histogramBytes = (offsets[cols] as number) * ENTRY_BYTES;
    const slots = Math.min(maxLeaves, Math.floor(arena.room / histogramBytes) - 1);
    const pool = arena.take((slots + 1) * histogramBytes);
    const words = [rows, plan.used, maxLeaves, plan.maxDepth, plan.minLeaf, slots, codes, offsetsAt, this.#at.used];
    words.push(categorical, pairs, ordered, order, spare, pool, histogramBytes, free, 0, this.#at.nodes);
    arena.bytes(this.#booster, BOOSTER_BYTES).fill(0);
    arena.int32(this.#booster, words.length).set(words);
    this.#hessianScale = Math.min(2 ** HESSIAN_BITS_MAX, HESSIAN_SUM / powerAbove(rows));
  }

  /** Margins of the rows, f32, class after class: a view. */
  get margins(): Float32Array {
    return this.#kernel.arena.float32(this.#at.margins, this.#plan.rows * this.#plan.trees);
  }

  /** Shares of the classes when the round began, laid out as the margins: a view, empty without them. */
  get shares(): Float32Array {
    const { rows, trees } = this.#plan;
    return this.#kernel.arena.float32(this.#at.shares, trees > 1 ? rows * trees : 0);
  }

  /** Draws the round's rows. */
  drawRows(round: number): void {
    const { rows, rowSample } = this.#plan;
    if (rowSample === 1) return;
    this.#kernel.wasm.drawSample(this.#at.sample, rows, Math.floor(rowSample * 2 ** 32), round, ...this.#key);
  }

  /** Of more than two classes: their shares before a round. Returns the loss, summed over the rows. */
  takeShares(): number {
    const { shares, margins, targets } = this.#at;
    return this.#kernel.wasm.softmaxShares(shares, margins, targets, this.#plan.rows, this.#plan.trees);
  }

  /** Draws the tree's columns, sets its gradients and finds its first split. Returns the summed loss, or 0 of a softmax. */
  beginTree(round: number, tree: number): number {
    const { wasm } = this.#kernel;
    const { cols, used, trees } = this.#plan;
    wasm.drawColumns(this.#at.used, cols, used, round * trees + tree, ...this.#key);
    const loss = this.#setPairs(tree);
    wasm.beginBoost(this.#booster);
    return loss;
  }

  #setPairs(tree: number): number {
    const { wasm } = this.#kernel;
    const { rows, classes, trees } = this.#plan;
    const { pairs, margins, shares, targets, sample } = this.#at;
    if (classes === 0) {
      const top = wasm.largestResidual(margins, targets, rows);
      const scale = GRADIENT_SCALE / (top > 0 ? powerAbove(top) : 1);
      this.#setUnits(1 / scale, 1);
      return wasm.squaredPairs(pairs, margins, targets, rows, sample, scale);
    }
    const scaleH = this.#hessianScale;
    // K / (K - 1): Friedman's diagonal Newton step for K classes (2001, algorithm 6).
    this.#setUnits(1 / GRADIENT_SCALE, (trees > 1 ? trees / (trees - 1) : 1) / scaleH);
    if (trees === 1) return wasm.logisticPairs(pairs, margins, targets, rows, sample, GRADIENT_SCALE, scaleH);
    wasm.softmaxPairs(pairs, shares, targets, rows, tree, sample, GRADIENT_SCALE, scaleH);
    return 0;
  }

  /** What one unit of the quantised gradient and hessian stands for. */
  #setUnits(gradient: number, hessian: number): void {
    const reals = this.#reals;
    reals[REAL.l2] = this.#plan.l2 / hessian;
    reals[REAL.categoryL2] = CATEGORY_L2;
    reals[REAL.minHessian] = MIN_HESSIAN / hessian;
    reals[REAL.gainUnit] = (gradient * gradient) / hessian;
    reals[REAL.leafUnit] = gradient / hessian;
    reals[REAL.rate] = this.#plan.learningRate;
    reals[REAL.gainMin] = this.#plan.classes > 0 ? CLASSES_GAIN_MIN : VALUES_GAIN_MIN;
  }

  get #reals(): Float64Array {
    return new Float64Array(this.#kernel.wasm.memory.buffer, this.#booster, BOOSTER_BYTES / 8);
  }

  /** Splits one leaf. Whether the tree was done already. */
  grow(): boolean {
    return Boolean(this.#kernel.wasm.growBoost(this.#booster));
  }

  /** Adds the tree to its margins. */
  addLeaves(tree: number): void {
    this.#kernel.wasm.addLeaves(this.#booster, this.#at.margins + tree * this.#plan.rows * 4);
  }

  /** Work on the tree so far: histogram updates, entries scanned, rows moved. */
  get work(): { updates: number; scanned: number; moved: number } {
    const at = this.#reals;
    return {
      updates: at[REAL.updates] as number,
      scanned: at[REAL.scanned] as number,
      moved: at[REAL.moved] as number,
    };
  }

  /** The tree's nodes as they were made, the root first. */
  get nodes(): BoostNode[] {
    const { arena, wasm } = this.#kernel;
    const count = arena.int32(this.#booster, NODE_COUNT + 1)[NODE_COUNT] as number;
    const view = new DataView(wasm.memory.buffer, this.#at.nodes, count * BOOST_NODE_BYTES);
    return Array.from({ length: count }, (_, i) => {
      const at = i * BOOST_NODE_BYTES;
      const flags = view.getUint32(at + 64, true);
      return {
        column: view.getUint32(at + 56, true),
        code: view.getUint32(at + 60, true),
        missingLeft: (flags & 1) !== 0,
        categorical: (flags & 2) !== 0,
        child: view.getUint32(at + 68, true),
        gain: view.getFloat64(at + 48, true),
        value: view.getFloat32(at + 72, true),
        subset: arena.bytes(this.#at.nodes + at + 80, 32).slice(),
      };
    });
  }
}

/** A ridge fit in steps: means, the Gram matrix block by block, then for each penalty a factor, its trace and the weights. */
import { type HpuCycles, hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { CurvePoint, Fit, FitKey, Params, TrainSet } from '../trainer.ts';
import { decodeFitState, encodeFitState, fitName } from './checkpoint.ts';
import { float64, type LinearKernel } from './kernel.ts';
import { encodeLinear } from './model.ts';
import { columnMeans, doubleProduct, read } from './panels.ts';
import { GramSum, packedLength } from './ridge-gram.ts';
import { bestProbe, nextProbe, type Probe } from './ridge-grid.ts';

/** Multiply-adds of a piece of a factor or a trace, about. */
const PIECE_OPERATIONS = 1 << 24;
/** A pivot below this share of the largest diagonal is rounding, not information. */
const PIVOT_SHARE = 2 ** -44;

const STAGES = ['means', 'gram', 'factor', 'trace', 'done'] as const;

/** One past the last row of the piece that begins at `from`: rows by fours, each of the length that `lengthOf` tells. */
function pieceEnd(from: number, order: number, lengthOf: (row: number) => number): number {
  let to = from;
  for (let spent = 0; to < order && spent < PIECE_OPERATIONS; to += 4) spent += 2 * lengthOf(to) * lengthOf(to);
  return Math.min(order, to);
}

/** A power of two at or above every |y|: scaling by it is exact, and no square of what is left overflows. */
function scaleOf(y: Float64Array): number {
  const top = y.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  let scale = 1;
  while (scale < top && scale < 2 ** 1023) scale *= 2;
  while (top > 0 && scale / 2 >= top && scale > 2 ** -1000) scale /= 2;
  return scale;
}

export class RidgeFit implements Fit {
  readonly #kernel: LinearKernel;
  readonly #set: TrainSet;
  readonly #grid: readonly number[];
  readonly #name: Uint8Array;
  readonly #meter = new Meter();
  readonly #earlier: bigint;
  /** Scaled by a power of two, and centred. */
  readonly #y: Float64Array;
  readonly #scale: number;
  readonly #yMean: number;
  readonly #gram: GramSum;

  #stage: (typeof STAGES)[number] = 'means';
  /** Next block, row of the factor or of the trace. */
  #at = 0;
  #probes: Probe[] = [];
  /** Index in the grid that is being tried. */
  #index = 0;
  #trace = 0;
  #mean: Float64Array;
  #factor: Float64Array = new Float64Array(0);
  /** Of (G + alpha I) s = X^T y, or of (K + alpha I) s = y in the dual. */
  #solution: Float64Array = new Float64Array(0);
  #weights: Float64Array;
  /** Addresses of the factor and of room for four of its rows, while they are in kernel memory. */
  #loaded: { factor: number; scratch: number } | undefined;

  constructor(
    kernel: LinearKernel,
    set: TrainSet,
    params: Params,
    grid: readonly number[],
    key: FitKey,
    checkpoint?: Uint8Array,
  ) {
    const { rows, cols } = set.input;
    this.#kernel = kernel;
    this.#set = set;
    this.#grid = grid;
    this.#name = fitName('ridge', set, params, key);
    this.#scale = scaleOf(set.y);
    const scaled = set.y.map((v) => v / this.#scale);
    this.#yMean = scaled.reduce((sum, v) => sum + v, 0) / rows;
    this.#y = scaled.map((v) => v - this.#yMean);
    this.#gram = new GramSum(kernel, set.input, this.#y);
    this.#mean = new Float64Array(cols);
    this.#weights = new Float64Array(cols);
    this.#earlier = checkpoint ? this.#restore(checkpoint) : 0n;
  }

  get cycles(): HpuCycles {
    return hpuCycles(this.#earlier + this.#meter.cycles);
  }

  /** The generalised cross-validation error of each penalty, in the order in which they were tried. */
  get curve(): readonly CurvePoint[] {
    if (this.#grid.length === 1) return [];
    const unit = Math.min(this.#scale, 1e150);
    return this.#probes.map(({ error }, step) => ({ step, train: error * unit * unit }));
  }

  advance(operations: number): boolean {
    // Other fits used the memory since.
    this.#loaded = undefined;
    if (this.#stage === 'gram') this.#loadGram();
    for (let spent = 0; this.#stage !== 'done' && spent < operations; ) spent += this.#step();
    this.#gram.store();
    return this.#stage === 'done';
  }

  #step(): number {
    switch (this.#stage) {
      case 'means': {
        const { rows, cols } = this.#set.input;
        this.#mean = columnMeans(this.#set.input, this.#meter);
        this.#meter.vector(rows, 'columnSum', 'floatElement');
        this.#stage = 'gram';
        this.#loadGram();
        return rows * cols;
      }
      case 'gram': {
        const spent = this.#gram.add(this.#at, this.#mean, this.#meter);
        this.#at += 1;
        if (this.#at === this.#gram.blocks) {
          this.#gram.store();
          this.#beginProbe();
        }
        return spent;
      }
      case 'factor':
        return this.#factorPiece(this.#loadFactor());
      case 'trace':
        return this.#tracePiece(this.#loadFactor());
      case 'done':
        return 0;
    }
  }

  #loadGram(): void {
    this.#kernel.arena.reset();
    this.#gram.load(this.#mean);
  }

  #loadFactor(): { factor: number; scratch: number } {
    const { arena } = this.#kernel;
    if (!this.#loaded) {
      arena.reset();
      this.#loaded = { factor: arena.put(this.#factor), scratch: arena.take(4 * this.#gram.order * 8) };
    }
    return this.#loaded;
  }

  /** The next penalty, or the end. */
  #beginProbe(): void {
    const index = nextProbe(this.#grid.length, this.#probes);
    this.#stage = index === undefined ? 'done' : 'factor';
    this.#index = index ?? 0;
    this.#at = 0;
    this.#factor = index === undefined ? new Float64Array(0) : this.#gram.matrix.slice();
    this.#loaded = undefined;
  }

  get #alpha(): number {
    return this.#grid[this.#index] as number;
  }

  #factorPiece({ factor, scratch }: { factor: number; scratch: number }): number {
    const { order, matrix } = this.#gram;
    const from = this.#at;
    const to = pieceEnd(from, order, (row) => row + 4);
    let top = this.#alpha;
    for (let i = 0; i < order; i++) top = Math.max(top, matrix[packedLength(i) + i] as number);
    this.#kernel.wasm.factorRows(factor, from, to, this.#alpha, top * PIVOT_SHARE);
    const [first, past] = [packedLength(from), packedLength(to)];
    this.#factor.set(float64(this.#kernel, factor + first * 8, past - first), first);
    this.#at = to;
    doubleProduct(this.#meter, Math.ceil((to - from) / 2), to, to);
    if (to === order) this.#solve(factor, scratch);
    return ((to - from) * to * to) / 2 + order;
  }

  /** The weights of this penalty from its factor; only the best ones are kept. */
  #solve(factor: number, at: number): void {
    const { wasm } = this.#kernel;
    const { order, dual, moments } = this.#gram;
    float64(this.#kernel, at, order).set(dual ? this.#y : moments.subarray(0, order));
    wasm.solve(factor, order, at);
    wasm.solveTransposed(factor, order, at);
    this.#solution = read(this.#kernel, at, order);
    this.#meter.vector(2 * packedLength(order), 'floatElement', 'floatElement');
    this.#at = 0;
    this.#trace = 0;
    if (this.#grid.length > 1) this.#stage = 'trace';
    else this.#endProbe(0);
  }

  #endProbe(error: number): void {
    const probe = { index: this.#index, error };
    this.#probes.push(probe);
    if (bestProbe(this.#probes).index === probe.index) this.#keepWeights();
    this.#beginProbe();
  }

  #keepWeights(): void {
    if (!this.#gram.dual) {
      this.#weights = this.#solution.slice();
      return;
    }
    const { rows, cols, x } = this.#set.input;
    this.#weights.fill(0);
    for (let r = 0; r < rows; r++) {
      const share = this.#solution[r] as number;
      for (let c = 0; c < cols; c++) {
        const d = (x[r * cols + c] as number) - (this.#mean[c] as number);
        this.#weights[c] = (this.#weights[c] as number) + share * d;
      }
    }
    doubleProduct(this.#meter, 1, rows, cols);
  }

  #tracePiece({ factor, scratch }: { factor: number; scratch: number }): number {
    const { order } = this.#gram;
    const from = this.#at;
    const to = pieceEnd(from, order, (row) => order - row);
    this.#trace += this.#kernel.wasm.inverseTrace(factor, order, from, to, scratch);
    this.#at = to;
    doubleProduct(this.#meter, Math.ceil((to - from) / 2), order - from, order - from);
    if (to === order) this.#endProbe(this.#error());
    return ((to - from) * (order - from) * (order - from)) / 2 + order;
  }

  /**
   * rows * RSS / (rows - 1 - trace(H))^2, the 1 for the intercept. Primal: RSS = y^T y - s^T X^T y - alpha s^T s and trace(H) =
   * order - alpha trace((G + alpha I)^-1). Dual: y - K s = alpha s and rows - trace(H) = alpha trace((K + alpha I)^-1).
   */
  #error(): number {
    const { rows } = this.#set.input;
    const alpha = this.#alpha;
    const s = this.#solution;
    const squares = s.reduce((sum, v) => sum + v * v, 0);
    let residual = alpha * alpha * squares;
    let freedom = alpha * this.#trace - 1;
    if (!this.#gram.dual) {
      const total = this.#y.reduce((sum, v) => sum + v * v, 0);
      const explained = s.reduce((sum, v, i) => sum + v * (this.#gram.moments[i] as number), 0);
      residual = Math.max(0, total - explained - alpha * squares);
      freedom = rows - 1 - this.#gram.order + alpha * this.#trace;
    }
    // As many columns as rows and hardly a penalty: the fit is exact and says nothing about other rows.
    return freedom > rows * 1e-9 ? (rows * residual) / (freedom * freedom) : 1e300;
  }

  checkpoint(): Uint8Array {
    const integers = [STAGES.indexOf(this.#stage), this.#at, this.#index, ...this.#probes.map(({ index }) => index)];
    const errors = Float64Array.from([this.#trace, ...this.#probes.map(({ error }) => error)]);
    const { matrix, moments } = this.#gram;
    const reals = [errors, this.#mean, matrix, this.#factor, moments, this.#weights, this.#solution];
    return encodeFitState(this.#name, { cycles: this.cycles, integers, reals });
  }

  /** Returns the cycles until then. */
  #restore(checkpoint: Uint8Array): bigint {
    const { cycles, integers, reals } = decodeFitState(this.#name, checkpoint);
    const [stage, at, index, ...probes] = integers as [number, number, number, ...number[]];
    const [errors, ...lists] = reals as [Float64Array, ...Float64Array[]];
    this.#stage = STAGES[stage] ?? 'done';
    this.#at = at;
    this.#index = index;
    this.#trace = errors[0] as number;
    this.#probes = probes.map((probe, i) => ({ index: probe, error: errors[i + 1] as number }));
    const [mean, gram, factor, moments, weights, solution] = lists as [
      ...[Float64Array, Float64Array, Float64Array],
      ...[Float64Array, Float64Array, Float64Array],
    ];
    this.#mean = mean;
    this.#gram.matrix = gram;
    this.#factor = factor;
    this.#gram.moments = moments;
    this.#weights = weights;
    this.#solution = solution;
    return cycles;
  }

  finish(): Uint8Array {
    if (this.#stage !== 'done') throw new Error('the fit is not over');
    const { cols } = this.#set.input;
    // Back from y / scale: the intercept carries the means.
    let intercept = this.#yMean;
    for (let c = 0; c < cols; c++) intercept -= (this.#weights[c] as number) * (this.#mean[c] as number);
    return encodeLinear({
      cols,
      classes: 0,
      intercepts: Float64Array.of(intercept * this.#scale),
      weights: this.#weights.map((w) => w * this.#scale),
    });
  }
}

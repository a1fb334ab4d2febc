/**
 * L-BFGS (J. Nocedal, "Updating quasi-Newton matrices with limited storage", 1980) for smooth convex functions, turned inside out: the
 * caller evaluates at `point` and tells the value and the slopes by `observe`. Steps meet the weak Wolfe conditions by bisection (A. Lewis
 * and M. Overton, "Nonsmooth optimization via quasi-Newton methods", 2013). Sums run in index order.
 */

export interface MinimiserOptions {
  /** Ends when no slope is larger. */
  readonly tolerance: number;
  readonly iterationsMax: number;
  /** A guess of each variable's inverse curvature, above 0: the first metric. */
  readonly scale: Float64Array;
}

/** Pairs of (step, change of slopes) that are remembered. */
const MEMORY = 10;
const DECREASE = 1e-4;
const CURVATURE = 0.9;
/** Evaluations a line, at most. */
const TRIES_MAX = 30;
/** Values closer than this share are equal: rounding of a sum over rows. */
const NOISE = 2 ** -46;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

const steepest = (slopes: Float64Array): number => slopes.reduce((most, g) => Math.max(most, Math.abs(g)), 0);

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
}

/** Numbers and vectors from which `Minimiser.restore` goes on. */
export interface MinimiserState {
  readonly integers: readonly number[];
  readonly reals: readonly Float64Array[];
}

export class Minimiser {
  readonly #options: MinimiserOptions;
  /** Where to evaluate next; once `done`, the minimum. */
  point: Float64Array;
  done = false;
  iterations = 0;
  /** Of the best point so far. */
  value = Number.POSITIVE_INFINITY;

  #best: Float64Array;
  #slopes: Float64Array;
  #direction: Float64Array;
  #pairs: Pair[] = [];
  #tries = 0;
  #length = 0;
  #low = 0;
  #high = Number.POSITIVE_INFINITY;

  constructor(options: MinimiserOptions, state?: MinimiserState) {
    const size = options.scale.length;
    this.#options = options;
    this.point = new Float64Array(size);
    this.#best = new Float64Array(size);
    this.#slopes = new Float64Array(size);
    this.#direction = new Float64Array(size);
    if (state) this.#restore(state);
  }

  /** Value and slopes at `point`. Takes `slopes` as its own. */
  observe(value: number, slopes: Float64Array): void {
    const isFirst = this.value === Number.POSITIVE_INFINITY;
    if (!isFirst && !this.#isAccepted(value, slopes)) return;
    if (!isFirst) this.#remember(slopes);
    this.#best = this.point.slice();
    this.#slopes = slopes;
    this.value = value;
    if (!isFirst) this.iterations += 1;
    if (steepest(slopes) <= this.#options.tolerance || this.iterations >= this.#options.iterationsMax) this.#end();
    else this.#aim();
  }

  #end(): void {
    this.point = this.#best;
    this.done = true;
  }

  /** Otherwise the next point of the line is set, or the search is over. */
  #isAccepted(value: number, slopes: Float64Array): boolean {
    const before = dot(this.#direction, this.#slopes);
    const slack = NOISE * Math.abs(this.value);
    // Also for a value that overflowed.
    if (!(value <= this.value + DECREASE * this.#length * before + slack)) this.#high = this.#length;
    else if (dot(this.#direction, slopes) < CURVATURE * before) this.#low = this.#length;
    else return true;
    this.#tries += 1;
    if (this.#tries < TRIES_MAX) {
      this.#step(this.#high < Number.POSITIVE_INFINITY ? (this.#low + this.#high) / 2 : 2 * this.#low);
    } else if (this.#pairs.length > 0) {
      // What was remembered no longer fits: once more from the first metric.
      this.#pairs = [];
      this.#aim();
    } else this.#end();
    return false;
  }

  #remember(slopes: Float64Array): void {
    const step = this.point.map((x, i) => x - (this.#best[i] as number));
    const change = slopes.map((g, i) => g - (this.#slopes[i] as number));
    // Rounding alone must not make a curvature.
    if (!(dot(step, change) > 2 ** -52 * Math.sqrt(dot(step, step) * dot(change, change)))) return;
    this.#pairs.push({ step, change });
    if (this.#pairs.length > MEMORY) this.#pairs.shift();
  }

  /** A new line: the two-loop recursion over the pairs. */
  #aim(): void {
    const { scale } = this.#options;
    const q = this.#slopes.slice();
    const shares: number[] = [];
    for (let p = this.#pairs.length - 1; p >= 0; p--) {
      const { step, change } = this.#pairs[p] as Pair;
      const share = dot(step, q) / dot(step, change);
      shares[p] = share;
      for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) - share * (change[i] as number);
    }
    const last = this.#pairs.at(-1);
    // The latest pair tells how far the guess of the scale is off, as a whole.
    let factor = 1;
    if (last) {
      const scaled = last.change.map((v, i) => v * (scale[i] as number));
      factor = dot(last.step, last.change) / dot(last.change, scaled);
    }
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * factor * (scale[i] as number);
    for (let p = 0; p < this.#pairs.length; p++) {
      const { step, change } = this.#pairs[p] as Pair;
      const excess = (shares[p] as number) - dot(change, q) / dot(step, change);
      for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) + excess * (step[i] as number);
    }
    this.#direction = q.map((v) => -v);
    this.#tries = 0;
    this.#low = 0;
    this.#high = Number.POSITIVE_INFINITY;
    if (dot(this.#direction, this.#slopes) < 0) this.#step(1);
    else this.#end();
  }

  #step(length: number): void {
    this.#length = length;
    this.point = this.#best.map((x, i) => x + length * (this.#direction[i] as number));
  }

  save(): MinimiserState {
    const scalars = Float64Array.of(this.value, this.#length, this.#low, this.#high);
    const pairs = this.#pairs.flatMap(({ step, change }) => [step, change]);
    return {
      integers: [Number(this.done), this.iterations, this.#tries],
      reals: [scalars, this.point, this.#best, this.#slopes, this.#direction, ...pairs],
    };
  }

  #restore({ integers, reals }: MinimiserState): void {
    const [done, iterations, tries] = integers as [number, number, number];
    const [scalars, point, best, slopes, direction, ...pairs] = reals as [
      ...[Float64Array, Float64Array, Float64Array, Float64Array, Float64Array],
      ...Float64Array[],
    ];
    this.done = done === 1;
    this.iterations = iterations;
    this.#tries = tries;
    [this.value, this.#length, this.#low, this.#high] = scalars as unknown as [number, number, number, number];
    this.point = point;
    this.#best = best;
    this.#slopes = slopes;
    this.#direction = direction;
    for (let p = 0; p + 1 < pairs.length; p += 2) {
      this.#pairs.push({ step: pairs[p] as Float64Array, change: pairs[p + 1] as Float64Array });
    }
  }
}

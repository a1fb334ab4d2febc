/** A logistic fit in steps: each is a block of rows of one evaluation of the loss and its slopes. */
import { type HpuCycles, hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { CurvePoint, Fit, FitKey, Params, TrainSet } from '../trainer.ts';
import { decodeFitState, encodeFitState, fitName } from './checkpoint.ts';
import { float64, type LinearKernel } from './kernel.ts';
import { Minimiser } from './minimise.ts';
import { encodeLinear, scoresOf } from './model.ts';
import { columnMeans, columnVariances, doubleProduct, Panels } from './panels.ts';

/** Score of a class without rows: its probability is nil, and every number stays finite. */
const ABSENT = -700;

/** A variable's, an evaluation: two loops over ten pairs, each a sum of products and an update, of two operations. */
const MINIMISER_OPERATIONS = 2 * 10 * (2 + 2);

/** Classes that have rows, ascending, and the place of each class among them. */
function presentClasses({ y, classes }: TrainSet) {
  const counts = new Float64Array(classes);
  for (const label of y) counts[label] = (counts[label] as number) + 1;
  const present = [...counts.keys()].filter((label) => (counts[label] as number) > 0);
  const places = new Int32Array(classes);
  present.forEach((label, place) => {
    places[label] = place;
  });
  return { present, counts: Float64Array.from(present, (label) => counts[label] as number), places };
}

export class LogisticFit implements Fit {
  readonly #kernel: LinearKernel;
  readonly #set: TrainSet;
  readonly #name: Uint8Array;
  readonly #meter = new Meter();
  readonly #earlier: bigint;
  readonly #present: readonly number[];
  readonly #labels: Int32Array;
  readonly #classWeights: Float64Array;
  /** Scores a row: 1 for two classes present. */
  readonly #k: number;
  /** Of the penalty in the mean loss: 1 / (c rows). */
  readonly #decay: number;
  readonly #mean: Float64Array;
  readonly #minimiser: Minimiser;
  readonly #curve: CurvePoint[] = [];

  /** Next block of the evaluation, and its sums so far: the slopes of weights (cols x k), then of intercepts. */
  #block = 0;
  #loss = 0;
  #slopes: Float64Array;

  constructor(kernel: LinearKernel, set: TrainSet, params: Params, key: FitKey, checkpoint?: Uint8Array) {
    const { rows, cols } = set.input;
    this.#kernel = kernel;
    this.#set = set;
    this.#name = fitName('logistic', set, params, key);
    const { present, counts, places } = presentClasses(set);
    this.#present = present;
    this.#labels = Int32Array.from(set.y, (label) => places[label] as number);
    this.#classWeights = params.balanced ? counts.map((count) => rows / (present.length * count)) : counts.map(() => 1);
    this.#k = scoresOf(present.length);
    this.#decay = 1 / ((params.c as number) * rows);
    const state = checkpoint && decodeFitState(this.#name, checkpoint);
    const preparing = new Meter();
    this.#mean = columnMeans(set.input, preparing);
    const options = {
      tolerance: params.tolerance as number,
      iterationsMax: params.iterations as number,
      scale: this.#firstMetric(columnVariances(set.input, this.#mean, preparing), counts),
    };
    this.#slopes = new Float64Array((cols + 1) * this.#k);
    if (!state) {
      this.#minimiser = new Minimiser(options);
      this.#earlier = preparing.cycles;
      return;
    }
    const [block, points, ...integers] = state.integers as [number, number, ...number[]];
    const [sums, curve, slopes, ...reals] = state.reals as [
      Float64Array,
      Float64Array,
      Float64Array,
      ...Float64Array[],
    ];
    this.#block = block;
    this.#loss = sums[0] as number;
    this.#slopes = slopes;
    for (let step = 0; step < points; step++) this.#curve.push({ step, train: curve[step] as number });
    this.#minimiser = new Minimiser(options, { integers, reals });
    this.#earlier = state.cycles;
  }

  /**
   * Inverse curvatures at W = 0, where every row has the classes' shares as probabilities, of centred columns. One for all classes: so
   * the minimiser never leaves the space in which a column's weights sum to 0, whose complement is curved by the penalty alone.
   */
  #firstMetric(variances: Float64Array, counts: Float64Array): Float64Array {
    const { rows } = this.#set.input;
    const curvature = counts.reduce((sum, count) => sum + (count / rows) * (1 - count / rows), 0) / counts.length;
    // Of the columns and, last, the intercept, which is a column of ones without a penalty.
    const inverses = Array.from(variances, (variance) => 1 / (curvature * variance + this.#decay));
    inverses.push(1 / Math.max(curvature, 2 ** -52));
    return Float64Array.from(
      { length: inverses.length * this.#k },
      (_, i) => inverses[Math.floor(i / this.#k)] as number,
    );
  }

  get cycles(): HpuCycles {
    return hpuCycles(this.#earlier + this.#meter.cycles);
  }

  /** Mean loss with the penalty, after each iteration. */
  get curve(): readonly CurvePoint[] {
    return this.#curve;
  }

  /** One class alone leaves nothing to minimise. */
  get #isOver(): boolean {
    return this.#minimiser.done || this.#present.length < 2;
  }

  advance(operations: number): boolean {
    if (this.#isOver) return true;
    const { arena } = this.#kernel;
    arena.reset();
    const panels = new Panels(this.#kernel, this.#set.input, this.#mean, { ones: true });
    panels.begin();
    const layout = {
      panels,
      weights: arena.take(panels.ld * this.#k * 8),
      slopes: arena.take(panels.ld * this.#k * 8),
      scores: arena.take(panels.range(0).to * this.#k * 8),
      labels: arena.take(panels.range(0).to * 4),
      classWeights: arena.put(this.#classWeights),
    };
    for (const at of [layout.weights, layout.slopes]) float64(this.#kernel, at, panels.ld * this.#k).fill(0);
    for (let spent = 0; !this.#isOver && spent < operations; ) spent += this.#step(layout);
    return this.#isOver;
  }

  #step({ panels, ...at }: Layout): number {
    const { wasm, arena } = this.#kernel;
    const { cols, ld } = panels;
    const k = this.#k;
    const { from, to } = panels.range(this.#block);
    const rows = to - from;
    const panel = panels.at(this.#block);
    arena.int32(at.labels, rows).set(this.#labels.subarray(from, to));
    float64(this.#kernel, at.weights, cols * k).set(this.#minimiser.point);
    float64(this.#kernel, at.slopes, cols * k).set(this.#slopes);
    float64(this.#kernel, at.scores, rows * k).fill(0);
    if (k === 1) {
      wasm.addProductColumn(panel, ld, at.weights, at.scores, rows, ld, false);
      this.#loss += wasm.logisticResiduals(at.scores, at.labels, at.classWeights, rows);
      wasm.addProductColumn(panel, ld, at.scores, at.slopes, rows, ld, true);
    } else {
      wasm.addProduct(panel, ld, 1, at.weights, at.scores, rows, cols, k);
      this.#loss += wasm.softmaxResiduals(at.scores, at.labels, at.classWeights, rows, k);
      wasm.addProduct(panel, 1, ld, at.scores, at.slopes, cols, rows, k);
    }
    this.#slopes.set(float64(this.#kernel, at.slopes, cols * k));
    this.#meterBlock(rows, cols, k);
    this.#block += 1;
    if (this.#block === panels.blocks) this.#observe();
    return 2 * rows * cols * k + rows * k * 16;
  }

  #meterBlock(rows: number, cols: number, k: number): void {
    this.#meter.vector(rows * cols, 'floatElement');
    doubleProduct(this.#meter, rows, cols, k);
    this.#meter.vector(rows * k, 'addBias', 'softmaxGradient', 'columnSum');
    this.#meter.vector(rows, 'loss');
    doubleProduct(this.#meter, cols, rows, k);
  }

  /** The evaluation is whole: means, the penalty, and the minimiser's next point. */
  #observe(): void {
    const { rows, cols } = this.#set.input;
    const { point, iterations } = this.#minimiser;
    let penalty = 0;
    const slopes = this.#slopes.map((sum) => sum / rows);
    for (let i = 0; i < cols * this.#k; i++) {
      const w = point[i] as number;
      penalty += w * w;
      slopes[i] = (slopes[i] as number) + this.#decay * w;
    }
    const first = this.#curve.length === 0;
    this.#minimiser.observe(this.#loss / rows + 0.5 * this.#decay * penalty, slopes);
    this.#meter.vector(slopes.length * MINIMISER_OPERATIONS, 'floatElement');
    if (first || this.#minimiser.iterations > iterations) {
      this.#curve.push({ step: this.#minimiser.iterations, train: this.#minimiser.value });
    }
    this.#block = 0;
    this.#loss = 0;
    this.#slopes.fill(0);
  }

  checkpoint(): Uint8Array {
    const { integers, reals } = this.#minimiser.save();
    const curve = Float64Array.from(this.#curve, ({ train }) => train);
    return encodeFitState(this.#name, {
      cycles: this.cycles,
      integers: [this.#block, this.#curve.length, ...integers],
      reals: [Float64Array.of(this.#loss), curve, this.#slopes, ...reals],
    });
  }

  /** The score of the `index`-th column of the minimum, of columns that are not centred. */
  #fitted(index: number): Score {
    const { cols } = this.#set.input;
    const { point } = this.#minimiser;
    const weights = Float64Array.from({ length: cols }, (_, c) => point[c * this.#k + index] as number);
    const shift = weights.reduce((sum, w, c) => sum + w * (this.#mean[c] as number), 0);
    return { intercept: (point[cols * this.#k + index] as number) - shift, weights };
  }

  /** Of each score that the model has: fitted, or a constant. */
  #scores(): (Score | number)[] {
    const { classes } = this.#set;
    const present = this.#present;
    if (classes === 2) return [present.length === 2 ? this.#fitted(0) : present[0] === 1 ? -ABSENT : ABSENT];
    const scores: (Score | number)[] = Array(classes).fill(ABSENT);
    // Of two classes present the first has the score 0, as has one that is alone.
    present.forEach((label, place) => {
      const index = this.#k > 1 ? place : place - 1;
      scores[label] = index >= 0 ? this.#fitted(index) : 0;
    });
    return scores;
  }

  finish(): Uint8Array {
    if (!this.#isOver) throw new Error('the fit is not over');
    const { input, classes } = this.#set;
    const scores = this.#scores();
    const weights = new Float64Array(input.cols * scores.length);
    const intercepts = Float64Array.from(scores, (score, k) => {
      if (typeof score === 'number') return score;
      score.weights.forEach((w, c) => {
        weights[c * scores.length + k] = w;
      });
      return score.intercept;
    });
    return encodeLinear({ cols: input.cols, classes, intercepts, weights });
  }
}

interface Score {
  readonly intercept: number;
  readonly weights: Float64Array;
}

interface Layout {
  readonly panels: Panels;
  readonly weights: number;
  readonly slopes: number;
  readonly scores: number;
  readonly labels: number;
  readonly classWeights: number;
}

/** A k-means fit in steps: a candidate for a seed, or a block of rows of one of Lloyd's iterations. */
import { type HpuCycles, hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { TrainerKernels } from '../kernels.ts';
import { decodeFitState, encodeFitState, fitName } from '../linear/checkpoint.ts';
import { float64 } from '../linear/kernel.ts';
import { columnMeans, columnVariances, Panels, padded, read } from '../linear/panels.ts';
import type { CurvePoint, Fit, FitKey, Params, TrainSet } from '../trainer.ts';
import { encodeClusters, meterNearest, squaredNorms, transposed } from './model.ts';
import { pickRow, seedTrials, uniform } from './seeds.ts';

const STAGES = ['seed', 'lloyd', 'done'] as const;

interface Layout {
  readonly panels: Panels;
  readonly products: number;
  readonly labels: number;
  readonly centres: number;
  readonly transposed: number;
  readonly norms: number;
  /** k x ld sums, then k counts, then k inertias. */
  readonly sums: number;
  readonly distances: number;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = (a[i] as number) - (b[i] as number);
    sum += d * d;
  }
  return sum;
}

export class KmeansFit implements Fit {
  readonly #kernels: TrainerKernels;
  readonly #set: TrainSet;
  readonly #key: FitKey;
  readonly #name: Uint8Array;
  readonly #meter = new Meter();
  readonly #earlier: bigint;
  readonly #k: number;
  /** Elements from a centre to the next. */
  readonly #ld: number;
  readonly #restarts: number;
  readonly #iterationsMax: number;
  readonly #mean: Float64Array;
  /** Squared shift of the centres below which they stand. */
  readonly #least: number;
  /** Inertia a row of each restart. */
  readonly #curve: CurvePoint[] = [];

  #stage: (typeof STAGES)[number] = 'seed';
  #restart = 0;
  /** Seeds chosen, or iterations done. */
  #count = 0;
  /** Next candidate for a seed, or next block. */
  #at = 0;
  /** Of rows from the columns' means, as all centres. */
  #centres: Float64Array;
  #sums: Float64Array;
  /** Squared distance of each row from its nearest seed; and with the best candidate for the next seed among them. */
  #distances: Float64Array = new Float64Array(0);
  #better: Float64Array = new Float64Array(0);
  #candidate: Float64Array = new Float64Array(0);
  #best: Float64Array = new Float64Array(0);
  #inertia = Number.POSITIVE_INFINITY;
  /** Sum of the distances with the best candidate among the seeds. */
  #potential = 0;

  constructor(kernels: TrainerKernels, set: TrainSet, params: Params, key: FitKey, checkpoint?: Uint8Array) {
    const { cols } = set.input;
    this.#kernels = kernels;
    this.#set = set;
    this.#key = key;
    this.#name = fitName('kmeans', set, params, key);
    this.#k = params.clusters as number;
    this.#ld = padded(cols);
    this.#restarts = params.restarts as number;
    this.#iterationsMax = params.iterations as number;
    const preparing = new Meter();
    this.#mean = columnMeans(set.input, preparing);
    const variances = columnVariances(set.input, this.#mean, preparing);
    this.#least = ((params.tolerance as number) * variances.reduce((sum, v) => sum + v, 0)) / cols;
    this.#centres = new Float64Array(this.#k * this.#ld);
    this.#sums = new Float64Array(this.#k * (this.#ld + 2));
    this.#earlier = checkpoint ? this.#restore(checkpoint) : preparing.cycles;
  }

  get cycles(): HpuCycles {
    return hpuCycles(this.#earlier + this.#meter.cycles);
  }

  get curve(): readonly CurvePoint[] {
    return this.#curve;
  }

  get #isOver(): boolean {
    return this.#stage === 'done';
  }

  advance(operations: number): boolean {
    if (this.#isOver) return true;
    const { linear } = this.#kernels;
    linear.arena.reset();
    const panels = new Panels(linear, this.#set.input, this.#mean);
    const { to: block } = panels.range(0);
    const layout = {
      panels,
      products: linear.arena.take(block * this.#k * 8),
      labels: linear.arena.take(block * 4),
      centres: linear.arena.take(this.#centres.length * 8),
      transposed: linear.arena.take(this.#centres.length * 8),
      norms: linear.arena.take(this.#k * 8),
      sums: linear.arena.take(this.#sums.length * 8),
      distances: linear.arena.take(block * 8),
    };
    panels.begin();
    this.#loadCentres(layout);
    for (let spent = 0; !this.#isOver && spent < operations; ) {
      spent += this.#stage === 'seed' ? this.#tryCandidate(layout) : this.#assignBlock(layout);
    }
    return this.#isOver;
  }

  /** One candidate for the next seed; the one that leaves the least potential is taken. The first seed has one candidate. */
  #tryCandidate({ panels, centres, distances }: Layout): number {
    const { linear, float } = this.#kernels;
    const { rows, cols, x } = this.#set.input;
    const draw = uniform(float, this.#key, this.#restart, this.#count, this.#at);
    const row = this.#count === 0 ? Math.floor(draw * rows) : pickRow(this.#distances, draw);
    const seed = new Float64Array(this.#ld);
    for (let c = 0; c < cols; c++) seed[c] = (x[row * cols + c] as number) - (this.#mean[c] as number);
    const nearest = new Float64Array(rows);
    float64(linear, centres, this.#ld).set(seed);
    for (let block = 0; block < panels.blocks; block++) {
      const { from, to } = panels.range(block);
      linear.wasm.squaredDistances(panels.at(block), to - from, panels.ld, centres, distances);
      nearest.set(float64(linear, distances, to - from), from);
    }
    for (let i = 0; i < this.#distances.length; i++) {
      nearest[i] = Math.min(this.#distances[i] as number, nearest[i] as number);
    }
    const potential = nearest.reduce((sum, d) => sum + d, 0);
    if (this.#at === 0 || potential < this.#potential) {
      this.#potential = potential;
      this.#better = nearest;
      this.#candidate = seed;
    }
    this.#meter.vector(rows * cols, 'floatElement', 'columnStatistics');
    this.#meter.vector(rows, 'floatElement', 'columnSum', 'randomWord');
    this.#at += 1;
    if (this.#count === 0 || this.#at === seedTrials(this.#k)) this.#takeSeed();
    return rows * cols;
  }

  #takeSeed(): void {
    this.#centres.set(this.#candidate, this.#count * this.#ld);
    this.#distances = this.#better;
    this.#count += 1;
    this.#at = 0;
    if (this.#count === this.#k) this.#enterLloyd();
  }

  #enterLloyd(): void {
    this.#stage = 'lloyd';
    this.#count = 0;
    this.#sums.fill(0);
    this.#distances = this.#better = this.#candidate = new Float64Array(0);
  }

  /** Once an iteration, and once a slice. */
  #loadCentres(at: Layout): void {
    const { linear } = this.#kernels;
    const { cols } = this.#set.input;
    float64(linear, at.centres, this.#centres.length).set(this.#centres);
    float64(linear, at.transposed, this.#k * cols).set(transposed(this.#centres, cols, this.#ld));
    float64(linear, at.norms, this.#k).set(squaredNorms(this.#centres, this.#ld));
  }

  #assignBlock(at: Layout): number {
    const { linear } = this.#kernels;
    const { cols } = this.#set.input;
    const k = this.#k;
    const { from, to } = at.panels.range(this.#at);
    const rows = to - from;
    const panel = at.panels.at(this.#at);
    if (this.#at === 0) this.#loadCentres(at);
    float64(linear, at.sums, this.#sums.length).set(this.#sums);
    float64(linear, at.products, rows * k).fill(0);
    linear.wasm.addProduct(panel, at.panels.ld, 1, at.transposed, at.products, rows, cols, k);
    linear.wasm.nearest(at.products, at.norms, rows, k, at.labels);
    const counts = at.sums + k * this.#ld * 8;
    linear.wasm.addRows(panel, at.labels, rows, this.#ld, at.centres, at.sums, counts, counts + k * 8);
    this.#sums = read(linear, at.sums, this.#sums.length);
    meterNearest(this.#meter, rows, cols, k);
    this.#meter.vector(rows * cols, 'columnStatistics', 'columnSum');
    this.#at += 1;
    if (this.#at === at.panels.blocks) this.#endIteration();
    return rows * cols * (k + 2);
  }

  /** A cluster that lost its last row stays where it was. */
  #endIteration(): void {
    const { rows } = this.#set.input;
    const moved = this.#centres.map((x, i) => {
      const count = this.#sums[this.#k * this.#ld + Math.floor(i / this.#ld)] as number;
      return count > 0 ? (this.#sums[i] as number) / count : x;
    });
    const shift = squaredDistance(moved, this.#centres);
    const inertia = this.#sums.subarray(this.#k * (this.#ld + 1)).reduce((sum, d) => sum + d, 0);
    this.#at = 0;
    this.#count += 1;
    this.#sums.fill(0);
    // The inertia is that of the centres before the move: they are what is kept.
    if (shift <= this.#least || this.#count >= this.#iterationsMax) this.#endRestart(inertia / rows);
    else this.#centres = moved;
  }

  #endRestart(inertia: number): void {
    this.#curve.push({ step: this.#restart, train: inertia });
    if (inertia < this.#inertia) {
      this.#inertia = inertia;
      this.#best = this.#centres.slice();
    }
    this.#restart += 1;
    this.#count = 0;
    this.#stage = this.#restart < this.#restarts ? 'seed' : 'done';
  }

  checkpoint(): Uint8Array {
    const curve = Float64Array.from(this.#curve, ({ train }) => train);
    return encodeFitState(this.#name, {
      cycles: this.cycles,
      integers: [STAGES.indexOf(this.#stage), this.#restart, this.#count, this.#at],
      reals: [
        ...[Float64Array.of(this.#inertia, this.#potential), curve, this.#centres, this.#sums],
        ...[this.#distances, this.#better, this.#candidate, this.#best],
      ],
    });
  }

  /** Returns the cycles until then. */
  #restore(checkpoint: Uint8Array): bigint {
    const { cycles, integers, reals } = decodeFitState(this.#name, checkpoint);
    const [stage, restart, count, at] = integers as [number, number, number, number];
    const [scalars, curve, centres, sums, distances, better, candidate, best] = reals as [
      ...[Float64Array, Float64Array, Float64Array, Float64Array],
      ...[Float64Array, Float64Array, Float64Array, Float64Array],
    ];
    this.#stage = STAGES[stage] ?? 'done';
    this.#restart = restart;
    this.#count = count;
    this.#at = at;
    [this.#inertia, this.#potential] = scalars as unknown as [number, number];
    curve.forEach((train, step) => {
      this.#curve.push({ step, train });
    });
    this.#centres = centres;
    this.#sums = sums;
    this.#distances = distances;
    this.#better = better;
    this.#candidate = candidate;
    this.#best = best;
    return cycles;
  }

  finish(): Uint8Array {
    if (this.#stage !== 'done') throw new Error('the fit is not over');
    const { cols } = this.#set.input;
    const centres = new Float64Array(this.#k * cols);
    for (let i = 0; i < centres.length; i++) {
      const [k, c] = [Math.floor(i / cols), i % cols];
      centres[i] = (this.#best[k * this.#ld + c] as number) + (this.#mean[c] as number);
    }
    return encodeClusters({ cols, centres });
  }
}

/** A boosting's fit: round after round, a tree a class, each grown leaf by leaf, between which it may stop. */
import type { HpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { CurvePoint, Fit, FitKey, Params, TrainSet } from '../trainer.ts';
import { BoostMemory } from './boost-memory.ts';
import { BOOST_LEAF_BYTES, type BoostPlan, boostNodesMax } from './boost-plan.ts';
import { type BoostState, decodeBoostState, encodeBoostState } from './boost-state.ts';
import { appendTree } from './boost-tree.ts';
import { type Centring, centringOf } from './centring.ts';
import { fitName } from './fit-bytes.ts';
import { firstTrees, GrownNodes } from './grown.ts';
import type { Tenant, TreeKernel } from './kernel.ts';
import { encodeTreeModel, type ModelKind, type TreeModel } from './model.ts';
import { priorMargins } from './priors.ts';
import { walkNodes } from './walk-nodes.ts';

/** Multiply-adds of the host, about: of a histogram update, a scanned entry, a moved row, and a row's gradient. */
const OPERATIONS = { update: 5, scan: 14, move: 8, row: 48 } as const;

export class BoostFit implements Fit, Tenant {
  readonly #kernel: TreeKernel;
  readonly #set: TrainSet;
  readonly #plan: BoostPlan;
  readonly #key: FitKey;
  readonly #name: Uint8Array;
  readonly #centring: Centring;
  readonly #offsets: Float32Array;
  #memory: BoostMemory | undefined;
  #state: BoostState;
  #nodes: GrownNodes;

  constructor(
    kernels: TrainerKernels,
    set: TrainSet,
    plan: BoostPlan,
    name: { params: Params; key: FitKey },
    checkpoint?: Uint8Array,
  ) {
    this.#kernel = kernels.trees;
    this.#set = set;
    this.#plan = plan;
    this.#key = name.key;
    this.#name = fitName('boost', set, name.params, name.key);
    this.#centring = plan.classes > 0 ? { base: 0, scale: 1 } : centringOf(set.y);
    this.#offsets = priorMargins(set.y, plan.classes);
    this.#state = checkpoint ? decodeBoostState(checkpoint, this.#name, plan, set) : this.#first();
    this.#nodes = new GrownNodes(this.#state.nodes);
  }

  #first(): BoostState {
    const margins = (rows: number): Float32Array =>
      Float32Array.from({ length: rows * this.#plan.trees }, (_, i) => this.#offsets[Math.floor(i / rows)] as number);
    return {
      round: 0,
      tree: 0,
      steps: 0,
      roundLoss: 0,
      leaves: 0,
      bestRound: 0,
      bestLoss: Number.POSITIVE_INFINITY,
      over: false,
      cycles: 0n,
      gains: new Float64Array(this.#plan.cols),
      margins: margins(this.#plan.rows),
      shares: new Float32Array(0),
      watched: margins(this.#set.watched?.input.rows ?? 0),
      curve: [],
      nodes: new GrownNodes().nodes,
    };
  }

  get cycles(): HpuCycles {
    return this.#state.cycles as HpuCycles;
  }

  get curve(): readonly CurvePoint[] {
    return this.#state.curve;
  }

  advance(operations: number): boolean {
    let left = operations;
    do {
      if (this.#state.over) break;
      left -= this.#step(this.#load());
    } while (left > 0);
    if (!this.#state.over) return false;
    if (this.#memory) this.evict();
    this.#kernel.release(this);
    return true;
  }

  /** Memory with the tree under way grown as far as it was. */
  #load(): BoostMemory {
    if (!this.#kernel.claim(this) && this.#memory) return this.#memory;
    const memory = new BoostMemory(this.#kernel, this.#plan, this.#set, this.#key, this.#centring);
    const { margins, shares, watched, round, tree, steps } = this.#state;
    memory.margins.set(margins);
    memory.shares.set(shares);
    memory.watched?.margins.set(watched);
    // The tree under way is grown again, step by step: cheaper than to keep its histograms.
    if (tree > 0 || steps > 0) memory.drawRows(round);
    if (steps > 0) memory.beginTree(round, tree);
    for (let step = 1; step < steps; step++) memory.grow();
    this.#memory = memory;
    return memory;
  }

  evict(): void {
    this.#state = this.#current();
    this.#memory = undefined;
  }

  #current(): BoostState {
    const memory = this.#memory;
    if (!memory) return this.#state;
    const { tree, steps } = this.#state;
    return {
      ...this.#state,
      margins: memory.margins.slice(),
      shares: tree > 0 || steps > 0 ? memory.shares.slice() : new Float32Array(0),
      watched: memory.watched?.margins.slice() ?? new Float32Array(0),
      nodes: this.#nodes.nodes,
    };
  }

  /** One step of the tree under way. Returns its operations. */
  #step(memory: BoostMemory): number {
    const state = this.#state;
    const { rows } = this.#plan;
    if (state.steps === 0) {
      if (state.tree === 0) {
        memory.drawRows(state.round);
        state.roundLoss = this.#plan.trees > 1 ? memory.takeShares() : 0;
      }
      state.roundLoss += memory.beginTree(state.round, state.tree);
      state.steps = 1;
      return operationsOf(memory.work) + OPERATIONS.row * rows;
    }
    const before = operationsOf(memory.work);
    if (memory.grow()) {
      this.#harvest(memory);
      return OPERATIONS.row * rows;
    }
    state.steps++;
    return Math.max(1, operationsOf(memory.work) - before);
  }

  /** Takes over the finished tree. */
  #harvest(memory: BoostMemory): void {
    const state = this.#state;
    const { nodes } = memory;
    state.leaves += appendTree(nodes, memory.columns, this.#nodes, state.gains);
    memory.addLeaves(state.tree);
    this.#bill(memory);
    if (memory.watched) {
      const alone = new GrownNodes();
      appendTree(nodes, memory.columns, alone, new Float64Array(this.#plan.cols));
      const walk = walkNodes(this.#model(alone.nodes, 1, 'sum'));
      memory.watched.addTree(walk, state.tree);
      const meter = new Meter();
      const watched = this.#set.watched?.input.rows ?? 0;
      meter.vector(watched * (walk.depths[0] as number), 'treeStep');
      meter.vector(watched, 'leafAdd', 'softmaxGradient');
      state.cycles += meter.cycles;
    }
    state.steps = 0;
    state.tree++;
    if (state.tree === this.#plan.trees) this.#endRound(memory);
  }

  #endRound(memory: BoostMemory): void {
    const state = this.#state;
    const { rounds, patience, trees, used, cols, rowSample, maxLeaves } = this.#plan;
    const perRow = this.#plan.classes > 0 ? 1 : this.#centring.scale * this.#centring.scale;
    const train = (state.roundLoss / this.#plan.rows) * perRow;
    state.round++;
    if (memory.watched) {
      const loss = memory.watched.loss / (this.#set.watched?.input.rows ?? 1);
      state.curve = [...state.curve, { step: state.round, train, watched: loss * perRow }];
      if (loss < state.bestLoss) {
        state.bestLoss = loss;
        state.bestRound = state.round;
      }
    } else {
      state.curve = [...state.curve, { step: state.round, train }];
    }
    // Trees without a split would come again and again, unless other rows or columns are drawn.
    const stuck = state.leaves === trees && used === cols && rowSample === 1;
    const enough = patience > 0 && memory.watched !== undefined && state.round - state.bestRound >= patience;
    // As if it had been the last round: another might not fit the model.
    const nextMax = trees * maxLeaves * BOOST_LEAF_BYTES;
    const full = this.#nodes.bytes + nextMax > boostNodesMax(this.#plan);
    state.over = state.round === rounds || stuck || enough || full;
    state.tree = 0;
    state.leaves = 0;
  }

  /** A tree's work is billed when it is done: see forest-fit.ts. */
  #bill(memory: BoostMemory): void {
    const { rows, cols, classes, trees, rowSample } = this.#plan;
    const { round, tree } = this.#state;
    const { updates, scanned, moved } = memory.work;
    const meter = new Meter();
    if (round === 0 && tree === 0) meter.vector(rows * cols, 'rankKey');
    if (tree === 0) {
      if (rowSample < 1) meter.vector(rows, 'randomWord');
      if (classes > 0) meter.vector(rows * trees, 'softmaxGradient');
      meter.vector(rows, 'loss');
    }
    meter.vector(rows, 'pairGradient', 'leafAdd');
    meter.vector(updates, 'histogramUpdate');
    meter.vector(scanned, 'splitScan');
    meter.vector(moved, 'treeMove');
    this.#state.cycles += meter.cycles;
  }

  checkpoint(): Uint8Array {
    return encodeBoostState(this.#current(), this.#name);
  }

  finish(): Uint8Array {
    const { over, round, bestRound } = this.#state;
    if (!over) throw new Error(`${round} rounds of ${this.#plan.rounds} are done`);
    const { patience, trees } = this.#plan;
    const kept = patience > 0 && this.#set.watched && bestRound > 0 ? bestRound : round;
    const { classes } = this.#plan;
    const kind = classes === 0 ? 'sum' : classes === 2 ? 'logistic' : 'softmax';
    return encodeTreeModel(this.#model(firstTrees(this.#nodes.nodes, kept * trees), kept * trees, kind));
  }

  #model(nodes: TreeModel['nodes'], trees: number, kind: ModelKind): TreeModel {
    const { gains } = this.#state;
    const total = gains.reduce((a, b) => a + b, 0);
    return {
      kind,
      cols: this.#plan.cols,
      outputs: Math.max(1, this.#plan.classes),
      trees,
      ...this.#centring,
      offsets: this.#offsets,
      gains: Float32Array.from(gains, (gain) => (total > 0 ? gain / total : 0)),
      categories: this.#set.categories,
      nodes,
    };
  }
}

function operationsOf({ updates, scanned, moved }: BoostMemory['work']): number {
  return OPERATIONS.update * updates + OPERATIONS.scan * scanned + OPERATIONS.move * moved;
}

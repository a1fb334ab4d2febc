/** A forest's fit: tree after tree, each grown in steps between which it may stop. */
import type { HpuCycles } from '../../../protocol/units.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import { Meter } from '../../meter.ts';
import type { TrainerKernels } from '../kernels.ts';
import type { Family, Fit, FitKey, Params, TrainSet } from '../trainer.ts';
import { type Centring, centringOf, clampValue } from './centring.ts';
import { fitName, joinParts, requireSame, splitParts } from './fit-bytes.ts';
import { tableWeight } from './forest-bounds.ts';
import { ForestMemory, type ForestPlan, LEAF, LEFT_IF_MISSING } from './forest-memory.ts';
import { decodeNodes, encodeNodes, GrownNodes } from './grown.ts';
import type { Tenant, TreeKernel } from './kernel.ts';
import { encodeTreeModel } from './model.ts';

/** Multiply-adds of the host that looking at or moving a cell takes, about. */
const CELL_OPERATIONS = 16;
/** Cells of one call into the kernel: some 10 ms. A column of a node is not cut further. */
const CALL_CELLS_MAX = 1 << 20;

export class ForestFit implements Fit, Tenant {
  readonly #kernel: TreeKernel;
  readonly #set: TrainSet;
  readonly #plan: ForestPlan;
  readonly #key: FitKey;
  readonly #name: Uint8Array;
  readonly #centring: Centring;
  readonly #tableWeight: number;
  readonly curve = [];
  #memory: ForestMemory | undefined;
  #nodes = new GrownNodes();
  #gains: Float64Array;
  #cycles = 0n;
  #trees = 0;
  /** The tree under way while the kernel's memory is another's; empty between trees. */
  #saved: Uint8Array = new Uint8Array(0);

  constructor(
    kernels: TrainerKernels,
    set: TrainSet,
    plan: ForestPlan,
    name: { family: Family; params: Params; key: FitKey },
    checkpoint?: Uint8Array,
  ) {
    this.#kernel = kernels.trees;
    this.#set = set;
    this.#plan = plan;
    this.#key = name.key;
    this.#name = fitName(name.family, set, name.params, name.key);
    this.#centring = plan.classes > 0 ? { base: 0, scale: 1 } : centringOf(set.y);
    this.#tableWeight = tableWeight(plan);
    this.#gains = new Float64Array(plan.cols);
    if (checkpoint) this.#resume(checkpoint);
  }

  get cycles(): HpuCycles {
    return this.#cycles as HpuCycles;
  }

  advance(operations: number): boolean {
    let left = Math.max(1, operations / CELL_OPERATIONS);
    while (this.#trees < this.#plan.trees && left > 0) {
      const memory = this.#load();
      const before = memory.work;
      const done = memory.grow(Math.min(left, CALL_CELLS_MAX));
      const { cells, moved } = memory.work;
      left -= Math.max(1, cells + moved - before.cells - before.moved);
      if (done) this.#harvest(memory);
    }
    if (this.#trees < this.#plan.trees) return false;
    this.#kernel.release(this);
    this.#memory = undefined;
    return true;
  }

  /** Memory with the tree under way in it. */
  #load(): ForestMemory {
    if (!this.#kernel.claim(this) && this.#memory) return this.#memory;
    const memory = new ForestMemory(this.#kernel, this.#plan, this.#set, this.#key, this.#centring);
    if (this.#saved.length > 0) memory.restore(this.#saved, this.#trees);
    else memory.begin(this.#trees);
    this.#memory = memory;
    return memory;
  }

  evict(): void {
    this.#saved = this.#current();
    this.#memory = undefined;
  }

  #current(): Uint8Array {
    return this.#memory ? this.#memory.save() : this.#saved;
  }

  /** Takes over the finished tree, and begins the next. */
  #harvest(memory: ForestMemory): void {
    this.#bill(memory);
    const { words, reals, order, gains } = memory.tree;
    const weight = memory.weights();
    const counts = new Uint32Array(this.#plan.classes);
    for (let i = 0; i < words.length; i += 3) {
      const [head, start, end] = [words[i], words[i + 1], words[i + 2]] as unknown as [number, number, number];
      if (head === LEAF) this.#leaf(order.subarray(start, end), weight, counts);
      else this.#nodes.split(head % LEFT_IF_MISSING, reals[i + 1] as number, head >= LEFT_IF_MISSING);
    }
    gains.forEach((gain, c) => {
      this.#gains[c] = (this.#gains[c] as number) + gain;
    });
    this.#trees++;
    this.#saved = new Uint8Array(0);
    if (this.#trees < this.#plan.trees) memory.begin(this.#trees);
  }

  #leaf(rows: Uint32Array, weight: (row: number) => number, counts: Uint32Array): void {
    const { y } = this.#set;
    if (this.#plan.classes > 0) {
      counts.fill(0);
      for (const row of rows) counts[y[row] as number] = (counts[y[row] as number] as number) + weight(row);
      this.#nodes.classLeaf(counts, this.#tableWeight);
      return;
    }
    const { base, scale } = this.#centring;
    let [sum, total] = [0, 0];
    for (const row of rows) {
      sum += ((clampValue(y[row] as number) - base) / scale) * weight(row);
      total += weight(row);
    }
    this.#nodes.valueLeaf(sum / total);
  }

  /** A tree's work is billed when it is done: nodes of a level share the lanes, so that a tree's cells count as one vector. */
  #bill(memory: ForestMemory): void {
    const { rows, bootstrap } = this.#plan;
    const { cells, sorted, scanned, moved } = memory.work;
    const meter = new Meter();
    if (bootstrap) meter.vector(rows, 'randomWord', 'countCode');
    meter.vector(cells, 'treeCell');
    meter.vector(sorted, 'rankKey', 'splitScan');
    meter.vector(scanned, 'splitScan');
    meter.vector(moved, 'treeMove');
    if (this.#trees === 0) meter.vector(rows * this.#plan.cols, 'rankKey');
    this.#cycles += meter.cycles;
  }

  checkpoint(): Uint8Array {
    const head = new ByteWriter(12 + this.#plan.cols * 8).u32(this.#trees).u64(this.#cycles).f64s(this.#gains).finish();
    return joinParts([this.#name, head, this.#current(), encodeNodes(this.#nodes.nodes)]);
  }

  #resume(checkpoint: Uint8Array): void {
    const [name, head, saved, nodes] = splitParts(checkpoint, 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    requireSame(name, this.#name);
    const reader = new ByteReader(head);
    this.#trees = reader.u32();
    this.#cycles = reader.u64();
    this.#gains = reader.f64s(this.#plan.cols);
    this.#saved = saved;
    this.#nodes = new GrownNodes(decodeNodes(new ByteReader(nodes)));
    if (reader.left !== 0 || this.#trees > this.#plan.trees) throw new RangeError('a checkpoint of another fit');
  }

  finish(): Uint8Array {
    const { trees, cols, classes } = this.#plan;
    if (this.#trees < trees) throw new Error(`${this.#trees} trees of ${trees} are grown`);
    const total = this.#gains.reduce((a, b) => a + b, 0);
    return encodeTreeModel({
      kind: classes > 0 ? 'shares' : 'mean',
      cols,
      outputs: classes > 0 ? classes : 1,
      trees,
      ...this.#centring,
      offsets: new Float32Array(classes > 0 ? classes : 1),
      gains: Float32Array.from(this.#gains, (gain) => (total > 0 ? gain / total : 0)),
      categories: this.#set.categories,
      nodes: this.#nodes.nodes,
    });
  }
}

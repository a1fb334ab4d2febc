/**
 * The descent of a network, unit by unit: a mini-batch step, or a block of watched rows behind an epoch. State lives in arrays of
 * its own and is copied to kernel memory for the time of a call, since fits and predictions share the kernel.
 */
import { type HpuCycles, hpuCycles } from '../../../protocol/units.ts';
import type { CurvePoint, Fit, FitKey, Matrix, Params, TrainSet } from '../trainer.ts';
import { initialCycles, orderCycles, rowOperations, stepCycles, watchCycles } from './cycles.ts';
import { loadImages, loadRows, orderOf, PURPOSE } from './feed.ts';
import { initialTensors } from './initial.ts';
import type { NetworkKernel } from './kernel.ts';
import { encodeNetwork } from './model.ts';
import { BETA1, BETA2, update } from './optimiser.ts';
import { type NetworkParams, WATCHED_ROWS, WORDS_AT_ONCE } from './params.ts';
import { Passes } from './passes.ts';
import { gatherTargets, type Prepared, prepare } from './prepared.ts';
import { rateAt } from './schedule.ts';
import { type Layout, layoutOf, padTensors, tensorsOf } from './shape.ts';
import { decodeState, encodeState, type FitState, fitHash, freshState, type StateSizes } from './state.ts';

/** Of a loss, in nats or squared deviations: smaller gains don't keep an impatient fit alive. */
const TOLERANCE = 1e-4;
/** A step's packing and update, in multiply-adds a parameter. */
const PARAMETER_OPERATIONS = 16;

/** Arrays of a call of `advance`, by address. */
interface Session {
  readonly passes: Passes;
  readonly first: number;
  readonly second: number;
  readonly words: number;
}

export class NetworkFit implements Fit {
  readonly #kernel: NetworkKernel;
  readonly #plan: NetworkParams;
  readonly #layout: Layout;
  readonly #key: FitKey;
  readonly #hash: Uint8Array;
  readonly #set: Prepared;
  readonly #rowsMax: number;
  readonly #stepsPerEpoch: number;
  readonly #steps: number;
  readonly #stepCycles = new Map<number, bigint>();
  #state: FitState;
  #order: { readonly epoch: number; readonly rows: Uint32Array } | undefined;

  constructor(
    kernel: NetworkKernel,
    family: string,
    set: TrainSet,
    params: Params,
    plan: NetworkParams,
    key: FitKey,
    checkpoint?: Uint8Array,
  ) {
    const { descent, shape } = plan;
    if (set.input.rows === 0) throw new RangeError('no rows to fit');
    this.#kernel = kernel;
    this.#plan = plan;
    this.#layout = layoutOf(shape);
    this.#key = key;
    this.#hash = fitHash(family, set, params, key);
    this.#set = prepare(set);
    this.#stepsPerEpoch = Math.ceil(set.input.rows / descent.batch);
    this.#steps = this.#stepsPerEpoch * descent.epochs;
    this.#rowsMax = Math.max(descent.batch, WATCHED_ROWS);
    const sizes = {
      floats: this.#layout.floats,
      second: descent.optimiser === 'adam',
      best: this.#set.watched !== undefined,
    };
    this.#state = checkpoint ? decodeState(checkpoint, sizes, this.#hash) : this.#fresh(sizes);
  }

  #fresh(sizes: StateSizes): FitState {
    this.#kernel.arena.reset();
    const tensors = initialTensors(this.#kernel, this.#layout, this.#key);
    const cycles = initialCycles(this.#layout, this.#set.input.rows, this.#set.classes);
    return freshState(sizes, padTensors(this.#layout, tensors), cycles);
  }

  get cycles(): HpuCycles {
    return hpuCycles(this.#state.cycles);
  }

  get curve(): readonly CurvePoint[] {
    return this.#state.curve;
  }

  checkpoint(): Uint8Array {
    return encodeState(this.#state, this.#hash);
  }

  finish(): Uint8Array {
    if (!this.#state.over) throw new Error('the fit is not over');
    const { parameters, best } = this.#state;
    const { mean, scale } = this.#set.targets;
    const tensors = tensorsOf(this.#layout, this.#set.watched ? best : parameters);
    return encodeNetwork({ shape: this.#plan.shape, classes: this.#set.classes, mean, scale, tensors });
  }

  advance(operations: number): boolean {
    if (this.#state.over) return true;
    const session = this.#open();
    const { batch } = this.#plan.descent;
    const forward = rowOperations(this.#layout);
    let left = operations;
    do {
      if (this.#state.watched < 0) {
        this.#step(session);
        left -= 3 * forward * Math.min(batch, this.#set.input.rows) + PARAMETER_OPERATIONS * this.#layout.floats;
      } else {
        this.#watch(session);
        left -= forward * this.#rowsMax;
      }
    } while (!this.#state.over && left > 0);
    this.#close(session);
    return this.#state.over;
  }

  #open(): Session {
    const { arena } = this.#kernel;
    arena.reset();
    const { parameters, first, second } = this.#state;
    const words = arena.take(WORDS_AT_ONCE * 4);
    const moments = { first: arena.put(first), second: arena.put(second) };
    const passes = new Passes(this.#kernel, this.#layout, this.#rowsMax, true);
    arena.float32(passes.places.parameters, parameters.length).set(parameters);
    return { passes, ...moments, words };
  }

  #close({ passes, first, second }: Session): void {
    const { arena } = this.#kernel;
    const state = this.#state;
    const copy = (to: Float32Array, at: number): void => to.set(arena.float32(at, to.length));
    copy(state.parameters, passes.places.parameters);
    copy(state.first, first);
    copy(state.second, second);
  }

  #orderOf(epoch: number, words: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      this.#order = { epoch, rows: orderOf(this.#kernel, words, this.#set.input.rows, epoch, this.#key) };
    }
    return this.#order.rows;
  }

  #step(session: Session): void {
    const state = this.#state;
    const { descent } = this.#plan;
    const { passes } = session;
    const inEpoch = state.step % this.#stepsPerEpoch;
    const epoch = Math.floor(state.step / this.#stepsPerEpoch);
    if (inEpoch === 0) state.cycles += orderCycles(this.#set.input.rows);
    const order = this.#orderOf(epoch, session.words);
    const from = inEpoch * descent.batch;
    const rows = Math.min(descent.batch, this.#set.input.rows - from);
    this.#load(session, this.#set.input, order, from, rows, descent.shift);
    const dropout = { dropped: descent.dropout, key: this.#key, step: state.step, purpose: PURPOSE.dropout };
    passes.forward(rows, dropout);
    state.epochLoss += passes.lossOf(gatherTargets(this.#set.targets, order, from, rows));
    passes.backward(rows, descent.dropout);
    state.beta1 *= BETA1;
    state.beta2 *= BETA2;
    const at = { parameters: session.passes.places.parameters, slopes: session.passes.places.slopes, ...session };
    const powers = { rate: rateAt(descent, state.step, this.#steps), beta1: state.beta1, beta2: state.beta2 };
    update(this.#kernel, this.#layout, descent, at, powers);
    state.step++;
    state.cycles += this.#cyclesOf(rows);
    if (inEpoch + 1 === this.#stepsPerEpoch) this.#endSteps();
  }

  #cyclesOf(rows: number): bigint {
    const known = this.#stepCycles.get(rows);
    if (known !== undefined) return known;
    const cycles = stepCycles(this.#layout, rows, this.#set.classes, this.#plan.descent);
    this.#stepCycles.set(rows, cycles);
    return cycles;
  }

  #load(
    { passes, words }: Session,
    input: Matrix,
    order: Uint32Array | null,
    from: number,
    rows: number,
    shift: number,
  ) {
    if (this.#layout.convolutions.length === 0) return loadRows(this.#kernel, passes, input, order, from, rows);
    const { wasm, arena } = this.#kernel;
    if (shift > 0) wasm.randomWords(words, rows, this.#state.step, PURPOSE.shift, ...this.#key);
    const drawn = Uint32Array.from(arena.int32(words, shift > 0 ? rows : 0));
    return loadImages(passes, input, order, from, rows, shift, drawn);
  }

  /** Behind the last step of an epoch: its point, unless watched rows come first. */
  #endSteps(): void {
    this.#state.watched = this.#set.watched ? 0 : -1;
    this.#state.watchedLoss = 0;
    if (!this.#set.watched) this.#endEpoch();
  }

  #watch(session: Session): void {
    const state = this.#state;
    const { input, targets } = this.#set.watched as NonNullable<Prepared['watched']>;
    const from = state.watched;
    const rows = Math.min(this.#rowsMax, input.rows - from);
    this.#load(session, input, null, from, rows, 0);
    session.passes.forward(rows, null);
    state.watchedLoss += session.passes.lossOf(targets.of.subarray(from, from + rows));
    state.watched += rows;
    state.cycles += watchCycles(this.#layout, rows, this.#set.classes);
    if (state.watched < input.rows) return;
    const loss = state.watchedLoss / input.rows;
    if (loss < state.bestLoss) {
      state.bestLoss = loss;
      state.best.set(this.#kernel.arena.float32(session.passes.places.parameters, state.best.length));
    }
    state.watched = -1;
    this.#endEpoch(loss);
  }

  #endEpoch(watched?: number): void {
    const state = this.#state;
    const train = state.epochLoss / this.#set.input.rows;
    state.epochLoss = 0;
    const epoch = Math.floor(state.step / this.#stepsPerEpoch);
    state.curve.push({ step: epoch, train, ...(watched === undefined ? {} : { watched }) });
    const loss = watched ?? train;
    state.stale = loss < state.patientLoss - TOLERANCE ? 0 : state.stale + 1;
    state.patientLoss = Math.min(state.patientLoss, loss);
    const { patience } = this.#plan.descent;
    state.over = state.step === this.#steps || (patience > 0 && state.stale >= patience);
  }
}

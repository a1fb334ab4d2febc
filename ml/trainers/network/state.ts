/** Between two units of a fit: everything that the rest of it depends on, and its bytes. */
import { equalBytes, type Hash, taggedHash } from '../../../protocol/hash.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { CurvePoint, FitKey, Params, TrainSet } from '../trainer.ts';

export interface FitState {
  /** Steps done. */
  step: number;
  /** Watched rows whose loss is summed already, or -1 while the epoch's steps go on. */
  watched: number;
  /** Epochs since the loss was lower by TOLERANCE. */
  stale: number;
  over: boolean;
  epochLoss: number;
  watchedLoss: number;
  /** Lowest loss so far, and of it what patience has seen. */
  bestLoss: number;
  patientLoss: number;
  /** Powers of Adam's betas after `step` steps. */
  beta1: number;
  beta2: number;
  cycles: bigint;
  readonly curve: CurvePoint[];
  readonly parameters: Float32Array;
  /** Velocities of sgd, first moments of adam. */
  readonly first: Float32Array;
  /** Second moments; empty for sgd. */
  readonly second: Float32Array;
  /** Parameters of the lowest watched loss; empty where nothing is watched. */
  readonly best: Float32Array;
}

/** Of a state's arrays: parameters in all, and which arrays there are. */
export interface StateSizes {
  readonly floats: number;
  readonly second: boolean;
  readonly best: boolean;
}

export function freshState({ floats, second, best }: StateSizes, parameters: Float32Array, cycles: bigint): FitState {
  return {
    step: 0,
    watched: -1,
    stale: 0,
    over: false,
    epochLoss: 0,
    watchedLoss: 0,
    bestLoss: Number.MAX_VALUE,
    patientLoss: Number.MAX_VALUE,
    beta1: 1,
    beta2: 1,
    cycles,
    curve: [],
    parameters,
    first: new Float32Array(floats),
    second: new Float32Array(second ? floats : 0),
    best: new Float32Array(best ? floats : 0),
  };
}

const MAGIC = 'HNF1';

/** What a checkpoint belongs to: it goes on in no other fit. */
export function fitHash(family: string, set: TrainSet, params: Params, key: FitKey): Hash {
  const { input, classes, watched } = set;
  const names = Object.keys(params).sort();
  const facts = [family, input.rows, input.cols, classes, watched?.input.rows ?? 0, ...key];
  const text = JSON.stringify([facts, names.map((name) => [name, params[name]])]);
  return taggedHash('HAI/network-fit/1', new TextEncoder().encode(text));
}

/** Points of a curve as three f64: NaN where nothing is watched. */
const pointOf = ({ step, train, watched }: CurvePoint): number[] => [step, train, watched ?? Number.NaN];

const arraysOf = (state: FitState): Float32Array[] => [state.parameters, state.first, state.second, state.best];

export function encodeState(state: FitState, hash: Hash): Uint8Array {
  const floats = arraysOf(state).reduce((sum, { length }) => sum + length, 0);
  const numbers = [state.epochLoss, state.watchedLoss, state.bestLoss, state.patientLoss, state.beta1, state.beta2];
  const writer = new ByteWriter(4 + 32 + 5 * 4 + 8 + (numbers.length + state.curve.length * 3) * 8 + floats * 4)
    .magic(MAGIC)
    .bytes(hash)
    .u32(state.step, state.watched >>> 0, state.stale, state.over ? 1 : 0, state.curve.length)
    .u64(state.cycles)
    .f64s(numbers)
    .f64s(state.curve.flatMap(pointOf));
  for (const array of arraysOf(state)) writer.bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return writer.finish();
}

/** The state that these bytes hold. Throws a RangeError when they are not a checkpoint of this fit. */
export function decodeState(
  bytes: Uint8Array,
  { floats, second: hasSecond, best: hasBest }: StateSizes,
  hash: Hash,
): FitState {
  const reader = new ByteReader(bytes);
  if (bytes.length < 64 || reader.magic() !== MAGIC || !equalBytes(reader.bytes(32), hash)) {
    throw new RangeError('not a checkpoint of this fit');
  }
  const [step = 0, watched = 0, stale = 0, over = 0, points = 0] = Array.from({ length: 5 }, () => reader.u32());
  const cycles = reader.u64();
  const [epochLoss = 0, watchedLoss = 0, bestLoss = 0, patientLoss = 0, beta1 = 0, beta2 = 0] = reader.f64s(6);
  const curve = Array.from({ length: points }, (): CurvePoint => {
    const [at = 0, train = 0, seen = 0] = reader.f64s(3);
    return { step: at, train, ...(Number.isNaN(seen) ? {} : { watched: seen }) };
  });
  // Copied whole: an array of a million floats is read at every slice.
  const read = (there = true): Float32Array =>
    new Float32Array(reader.bytes(there ? floats * 4 : 0).buffer as ArrayBuffer);
  const numbers = {
    step,
    watched: watched | 0,
    stale,
    over: over === 1,
    epochLoss,
    watchedLoss,
    bestLoss,
    patientLoss,
  };
  const arrays = { parameters: read(), first: read(), second: read(hasSecond), best: read(hasBest) };
  if (reader.left !== 0) throw new RangeError('not a checkpoint of this fit');
  return { ...numbers, beta1, beta2, cycles, curve, ...arrays };
}

/**
 * State of a fit between two calls, little-endian: 4 characters, 32 bytes that name the fit, u64 cycles, u32 counts of the integers,
 * the lists and each list's reals, then u32[integers] and the lists as f64.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { equalBytes, taggedHash } from '../../../protocol/hash.ts';
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { Family, FitKey, Params, TrainSet } from '../trainer.ts';

export interface FitState {
  readonly cycles: bigint;
  readonly integers: readonly number[];
  readonly reals: readonly Float64Array[];
}

const MAGIC = 'HLC1';

/** Of equal shapes, parameters and key. The rows themselves are the caller's to keep. */
export function fitName(family: Family, set: TrainSet, params: Params, key: FitKey): Uint8Array {
  const named = Object.keys(params)
    .sort()
    .map((name) => [name, params[name]]);
  const shape = [family, set.input.rows, set.input.cols, set.classes, named, ...key];
  return taggedHash('HAI/linear-fit/1', utf8ToBytes(JSON.stringify(shape)));
}

export function encodeFitState(name: Uint8Array, { cycles, integers, reals }: FitState): Uint8Array {
  const cells = reals.reduce((sum, list) => sum + list.length, 0);
  const writer = new ByteWriter(4 + 32 + 8 + 4 * (2 + reals.length + integers.length) + 8 * cells)
    .magic(MAGIC)
    .bytes(name)
    .u64(cycles)
    .u32(integers.length, reals.length, ...reals.map(({ length }) => length), ...integers);
  for (const list of reals) writer.f64s(list);
  return writer.finish();
}

/** Throws on bytes that `encodeFitState` did not make for this fit, or that were cut. */
export function decodeFitState(name: Uint8Array, bytes: Uint8Array): FitState {
  const reader = new ByteReader(bytes);
  if (reader.magic() !== MAGIC || !equalBytes(reader.bytes(32), name))
    throw new RangeError('a checkpoint of another fit');
  const cycles = reader.u64();
  const counts = [reader.u32(), reader.u32()] as const;
  if (counts[0] + counts[1] > reader.left) throw new RangeError('a checkpoint that was cut');
  const lengths = Array.from({ length: counts[1] }, () => reader.u32());
  const integers = Array.from({ length: counts[0] }, () => reader.u32());
  const reals = lengths.map((length) => new Float64Array(reader.bytes(length * 8).buffer));
  if (reader.left !== 0) throw new RangeError('a checkpoint with spare bytes');
  return { cycles, integers, reals };
}

/** Work as the rules hold it, to and from its JSON. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { WireTrainWork, WireWork } from '../wire.ts';
import type { TrainWork, Work } from './work.ts';

export function wireWorkOf(work: Work): WireWork {
  if (work.kind === 'predict') return { kind: 'predict', rows: work.rows, model: bytesToHex(work.model) };
  const { rows, features, hidden, classes, epochs, batch, seed } = work;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch, seed: seed.toString() };
}

export function workOfWire(wire: WireTrainWork): TrainWork;
export function workOfWire(wire: WireWork): Work;
export function workOfWire(wire: WireWork): Work {
  if (wire.kind === 'predict') return { kind: 'predict', rows: wire.rows, model: hexToBytes(wire.model) };
  const { rows, features, hidden, classes, epochs, batch, seed } = wire;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch, seed: BigInt(seed) };
}

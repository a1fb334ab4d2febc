/** Work as the rules hold it, to and from its JSON. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { hpuCycles } from '../units.ts';
import type { WireSearchWork, WireTrainWork, WireWork } from '../wire.ts';
import type { SearchWork, TrainWork, Work } from './work.ts';

export function wireWorkOf(work: Work): WireWork {
  if (work.kind === 'search') {
    return { ...work, budget: work.budget.toString(), seed: work.seed.toString() };
  }
  if (work.kind !== 'train') return { kind: work.kind, rows: work.rows, model: bytesToHex(work.model) };
  const { rows, features, hidden, classes, epochs, batch, seed } = work;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch, seed: seed.toString() };
}

export function workOfWire(wire: WireTrainWork): TrainWork;
export function workOfWire(wire: WireSearchWork): SearchWork;
export function workOfWire(wire: WireTrainWork | WireSearchWork): TrainWork | SearchWork;
export function workOfWire(wire: WireWork): Work;
export function workOfWire(wire: WireWork): Work {
  if (wire.kind === 'search') {
    const { rows, columns, classes, images, trials, folds, rowCycles } = wire;
    const [budget, seed] = [hpuCycles(BigInt(wire.budget)), BigInt(wire.seed)];
    return { kind: 'search', rows, columns, classes, images, trials, folds, budget, rowCycles, seed };
  }
  if (wire.kind !== 'train') return { kind: wire.kind, rows: wire.rows, model: hexToBytes(wire.model) };
  const { rows, features, hidden, classes, epochs, batch, seed } = wire;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch, seed: BigInt(seed) };
}

export const wireIsPredicting = ({ kind }: WireWork): boolean => kind === 'predict' || kind === 'predictTable';

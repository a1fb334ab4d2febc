/** Work as the rules hold it, from and to its JSON. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Work } from '../../protocol/order/work.ts';
import type { WireWork } from '../../protocol/wire.ts';

export function wireWorkOf(work: Work): WireWork {
  if (work.kind === 'predict') return { kind: 'predict', rows: work.rows, model: bytesToHex(work.model) };
  const { rows, features, hidden, classes, epochs, batch, seed } = work;
  return { kind: 'train', rows, features, hidden, classes, epochs, batch, seed: seed.toString() };
}

export function workOfWire(wire: WireWork): Work {
  if (wire.kind === 'predict') return { kind: 'predict', rows: wire.rows, model: hexToBytes(wire.model) };
  return { ...wire, seed: BigInt(wire.seed) };
}

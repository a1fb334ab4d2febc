import { readFileSync } from 'node:fs';
import { type MemoryFile, wtns } from 'snarkjs';
import { type Artefact, PATHS } from '../../../circuits/artefacts.ts';
import type { BidCoversAsk } from '../../../circuits/prove.ts';

/** An artefact of the cache; buildCircuits has run. */
export function artefact(kind: Artefact): Uint8Array {
  return readFileSync(PATHS.artefact('bid_covers_ask', kind));
}

let program: Uint8Array | undefined;

/** The circuit's witness straight from circom's program, without the prover's own refusals; throws when it refuses. */
export async function witnessOf(input: BidCoversAsk): Promise<{ file: MemoryFile; values: bigint[] }> {
  program ??= artefact('wasm');
  const file: MemoryFile = { type: 'mem' };
  await wtns.calculate({ ...input }, program, file);
  return { file, values: await wtns.exportJson(file) };
}

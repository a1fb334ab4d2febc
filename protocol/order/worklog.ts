/**
 * The work log (space-time proof, part two): a hash chain over (chunk, state, cycles). The head, signed by the provider,
 * commits to every intermediate state; a checker that replays a chunk compares the state's hash with the log's.
 */
import { bytes32, type Decoded, encode, struct, u32, u64As } from '../codec.ts';
import { type Hash, taggedHash } from '../hash.ts';
import { type HpuCycles, hpuCycles } from '../units.ts';

const chunkEntry = struct({ chunk: u32, stateHash: bytes32, cycles: u64As<HpuCycles>() });
export type ChunkEntry = Decoded<typeof chunkEntry>;
/** Of one order's log; the trainer's own bound (MLP_LIMITS.chunksMax) is far below. */
export const CHUNKS_MAX = 65_536;

export const stateHash = (state: Uint8Array): Hash => taggedHash('HAI/work-state/1', state);

/** The log's first link binds it to one order and attempt: a log can't be used twice. */
export function logStart(order: Hash, attempt: number): Hash {
  return taggedHash('HAI/work-log/1', order, new Uint8Array([attempt]));
}

export function logLink(previous: Hash, entry: ChunkEntry): Hash {
  return taggedHash('HAI/work-link/1', previous, encode(chunkEntry, entry));
}

export function logHead(order: Hash, attempt: number, entries: readonly ChunkEntry[]): Hash {
  return entries.reduce(logLink, logStart(order, attempt));
}

export function logCycles(entries: readonly ChunkEntry[]): HpuCycles {
  return hpuCycles(entries.reduce((sum, entry) => sum + entry.cycles, 0n));
}

/** How one block follows another. */
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import type { BlockHeight, UnixMs } from '../units.ts';
import { BLOCK_VERSION, type BlockHeader, headerHash } from './header.ts';

export interface Parent {
  readonly hash: Hash;
  readonly height: BlockHeight;
  readonly timeMs: UnixMs;
}

/**
 * The last millisecond of the year 9999, as far as RFC 3339 writes dates. A sum of a block's time and any span of the rules (the
 * longest is a lock of 65,535 days, below 2^43 ms) is then far below 2^53: no u64 overflows, and every reader can show it.
 */
export const BLOCK_TIME_MS_MAX = 253_402_300_799_999n;

/** What a block on top of `previous` has as its parent; undefined stands for the genesis. */
export function parentOf(previous: BlockHeader | undefined, genesis: Genesis, genesisHash: Hash): Parent {
  if (previous) return { hash: headerHash(previous), height: previous.height, timeMs: previous.timeMs };
  return { hash: genesisHash, height: 0n as BlockHeight, timeMs: genesis.createdMs };
}

/** Why a header does not extend the parent, or undefined. */
export function linkFault(
  header: BlockHeader,
  parent: Parent,
  genesis: Genesis,
  genesisHash: Hash,
): string | undefined {
  if (header.version !== BLOCK_VERSION) return 'unknown version';
  if (!equalBytes(header.genesis, genesisHash)) return 'another network';
  if (header.height !== parent.height + 1n) return 'not the next height';
  if (!equalBytes(header.parent, parent.hash)) return 'another parent';
  if (header.timeMs < parent.timeMs) return 'time runs backwards';
  if (header.timeMs > BLOCK_TIME_MS_MAX) return 'a time after the year 9999';
  if (header.region !== genesis.sequencerRegion) return 'not the proposing region';
  return undefined;
}

/**
 * What became of a commit whose reply was lost, or that failed: read back from what the database holds. Never an assumption:
 * a batch may have landed although its reply did not arrive, and may yet land while we look.
 */
import { equalBytes, type Hash } from '../hash.ts';
import type { Place, StagedBlock } from './stage.ts';

export interface Held {
  /** Of the block that the database holds at the height in question. */
  readonly hash: Hash | undefined;
  readonly tip: Place | undefined;
}

/**
 * `stale`: another block holds the height, for good. `unlinked`: the height is free, and the tip is not the block's parent: the
 * ledger is behind what the block was built on, an older copy of it perhaps. Seats may have signed the block: it is not given up.
 * `resubmit`: the block is not in, and what it builds on is the tip: the same bytes, again.
 */
export type CommitVerdict = 'committed' | 'stale' | 'unlinked' | 'resubmit';

export function afterLostReply({ hash, tip }: Held, block: Pick<StagedBlock, 'hash' | 'parent'>): CommitVerdict {
  if (hash) return equalBytes(hash, block.hash) ? 'committed' : 'stale';
  return tip && !equalBytes(tip.hash, block.parent) ? 'unlinked' : 'resubmit';
}

/**
 * Moves the bodies of old blocks from D1 to R2: headers, certificates and everything that is asked for by its own key stay. A body
 * is in R2 before it leaves D1, and each block by itself, so a crash between any two steps only means that one is done again.
 *
 * A block costs two statements of D1, one object of R2 and one row here. One body at a time is held.
 */

import { bodyKey } from '../archive-key.ts';
import type { RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';

/** Bodies that stay in D1: of a day of blocks a second, the last hour or so. At 1 MiB each they are 4 GiB of its 10. */
export const BODIES_KEPT = 4_096n;
/** A block in so many starts the work: D1 and R2 are asked for many at once, not one after each seal. */
export const PRUNE_EVERY_BLOCKS = 64n;
/** As many as there are since the last round, and as many again of a backlog: some 260 of the 1,000 statements of an invocation. */
const BODIES_PER_ROUND = 2n * PRUNE_EVERY_BLOCKS;

/** A put that never settles would hold up all rounds of the object. */
const PUT_MS_MAX = 20_000;

const PRUNED = 'pruned-height';

export type PruneContext = Pick<RegionContext, 'ctx' | 'env' | 'ledger' | 'meta'>;

function prunedHeight(context: PruneContext): bigint {
  const bytes = context.meta.get(PRUNED);
  return bytes ? BigInt(new TextDecoder().decode(bytes)) : 0n;
}

/** Of an object, at most one: two would move each body twice. */
const underWay = new WeakSet<PruneContext>();

/**
 * Starts a round, or leaves the one that is under way alone; returns at once, because R2 may take seconds and whoever calls has
 * blocks to seal. Returns whether to call again: a round that failed, or died with its object, is started by the next call.
 */
export async function pruneBodies(context: PruneContext, kept: bigint = BODIES_KEPT): Promise<boolean> {
  if (underWay.has(context)) return true;
  const last = await lastToPrune(context, kept);
  if (underWay.has(context)) return true;
  if (prunedHeight(context) >= last) return false;
  underWay.add(context);
  context.ctx.waitUntil(
    pruneRound(context, last)
      .catch((error: Error) => console.error(JSON.stringify({ event: 'prune_failed', reason: error.message })))
      .finally(() => underWay.delete(context)),
  );
  return true;
}

async function lastToPrune({ ledger }: PruneContext, kept: bigint): Promise<bigint> {
  const tip = await ledger.tip();
  return (tip?.height ?? 0n) - kept;
}

async function pruneRound(context: PruneContext, last: bigint): Promise<void> {
  const from = prunedHeight(context) + 1n;
  for (let height = from; height <= last && height < from + BODIES_PER_ROUND; height++) {
    await archiveBody(context, height);
    context.meta.put(PRUNED, new TextEncoder().encode(height.toString()));
  }
}

async function archiveBody({ ledger, env }: PruneContext, height: bigint): Promise<void> {
  const block = await ledger.block(height);
  if (!block) throw new Error(`block ${height} is missing`);
  if (block.body.length === 0) return;
  await inTime(env.BLOBS.put(bodyKey(block.hash), block.body), PUT_MS_MAX);
  await ledger.dropBody(height);
}

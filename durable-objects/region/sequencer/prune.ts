/**
 * Moves the bodies of old blocks from D1 to R2: headers, certificates and everything that is asked for by its own key stay. A body
 * is in R2 before it leaves D1, and each block by itself, so a crash between any two steps only means that one is done again.
 */

import { bodyKey } from '../archive-key.ts';
import type { RegionContext } from '../context.ts';

/** Bodies that stay in D1: of a day of blocks a second, the last hour or so. At 1 MiB each they are 4 GiB of its 10. */
export const BODIES_KEPT = 4_096n;
/** In one alarm. */
const BODIES_PER_ALARM = 16n;
/** A block in so many starts the work: D1 and R2 are asked for many at once, not one after each seal. */
export const PRUNE_EVERY_BLOCKS = 64n;

const PRUNED = 'pruned-height';

function prunedHeight(context: RegionContext): bigint {
  const bytes = context.meta.get(PRUNED);
  return bytes ? BigInt(new TextDecoder().decode(bytes)) : 0n;
}

/** Returns whether there are more. */
export async function pruneBodies(context: RegionContext, kept: bigint = BODIES_KEPT): Promise<boolean> {
  const tip = await context.ledger.tip();
  const last = (tip?.height ?? 0n) - kept;
  const from = prunedHeight(context) + 1n;
  const end = from + BODIES_PER_ALARM;
  for (let height = from; height <= last && height < end; height++) {
    await archiveBody(context, height);
    context.meta.put(PRUNED, new TextEncoder().encode(height.toString()));
  }
  return end <= last;
}

async function archiveBody({ ledger, env }: RegionContext, height: bigint): Promise<void> {
  const block = await ledger.block(height);
  if (!block) throw new Error(`block ${height} is missing`);
  if (block.body.length === 0) return;
  await env.BLOBS.put(bodyKey(block.hash), block.body);
  await ledger.dropBody(height);
}

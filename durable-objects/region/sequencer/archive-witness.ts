/**
 * Keeps a block's witness in R2, so that anyone may execute the block again later. It is written while the seats vote and under the
 * block's hash, so a block that then fails leaves an object that nobody asks for. Nothing waits for it, and no block depends on it:
 * after a failure of all tries, or while too much else is on its way, it can only be made again from the state before the block.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { witnessKey } from '../archive-key.ts';
import type { RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';

const TRIES_MAX = 3;
/** A large witness is 24 MB. */
const TRY_MS_MAX = 20_000;
/** Held for R2 at once, beside the one that was held first: blocks come every half second, and R2 may hang. */
const HELD_BYTES_MAX = 8 << 20;

export type WitnessContext = Pick<RegionContext, 'env'>;

const heldBytes = new WeakMap<WitnessContext, number>();

export async function archiveWitness(context: WitnessContext, block: Uint8Array, witness: Uint8Array): Promise<void> {
  const held = heldBytes.get(context) ?? 0;
  if (held > 0 && held + witness.length > HELD_BYTES_MAX) {
    notArchived(block, 0, `${held} bytes of others are on their way`);
    return;
  }
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      await inTime(put(context, block, witness), TRY_MS_MAX);
      return;
    } catch (error) {
      notArchived(block, tries, (error as Error).message);
    }
  }
}

/** Counted until it settles, however long somebody waits for it: so long the bytes are held. */
async function put(context: WitnessContext, block: Uint8Array, witness: Uint8Array): Promise<void> {
  const count = (bytes: number) => heldBytes.set(context, (heldBytes.get(context) ?? 0) + bytes);
  count(witness.length);
  try {
    await context.env.BLOBS.put(witnessKey(block), witness);
  } finally {
    count(-witness.length);
  }
}

function notArchived(block: Uint8Array, tries: number, reason: string): void {
  console.error(JSON.stringify({ event: 'witness_not_archived', block: bytesToHex(block), tries, reason }));
}

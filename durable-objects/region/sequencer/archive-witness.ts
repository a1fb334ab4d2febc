/**
 * Keeps a block's witness in R2, so that anyone may execute the block again later. It is written while the seats vote and under the
 * block's hash, so a block that then fails leaves an object that nobody asks for. Nothing waits for it, and no block depends on it:
 * after a failure of all tries that block's witness can only be made again from the state before it.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { witnessKey } from '../archive-key.ts';
import type { RegionContext } from '../context.ts';
import { inTime } from './in-time.ts';

const TRIES_MAX = 3;
/** A large witness is 24 MB. */
const TRY_MS_MAX = 20_000;

export async function archiveWitness(context: RegionContext, block: Uint8Array, witness: Uint8Array): Promise<void> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      await inTime(context.env.BLOBS.put(witnessKey(block), witness), TRY_MS_MAX);
      return;
    } catch (error) {
      const { message: reason } = error as Error;
      console.error(JSON.stringify({ event: 'witness_not_archived', block: bytesToHex(block), tries, reason }));
    }
  }
}

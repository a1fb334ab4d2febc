/** The ledger with the bodies that are no longer in it: they are in R2, under the block's hash. */
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { bodyKey } from './archive-key.ts';
import type { RegionEnv } from './env.ts';

export function archivedLedger(env: Pick<RegionEnv, 'DB' | 'BLOBS'>): Ledger {
  const ledger = openLedger(env.DB);
  return {
    ...ledger,
    async block(place) {
      const block = await ledger.block(place);
      // A body is in R2 before it leaves D1.
      if (!block || block.body.length > 0) return block;
      const archived = await env.BLOBS.get(bodyKey(block.hash));
      if (!archived) throw new Error(`the body of block ${block.height} is neither in D1 nor in R2`);
      return { ...block, body: new Uint8Array(await archived.arrayBuffer()) };
    },
  };
}

/** Where a webhook's events come from: the ledger, which keeps every event of every final block. */
import { decodeBody } from '../../protocol/block/block.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import type { ChainEvent } from '../../protocol/events.ts';
import type { FinalBlock } from '../../protocol/webhook/event.ts';
import { archivedLedger } from '../region/archived-ledger.ts';
import type { EndpointEnv } from './rpc.ts';
import type { Place } from './store.ts';

export interface EventFeed {
  /** Events strictly after a place, in chain order. */
  events(after: Place, limit: number): Promise<ChainEvent[]>;
  block(height: bigint): Promise<FinalBlock>;
  tipHeight(): Promise<bigint>;
}

/** A receiver that was away for days is sent events of blocks whose bodies, and with them its proofs, are in R2 by then. */
export function ledgerFeed(env: Pick<EndpointEnv, 'DB' | 'BLOBS'>): EventFeed {
  const ledger = archivedLedger(env);
  return {
    events: (after, limit) => ledger.events(after, limit),
    async block(height) {
      const found = await ledger.block(height);
      if (!found) throw new Error(`events without a block at height ${height}`);
      return {
        header: decodeHeader(found.header),
        hash: found.hash,
        headerBytes: found.header,
        certificateBytes: found.certificate,
        body: decodeBody(found.body),
      };
    },
    async tipHeight() {
      const tip = await ledger.tip();
      if (!tip) throw new Error('a webhook on a network that was not founded');
      return tip.height;
    },
  };
}

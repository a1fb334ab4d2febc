/** Where a webhook's events come from: the ledger, which keeps every event of every final block. */
import { openLedger } from '../../ledger/d1.ts';
import { decodeBody } from '../../protocol/block/block.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import type { ChainEvent } from '../../protocol/events.ts';
import type { FinalBlock } from '../../protocol/webhook/event.ts';
import type { Place } from './store.ts';

export interface EventFeed {
  /** Events strictly after a place, in chain order. */
  events(after: Place, limit: number): Promise<ChainEvent[]>;
  block(height: bigint): Promise<FinalBlock>;
  tipHeight(): Promise<bigint>;
}

export function ledgerFeed(db: D1Database): EventFeed {
  const ledger = openLedger(db);
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

/** What a block changes, as the ledger records it. Pure: the same block gives the same effects everywhere. */

import type { BuiltBlock } from '../protocol/block/build.ts';
import { type BlockEvent, eventsOf, type NamedOrder, orderOutcomes } from '../protocol/events.ts';
import type { OrderRecord } from '../protocol/order/record.ts';
import type { Account } from '../protocol/state/account.ts';
import type { TouchedRecord } from '../protocol/state/overlay.ts';
import type { Posting } from '../protocol/tx/rule.ts';

export interface Keyed<T> {
  readonly key: Uint8Array;
  readonly value: T;
}

export interface TransactionEffect {
  readonly hash: Uint8Array;
  readonly type: number;
  readonly sender: Uint8Array;
  readonly nonce: bigint;
  readonly outcome: readonly number[];
  readonly postings: readonly Posting[];
  readonly orders: readonly NamedOrder[];
}

export interface BlockEffects {
  readonly accounts: readonly Keyed<Account>[];
  readonly orders: readonly Keyed<OrderRecord>[];
  readonly records: readonly TouchedRecord[];
  /** In block order. */
  readonly transactions: readonly TransactionEffect[];
  readonly events: readonly BlockEvent[];
}

export function effectsOf(built: BuiltBlock): BlockEffects {
  return {
    accounts: built.state.accounts(),
    orders: built.state.orders(),
    records: built.state.records(),
    transactions: built.transactions.map(transactionEffect),
    events: eventsOf(built),
  };
}

function transactionEffect({ tx, hash, outcome, postings }: BuiltBlock['transactions'][number]): TransactionEffect {
  const { type, sender, nonce } = tx;
  const orders = orderOutcomes(tx, hash, outcome.entries);
  return { hash, type, sender, nonce, outcome: outcome.entries, postings, orders };
}

/** The ledger: what is final. Written by one fenced batch a block, read by everybody. */
import type { BuiltBlock } from '../protocol/block/build.ts';
import type { CertifiedBlock } from '../protocol/block/certificate.ts';
import { headerHash } from '../protocol/block/header.ts';
import type { Parent } from '../protocol/block/link.ts';
import type { ChainEvent } from '../protocol/events.ts';
import { equalBytes } from '../protocol/hash.ts';
import type { OrderRecord } from '../protocol/order/record.ts';
import type { Account } from '../protocol/state/account.ts';
import { readAccount, readAccountPage, readAccounts, readSupplyByClass, type SupplyByClass } from './accounts.ts';
import {
  type LedgerBlock,
  type LedgerBlockHead,
  type LedgerTransaction,
  type OrderTransaction,
  readBlock,
  readBlockHash,
  readBlockPage,
  readGenesis,
  readTip,
  readTransaction,
  readTransactionsOfBlock,
  readTransactionsOfOrder,
} from './blocks.ts';
import { commitStatements } from './commit.ts';
import { effectsOf, type Keyed } from './effects.ts';
import { type EventFilter, type EventPlace, readEvents } from './events.ts';
import { type LedgerOrder, type OrderCursor, readOrder, readOrderPage, readOrdersOf } from './orders.ts';
import { startStatements } from './start.ts';
import { type LedgerQuery, type LedgerStore, queryOver } from './store.ts';
import { addWebhookStatements, deleteWebhook, hasWebhook, type LedgerWebhook, readWebhooks } from './webhooks.ts';

/** Rows in one page, at most; a larger limit is cut to it. */
export const PAGE_ROWS_MAX = 1000;
const rowsOf = (limit: number): number => Math.max(0, Math.min(Math.trunc(limit), PAGE_ROWS_MAX));

export interface Ledger {
  /** Idempotent. Returns the bytes of the genesis that won, which may be another's. */
  start(genesisBytes: Uint8Array, accounts: readonly Keyed<Account>[]): Promise<Uint8Array>;
  genesis(): Promise<Uint8Array | undefined>;
  /** The last final block; the genesis itself, as height 0, before the first. */
  tip(): Promise<Parent | undefined>;
  /**
   * One fenced batch. `committed` also when an earlier try had landed and its reply was lost; `stale` when another block
   * holds the height, or the tip is not this block's parent. Throws when the database failed and the block is not in: then
   * the same bytes are to be tried again.
   */
  commit(certified: CertifiedBlock, built: BuiltBlock): Promise<'committed' | 'stale'>;

  account(key: Uint8Array): Promise<Account | undefined>;
  accounts(keys: readonly Uint8Array[]): Promise<Keyed<Account>[]>;
  /** By key. A reader of several pages compares the tip before and after: a block may land between two pages. */
  accountPage(after: Uint8Array | undefined, limit: number): Promise<Keyed<Account>[]>;
  /** Sums to the supply. Reads every account: cache it. */
  supplyByClass(): Promise<SupplyByClass>;

  order(id: Uint8Array): Promise<LedgerOrder | undefined>;
  orderRecord(id: Uint8Array): Promise<OrderRecord | undefined>;
  orderPage(after: Uint8Array | undefined, limit: number): Promise<Keyed<OrderRecord>[]>;
  /** Newest first. */
  ordersOf(demander: Uint8Array, cursor: OrderCursor | undefined, limit: number): Promise<LedgerOrder[]>;

  block(place: bigint | Uint8Array): Promise<LedgerBlock | undefined>;
  /** Newest first, without bodies. */
  blockPage(before: bigint | undefined, limit: number): Promise<LedgerBlockHead[]>;
  transaction(hash: Uint8Array): Promise<LedgerTransaction | undefined>;
  transactionsOfBlock(height: bigint): Promise<LedgerTransaction[]>;
  /** In chain order; at most PAGE_ROWS_MAX. `applied` leaves out the entries that were refused. */
  transactionsOfOrder(id: Uint8Array, only?: 'all' | 'applied'): Promise<OrderTransaction[]>;
  /** In order, from behind `after`. */
  events(after: EventPlace, limit: number, filter?: EventFilter): Promise<ChainEvent[]>;

  /** `full` when the account, or the network, has as many as it may. Adding the same id twice is one. */
  addWebhook(added: LedgerWebhook): Promise<'added' | 'full'>;
  removeWebhook(id: string): Promise<void>;
  webhooks(account?: Uint8Array): Promise<LedgerWebhook[]>;
}

export function ledgerOver(store: LedgerStore): Ledger {
  const query = queryOver(store);
  return {
    async start(genesisBytes, accounts) {
      await store.batch(startStatements(genesisBytes, accounts));
      const won = await readGenesis(query);
      if (!won) throw new Error('the ledger was started and has no genesis');
      return won;
    },
    genesis: () => readGenesis(query),
    tip: () => readTip(query),
    commit: (certified, built) => commitBlock(store, query, certified, built),
    account: (key) => readAccount(query, key),
    accounts: (keys) => readAccounts(query, keys),
    accountPage: (after, limit) => readAccountPage(query, after, rowsOf(limit)),
    supplyByClass: () => readSupplyByClass(query),
    order: (id) => readOrder(query, id),
    orderRecord: async (id) => (await readOrder(query, id))?.record,
    orderPage: (after, limit) => readOrderPage(query, after, rowsOf(limit)),
    ordersOf: (demander, cursor, limit) => readOrdersOf(query, demander, cursor, rowsOf(limit)),
    block: (place) => readBlock(query, place),
    blockPage: (before, limit) => readBlockPage(query, before, rowsOf(limit)),
    transaction: (hash) => readTransaction(query, hash),
    transactionsOfBlock: (height) => readTransactionsOfBlock(query, height),
    transactionsOfOrder: (id, only = 'all') => readTransactionsOfOrder(query, id, only, PAGE_ROWS_MAX),
    events: (after, limit, filter = {}) => readEvents(query, after, rowsOf(limit), filter),
    async addWebhook(added) {
      await store.batch(addWebhookStatements(added));
      return (await hasWebhook(query, added.id)) ? 'added' : 'full';
    },
    removeWebhook: (id) => deleteWebhook(query, id),
    webhooks: (account) => readWebhooks(query, account),
  };
}

async function commitBlock(
  store: LedgerStore,
  query: LedgerQuery,
  certified: CertifiedBlock,
  built: BuiltBlock,
): Promise<'committed' | 'stale'> {
  if (!equalBytes(certified.hash, headerHash(built.block.header))) throw new Error('the effects are of another block');
  const { height } = certified.block.header;
  try {
    await store.batch(commitStatements(certified, effectsOf(built)));
    return 'committed';
  } catch (failure) {
    const held = await readBlockHash(query, height);
    if (held) return equalBytes(held, certified.hash) ? 'committed' : 'stale';
    const tip = await readTip(query);
    // Not our parent, and nobody at our height: we are ahead of this tip, or on another branch of it.
    if (tip && !equalBytes(tip.hash, certified.block.header.parent)) return 'stale';
    throw new Error(`block ${height} was not committed`, { cause: failure });
  }
}

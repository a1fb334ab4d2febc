/** The ledger: what is final. Written by one fenced batch a block, read by everybody. */
import type { BuiltBlock } from '../protocol/block/build.ts';
import type { CertifiedBlock } from '../protocol/block/certificate.ts';
import { headerHash } from '../protocol/block/header.ts';
import type { Parent } from '../protocol/block/link.ts';
import type { ChainEvent } from '../protocol/events.ts';
import { equalBytes } from '../protocol/hash.ts';
import type { OrderRecord } from '../protocol/order/record.ts';
import { afterLostReply, type CommitVerdict } from '../protocol/seal/lost-reply.ts';
import type { Place } from '../protocol/seal/stage.ts';
import type { Account } from '../protocol/state/account.ts';
import type { TouchedRecord } from '../protocol/state/overlay.ts';
import type { RecordPlace } from '../protocol/state/record.ts';
import { readAccount, readAccountPage, readAccounts, readSupplyByClass, type SupplyByClass } from './accounts.ts';
import {
  dropBodyStatement,
  type LedgerBlock,
  type LedgerBlockHead,
  type LedgerTransaction,
  type OrderTransaction,
  readBlock,
  readBlockHash,
  readBlockPage,
  readGenesis,
  readHeaders,
  readSealedAmong,
  readTip,
  readTransaction,
  readTransactionsOfBlock,
  readTransactionsOfOrder,
} from './blocks.ts';
import { commitStatements } from './commit.ts';
import { effectsOf, type Keyed } from './effects.ts';
import { type EventFilter, type EventPlace, readEvents } from './events.ts';
import {
  type LedgerOrder,
  type OrderCursor,
  readOrder,
  readOrderPage,
  readOrderRecords,
  readOrdersOf,
} from './orders.ts';
import { readEndpointsOf, readRecord, readRecordPage, readRecords } from './records.ts';
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
   * holds the height; `unlinked` when none does, and the tip is not this block's parent. Throws when the database failed and the
   * block is not in: then the same bytes are to be tried again.
   */
  commit(certified: CertifiedBlock, built: BuiltBlock): Promise<Exclude<CommitVerdict, 'resubmit'>>;

  account(key: Uint8Array): Promise<Account | undefined>;
  accounts(keys: readonly Uint8Array[]): Promise<Keyed<Account>[]>;
  /** By key. A reader of several pages compares the tip before and after: a block may land between two pages. */
  accountPage(after: Uint8Array | undefined, limit: number, since?: bigint): Promise<Keyed<Account>[]>;
  /** Sums to the supply. Reads every account: cache it. */
  supplyByClass(): Promise<SupplyByClass>;

  order(id: Uint8Array): Promise<LedgerOrder | undefined>;
  orderRecord(id: Uint8Array): Promise<OrderRecord | undefined>;
  orderRecords(ids: readonly Uint8Array[]): Promise<Keyed<OrderRecord>[]>;
  orderPage(after: Uint8Array | undefined, limit: number, since?: bigint): Promise<Keyed<OrderRecord>[]>;
  /** Newest first. */
  ordersOf(demander: Uint8Array, cursor: OrderCursor | undefined, limit: number): Promise<LedgerOrder[]>;

  record(place: RecordPlace): Promise<Uint8Array | undefined>;
  records(places: readonly RecordPlace[]): Promise<TouchedRecord[]>;
  recordPage(after: RecordPlace | undefined, limit: number, since?: bigint): Promise<TouchedRecord[]>;
  /** An account's endpoints, by key. */
  endpointsOf(owner: Uint8Array, after: Uint8Array | undefined, limit: number): Promise<TouchedRecord[]>;

  /** Its body is empty once it was dropped. */
  block(place: bigint | Uint8Array): Promise<LedgerBlock | undefined>;
  /** For a block whose body is in the archive. */
  dropBody(height: bigint): Promise<void>;
  blockHash(height: bigint): Promise<Uint8Array | undefined>;
  /** Canonical bytes of the headers from a height on, in order. */
  headers(from: bigint, limit: number): Promise<Uint8Array[]>;
  /** Newest first, without bodies. */
  blockPage(before: bigint | undefined, limit: number): Promise<LedgerBlockHead[]>;
  transaction(hash: Uint8Array): Promise<LedgerTransaction | undefined>;
  /** Undefined when the ledger does not hold the block at `upTo`: an older copy says nothing of what is sealed. */
  sealedAmong(hashes: readonly Uint8Array[], upTo: Place): Promise<Uint8Array[] | undefined>;
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
    accountPage: (after, limit, since) => readAccountPage(query, after, rowsOf(limit), since),
    supplyByClass: () => readSupplyByClass(query),
    order: (id) => readOrder(query, id),
    orderRecord: async (id) => (await readOrder(query, id))?.record,
    orderRecords: (ids) => readOrderRecords(query, ids),
    orderPage: (after, limit, since) => readOrderPage(query, after, rowsOf(limit), since),
    ordersOf: (demander, cursor, limit) => readOrdersOf(query, demander, cursor, rowsOf(limit)),
    record: (place) => readRecord(query, place),
    records: (places) => readRecords(query, places),
    recordPage: (after, limit, since) => readRecordPage(query, after, rowsOf(limit), since),
    endpointsOf: (owner, after, limit) => readEndpointsOf(query, owner, after, rowsOf(limit)),
    block: (place) => readBlock(query, place),
    dropBody: (height) => store.batch([dropBodyStatement(height)]),
    blockHash: (height) => readBlockHash(query, height),
    headers: (from, limit) => readHeaders(query, from, rowsOf(limit)),
    blockPage: (before, limit) => readBlockPage(query, before, rowsOf(limit)),
    transaction: (hash) => readTransaction(query, hash),
    sealedAmong: (hashes, upTo) => readSealedAmong(query, hashes, upTo),
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
): Promise<Exclude<CommitVerdict, 'resubmit'>> {
  if (!equalBytes(certified.hash, headerHash(built.block.header))) throw new Error('the effects are of another block');
  const { height } = certified.block.header;
  try {
    await store.batch(commitStatements(certified, effectsOf(built)));
    return 'committed';
  } catch (failure) {
    // The tip of before: should the batch land between the two reads, its hash is there.
    const tip = await readTip(query);
    const hash = await readBlockHash(query, height);
    const verdict = afterLostReply({ hash, tip }, { hash: certified.hash, parent: certified.block.header.parent });
    if (verdict !== 'resubmit') return verdict;
    throw new Error(`block ${height} was not committed`, { cause: failure });
  }
}

/**
 * The ledger's tables, as drizzle knows them. What drizzle can't say (STRICT, CHECK, WITHOUT ROWID) is in migrations/; a test
 * compares the two, column by column.
 */
import { type SQL, sql } from 'drizzle-orm';
import { index, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { recordKindNumber } from '../protocol/state/record.ts';
import { bytes, exactInteger, smallInteger } from './exact.ts';

// A query finds the index of an expression by writing the very same. As a sum, the kind leads to this index alone: by itself it
// would be looked for in the table's key, among the endpoints of everybody.
const ownerIn = (value: unknown): SQL => sql`substr(${value}, 1, 32)`;
const endpointsIn = (kind: unknown): SQL => sql`${kind} + 0 = ${sql.raw(String(recordKindNumber('endpoint')))}`;

/** One row: the file that names the network. */
export const genesis = sqliteTable('genesis', {
  only: smallInteger('only').primaryKey(),
  hash: bytes('hash').notNull(),
  bytes: bytes('bytes').notNull(),
});

/** One row: the last final block. `bad` is the fence: a commit that doesn't extend the tip sets it, and CHECK refuses. */
export const tip = sqliteTable('tip', {
  only: smallInteger('only').primaryKey(),
  height: exactInteger('height').notNull(),
  hash: bytes('hash').notNull(),
  timeMs: exactInteger('time_ms').notNull(),
  bad: smallInteger('bad').notNull(),
});

/** Canonical bytes of each final block. */
export const block = sqliteTable(
  'block',
  {
    height: exactInteger('height').primaryKey(),
    hash: bytes('hash').notNull(),
    timeMs: exactInteger('time_ms').notNull(),
    header: bytes('header').notNull(),
    body: bytes('body').notNull(),
    certificate: bytes('certificate').notNull(),
  },
  (table) => [uniqueIndex('block_hash').on(table.hash)],
);

export const account = sqliteTable('account', {
  key: bytes('key').primaryKey(),
  balance: exactInteger('balance').notNull(),
  nonce: exactInteger('nonce').notNull(),
  homeRegion: smallInteger('home_region').notNull(),
  updatedHeight: exactInteger('updated_height').notNull(),
});

/** `record` holds the canonical bytes; the other columns repeat what is searched for. */
export const chainOrder = sqliteTable(
  'chain_order',
  {
    id: bytes('id').primaryKey(),
    record: bytes('record').notNull(),
    state: text('state').notNull(),
    demander: bytes('demander').notNull(),
    region: smallInteger('region').notNull(),
    openedHeight: exactInteger('opened_height').notNull(),
    updatedHeight: exactInteger('updated_height').notNull(),
  },
  (table) => [index('chain_order_demander').on(table.demander, table.openedHeight, table.id)],
);

/** Everything else in the state: the value's canonical bytes under its kind (protocol/state/record.ts) and key. */
export const record = sqliteTable(
  'record',
  {
    kind: smallInteger('kind').notNull(),
    key: bytes('key').notNull(),
    value: bytes('value').notNull(),
    updatedHeight: exactInteger('updated_height').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.key] }),
    index('record_endpoint_owner').on(ownerIn(table.value), table.key).where(endpointsIn(table.kind)),
  ],
);

/** The first field of an endpoint's value. */
export const valueOwner = ownerIn(record.value);
export const isEndpoint = endpointsIn(record.kind);

/** The trailing underscore: TRANSACTION is a keyword. `outcome` is a JSON array of error numbers, 0 for applied. */
export const transaction = sqliteTable(
  'transaction_',
  {
    hash: bytes('hash').primaryKey(),
    height: exactInteger('height').notNull(),
    idx: smallInteger('idx').notNull(),
    type: smallInteger('type').notNull(),
    sender: bytes('sender').notNull(),
    nonce: exactInteger('nonce').notNull(),
    outcome: text('outcome').notNull(),
  },
  (table) => [uniqueIndex('transaction_place').on(table.height, table.idx)],
);

/** Which entry of which transaction concerns an order, and what became of it (0: applied). */
export const orderTransaction = sqliteTable(
  'order_transaction',
  {
    orderId: bytes('order_id').notNull(),
    height: exactInteger('height').notNull(),
    idx: smallInteger('idx').notNull(),
    entry: smallInteger('entry').notNull(),
    code: smallInteger('code').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.height, table.idx, table.entry] })],
);

export const posting = sqliteTable(
  'posting',
  {
    height: exactInteger('height').notNull(),
    idx: smallInteger('idx').notNull(),
    n: smallInteger('n').notNull(),
    account: bytes('account').notNull(),
    delta: exactInteger('delta').notNull(),
  },
  (table) => [primaryKey({ columns: [table.height, table.idx, table.n] })],
);

/** The outbox: what subscribers are told, contiguous in (height, idx). */
export const event = sqliteTable(
  'event',
  {
    height: exactInteger('height').notNull(),
    idx: smallInteger('idx').notNull(),
    type: text('type').notNull(),
    transactionIdx: smallInteger('transaction_idx'),
    orderId: bytes('order_id'),
    account: bytes('account'),
    region: smallInteger('region'),
    body: text('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.height, table.idx] })],
);

/** Which endpoints to wake; their configuration and secrets are in their own objects. */
export const webhook = sqliteTable(
  'webhook',
  {
    id: text('id').primaryKey(),
    account: bytes('account').notNull(),
    createdMs: exactInteger('created_ms').notNull(),
  },
  (table) => [index('webhook_account').on(table.account)],
);

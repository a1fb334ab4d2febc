import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Keyed } from '../../../ledger/effects.ts';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import type { LedgerOrder } from '../../../ledger/orders.ts';
import { WEBHOOKS_PER_ACCOUNT_MAX } from '../../../ledger/webhooks.ts';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { decodeBody } from '../../../protocol/block/block.ts';
import { decodeCertificate } from '../../../protocol/block/certificate.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { errorNumber } from '../../../protocol/errors.ts';
import { type ChainEvent, chainEvent, eventsOf } from '../../../protocol/events.ts';
import type { Hash } from '../../../protocol/hash.ts';
import type { OrderRecord } from '../../../protocol/order/record.ts';
import type { Account } from '../../../protocol/state/account.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import type { TouchedRecord } from '../../../protocol/state/overlay.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openOrder, runOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork();
const demander = network.key('demander');
const chain = new TestChain(network);
let ledger: Ledger;
let train: Hash;
let predict: Hash;
let cancelled: Hash;
/** Opened with nobody's money: refused in its block. */
let refused: Hash;

beforeAll(async () => {
  ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  const pauper = network.key('pauper');
  await chain.seal([chain.fund(demander, 9_000_000n), chain.fund(pauper, 6000n, 'sam')]);
  train = await runOrder(chain, demander, SMALL_TRAIN);
  predict = await runOrder(chain, demander, { kind: 'predict', rows: 3, model: train });
  const opened = openOrder(chain, demander);
  const broke = openOrder(chain, pauper, { region: 2 });
  await chain.seal([opened.bytes, broke.bytes]);
  await chain.seal([steps.refund(chain, opened.id, demander, 'cancel')]);
  cancelled = opened.id;
  refused = broke.id;
  for (const { certified, built } of chain.blocks) await ledger.commit(certified, built);
});

/** All rows, a page at a time. Bounded: node:sqlite never yields, so an endless run of pages would outlast any timeout. */
async function everyPage<T>(read: (last: T | undefined) => Promise<T[]>): Promise<T[]> {
  const rows: T[] = [];
  for (let pages = 0; pages < 100; pages++) {
    const page = await read(rows.at(-1));
    if (page.length === 0) return rows;
    rows.push(...page);
  }
  throw new Error('the pages do not end');
}

describe('start', () => {
  test('a second start with the same genesis changes nothing', async () => {
    const before = await ledger.accountPage(undefined, 1000);
    expect(await ledger.start(network.bytes, initialState(network.genesis).accounts())).toEqual(network.bytes);
    expect(await ledger.accountPage(undefined, 1000)).toEqual(before);
  });

  test('another genesis loses, and leaves no account behind', async () => {
    const other = testNetwork('other');
    const before = await ledger.accountPage(undefined, 1000);
    expect(await ledger.start(other.bytes, initialState(other.genesis).accounts())).toEqual(network.bytes);
    expect(await ledger.accountPage(undefined, 1000)).toEqual(before);
    expect(await ledger.genesis()).toEqual(network.bytes);
  });

  test('bytes that are no genesis are refused', async () => {
    const empty = ledgerOver(sqliteStore(migratedDatabase()));
    await expect(empty.start(network.bytes.subarray(1), [])).rejects.toThrow();
    expect(await empty.genesis()).toBeUndefined();
    expect(await empty.tip()).toBeUndefined();
  });
});

describe('accounts', () => {
  test('are what the chain holds', async () => {
    for (const { key, value } of chain.state.accounts()) expect(await ledger.account(key)).toEqual(value);
    expect(await ledger.account(new Uint8Array(32))).toBeUndefined();
  });

  test('by keys, those that exist', async () => {
    const found = await ledger.accounts([demander.key, new Uint8Array(32), SYSTEM_ACCOUNT.escrow]);
    expect(new Set(found.map(({ key }) => bytesToHex(key)))).toEqual(
      new Set([demander.key, SYSTEM_ACCOUNT.escrow].map(bytesToHex)),
    );
    expect(await ledger.accounts([])).toEqual([]);
  });

  test('pages of accounts, orders and records rebuild the state root of the tip', async () => {
    const accounts = await everyPage<Keyed<Account>>((last) => ledger.accountPage(last?.key, 5));
    const orders = await everyPage<Keyed<OrderRecord>>((last) => ledger.orderPage(last?.key, 1));
    const records = await everyPage<TouchedRecord>((last) => ledger.recordPage(last, 1));
    const rebuilt = treeRoot(
      updateTree(undefined, { accounts: () => accounts, orders: () => orders, records: () => records }),
    );
    const header = chain.blocks.at(-1)?.built.block.header;
    expect(rebuilt.hash).toEqual(header?.stateRoot);
    expect(rebuilt.sum).toBe(header?.supplyZhi);
  });
});

describe('orders', () => {
  test('carry their record, and the blocks that opened and last changed them', async () => {
    const order = await ledger.order(train);
    expect(order).toEqual({ id: train, record: chain.state.order(train), openedHeight: 2n, updatedHeight: 6n });
    expect((await ledger.orderRecord(cancelled))?.state).toBe('cancelled');
    expect(await ledger.orderRecord(refused)).toBeUndefined();
  });

  test('of one demander, newest first, page by page', async () => {
    const orders = await everyPage<LedgerOrder>((last) => ledger.ordersOf(demander.key, last, 1));
    expect(orders.map(({ id }) => bytesToHex(id))).toEqual([cancelled, predict, train].map(bytesToHex));
    expect(await ledger.ordersOf(network.key('pauper').key, undefined, 10)).toEqual([]);
  });
});

describe('blocks', () => {
  test('come back byte for byte, by height and by hash', async () => {
    for (const { built, certified } of chain.blocks) {
      const block = await ledger.block(built.block.header.height);
      expect(block).toEqual(await ledger.block(certified.hash));
      expect(decodeHeader(block?.header as Uint8Array)).toEqual(built.block.header);
      expect(decodeBody(block?.body as Uint8Array)).toEqual(built.block.body);
      expect(decodeCertificate(block?.certificate as Uint8Array)).toEqual(certified.certificate);
    }
    expect(await ledger.block(0n)).toBeUndefined();
    expect(await ledger.block(new Uint8Array(32))).toBeUndefined();
  });

  test('page newest first', async () => {
    const first = await ledger.blockPage(undefined, 4);
    const second = await ledger.blockPage(first.at(-1)?.height, 100);
    expect([...first, ...second].map(({ height }) => height)).toEqual(
      chain.blocks.map(({ built }) => built.block.header.height).reverse(),
    );
    expect(first[0]).not.toHaveProperty('body');
  });
});

describe('transactions', () => {
  test('are found by hash, with their place and outcome', async () => {
    for (const { built } of chain.blocks) {
      const { height } = built.block.header;
      const listed = await ledger.transactionsOfBlock(height);
      expect(listed.map(({ hash, outcome }) => ({ hash, outcome }))).toEqual(
        built.transactions.map(({ hash, outcome }) => ({ hash, outcome: outcome.entries })),
      );
      for (const one of listed) expect(await ledger.transaction(one.hash)).toEqual(one);
    }
    expect(await ledger.transaction(new Uint8Array(32))).toBeUndefined();
  });

  test('of an order: all five, in chain order', async () => {
    const taken = await ledger.transactionsOfOrder(train);
    expect(taken.map(({ type, height, code }) => [type, height, code])).toEqual([
      [2, 2n, 0],
      [3, 3n, 0],
      [4, 4n, 0],
      [5, 5n, 0],
      [7, 6n, 0],
    ]);
  });

  test('a refused entry is listed with its code, and left out of the applied ones', async () => {
    const [open] = await ledger.transactionsOfOrder(refused);
    expect(open?.code).toBe(errorNumber('insufficient_balance'));
    expect(await ledger.transactionsOfOrder(refused, 'applied')).toEqual([]);
  });
});

describe('events', () => {
  const all = (): ChainEvent[] => chain.blocks.flatMap(({ built }) => eventsOf(built).map(chainEvent));

  test('are those of the blocks, in order, without a gap, page by page', async () => {
    const read = await everyPage<ChainEvent>((last) => ledger.events(last ?? { height: 0n, index: 0 }, 3));
    expect(read).toEqual(all());
  });

  test.each([
    [
      'type',
      { types: ['order.settled', 'order.refunded'] as const },
      (e: ChainEvent) => ['order.settled', 'order.refunded'].includes(e.type),
    ],
    ['account', { account: demander.address }, (e: ChainEvent) => e.account === demander.address],
    ['region', { region: 'sam' as const }, (e: ChainEvent) => e.region === 'sam'],
    ['an address that is none', { account: 'hai1nonsense' }, () => false],
    ['no type at all', { types: [] }, () => false],
  ])('filtered by %s', async (_, filter, passes) => {
    expect(await ledger.events({ height: 0n, index: 0 }, 1000, filter)).toEqual(all().filter(passes));
  });

  test('filtered by order and type together', async () => {
    const filter = { order: bytesToHex(predict), types: ['order.checked'] as const };
    const found = await ledger.events({ height: 0n, index: 0 }, 1000, filter);
    expect(found).toEqual(all().filter((e) => e.type === 'order.checked' && e.order === bytesToHex(predict)));
    expect(found).toHaveLength(1);
  });
});

describe('webhooks', () => {
  const hook = (id: string) => ({ id, account: demander.key, createdMs: 9_007_199_254_740_993n });

  test('are added once, listed and removed', async () => {
    expect(await ledger.addWebhook(hook('a'))).toBe('added');
    expect(await ledger.addWebhook(hook('a'))).toBe('added');
    expect(await ledger.webhooks()).toEqual([hook('a')]);
    expect(await ledger.webhooks(network.faucet.key)).toEqual([]);
    await ledger.removeWebhook('a');
    await ledger.removeWebhook('a');
    expect(await ledger.webhooks()).toEqual([]);
  });

  test('one more than an account may have is not added', async () => {
    for (let i = 0; i < WEBHOOKS_PER_ACCOUNT_MAX; i++) expect(await ledger.addWebhook(hook(`full-${i}`))).toBe('added');
    expect(await ledger.addWebhook(hook('one more'))).toBe('full');
    expect(await ledger.addWebhook({ ...hook('of another'), account: network.faucet.key })).toBe('added');
    expect(await ledger.webhooks(demander.key)).toHaveLength(WEBHOOKS_PER_ACCOUNT_MAX);
  });
});

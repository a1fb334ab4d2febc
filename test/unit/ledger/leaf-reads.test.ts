/** What the proposer's stored tree reads of the ledger: values by key, rows that changed since a block; and bodies that left. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { encodeBody } from '../../../protocol/block/block.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { runOrder, SMALL_TRAIN } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork();
const demander = network.key('demander');
let chain: TestChain;
let ledger: Ledger;
let order: Uint8Array;

beforeAll(async () => {
  chain = new TestChain(network);
  ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  await chain.seal([chain.fund(demander, 5_000_000n)]);
  order = await runOrder(chain, demander, SMALL_TRAIN);
  for (const { certified, built } of chain.blocks) await ledger.commit(certified, built);
});

describe('rows since a block', () => {
  it('are those that it, or a later one, wrote: none since the tip', async () => {
    const tip = chain.parent.height;
    for (let since = 0n; since <= tip; since++) {
      const written = chain.blocks.slice(Number(since)).flatMap(({ built }) => built.state.accounts());
      const keys = new Set(written.map(({ key }) => String(key)));
      const read = await ledger.accountPage(undefined, 1000, since);
      expect(new Set(read.map(({ key }) => String(key)))).toEqual(keys);
      expect(await ledger.orderPage(undefined, 1000, since)).toHaveLength(since < tip ? 1 : 0);
      expect(await ledger.recordPage(undefined, 1000, since)).toEqual([]);
    }
  });

  it('come in pages, in the order of their keys', async () => {
    const all = await ledger.accountPage(undefined, 1000, 0n);
    const [first] = await ledger.accountPage(undefined, 1, 0n);
    expect(await ledger.accountPage(first?.key, 1000, 0n)).toEqual(all.slice(1));
  });
});

describe('orders by id', () => {
  it('are those that exist', async () => {
    const value = chain.state.order(order);
    expect(await ledger.orderRecords([order, new Uint8Array(32)])).toEqual([{ key: order, value }]);
    expect(await ledger.orderRecords([])).toEqual([]);
  });
});

describe('a body', () => {
  it('that is dropped leaves its block, and the bodies of the others', async () => {
    const before = await ledger.block(2n);
    await ledger.dropBody(2n);
    expect(await ledger.block(2n)).toEqual({ ...before, body: new Uint8Array(0) });
    const third = chain.blocks[2]?.built.block.body;
    expect((await ledger.block(3n))?.body).toEqual(third && encodeBody(third));
  });
});

/** The stored tree made from D1's leaves in bounded steps: whatever dies, lands or is put back between and within them. */
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  FillingTreeError,
  ForeignLeavesError,
  loadReplica,
  type ReplicaLedger,
  RolledBackError,
} from '../../../durable-objects/region/sequencer/load-replica.ts';
import type { Replica } from '../../../durable-objects/region/sequencer/replica.ts';
import { accountPlace } from '../../../durable-objects/region/sequencer/state-place.ts';
import { TreeStore } from '../../../durable-objects/region/sequencer/tree-store.ts';
import { type Ledger, ledgerOver, PAGE_ROWS_MAX } from '../../../ledger/ledger.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { accountLeafKey } from '../../../protocol/state/leaves.ts';
import { proveKey } from '../../../protocol/state/proof.ts';
import { TestChain } from '../../support/chain.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { CrashError, type ObjectStorage, objectStorage } from '../../support/object-storage.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork('fill');
/** Of accounts: two full ones, and a third with some 100. */
const PAGES = 3;
/** One full page a load, or one that is not, with the orders and records behind it. */
const STEP = PAGE_ROWS_MAX + 300;

let chain: TestChain;
let db: DatabaseSync;
let ledger: Ledger;
let storage: ObjectStorage;

const someone = (n: number): KeyPair => ({ ...network.faucet, key: accountLeafKey(Uint8Array.of(n & 255, n >> 8)) });

async function seal(transactions: Uint8Array[], into: Ledger = ledger): Promise<void> {
  const { built, certified } = await chain.seal(transactions);
  expect(await into.commit(certified, built)).toBe('committed');
}

beforeAll(async () => {
  chain = new TestChain(network);
  db = migratedDatabase();
  ledger = ledgerOver(sqliteStore(db));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  for (let n = 0; n < (PAGES - 1) * PAGE_ROWS_MAX + 100; n += 700) {
    await seal(Array.from({ length: 700 }, (_, i) => chain.fund(someone(n + i), 5n)));
  }
}, 60_000);

/** Blocks of one test stay in the chain: the next one begins from what they left. */
beforeEach(() => {
  storage = objectStorage();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const store = (): TreeStore => new TreeStore(storage);
const load = (over: ReplicaLedger = ledger): Promise<Replica> => loadReplica(over, store(), network.genesis, STEP);

/** Loads until there is a replica; returns it with the number of loads. */
async function loaded(over: ReplicaLedger = ledger): Promise<{ replica: Replica; loads: number }> {
  for (let loads = 1; loads <= 20; loads++) {
    try {
      return { replica: await load(over), loads };
    } catch (error) {
      if (!(error instanceof FillingTreeError)) throw error;
    }
  }
  throw new Error('no end');
}

/** The replica proves what the plain tree does. */
function expectWhole(replica: Replica): void {
  expect(replica.parent).toEqual(chain.parent);
  for (const n of [0, 1, 999, 2_000, 9_999]) {
    const key = accountLeafKey(someone(n).key);
    expect(replica.prove(key)).toEqual(proveKey(chain.tree, key));
  }
}

function counted(): { over: ReplicaLedger; statements(): number } {
  let asked = 0;
  const over = new Proxy(ledger, {
    get(target, name) {
      asked += 1;
      return Reflect.get(target, name);
    },
  });
  return { over, statements: () => asked };
}

describe('a tree that is made anew', () => {
  it('takes a bounded number of statements a load, and each goes on where the last one ended', async () => {
    const { over, statements } = counted();
    for (let loads = 1; loads < PAGES; loads++) {
      const before = statements();
      await expect(load(over)).rejects.toThrow(FillingTreeError);
      // The tip, its block, and one page of rows.
      expect(statements() - before).toBe(3);
      expect(store().mark()).toBeUndefined();
    }
    const { replica, loads } = await loaded(over);
    expect(loads).toBe(1);
    expectWhole(replica);
    expect(store().fill()).toBeUndefined();
    const before = statements();
    expectWhole(await load(over));
    expect(statements() - before).toBe(2);
  });

  it('goes on from any statement at which its object died, and reads again no more than one batch', async () => {
    const total = countStatements(storage);
    await loaded();
    const all = total();
    for (let at = 0; at < all; at += 61) {
      storage = objectStorage();
      const rows = vi.spyOn(ledger, 'accountPage');
      const died = await untilDeath(at);
      expect(died).toBe(true);
      const { replica } = await loaded();
      expectWhole(replica);
      expect(rows.mock.calls.length).toBeLessThanOrEqual(PAGES + 1);
      rows.mockRestore();
    }
  }, 60_000);

  it('takes in the blocks that another object lands between its loads', async () => {
    await expect(load()).rejects.toThrow(FillingTreeError);
    // Accounts on both sides of where the reading is, old and new.
    await seal([...Array(40).keys()].map((n) => chain.fund(someone(50 * n), 3n)));
    await expect(load()).rejects.toThrow(FillingTreeError);
    await seal([chain.fund(someone(70_000), 1n)]);
    const clear = vi.spyOn(TreeStore.prototype, 'clear');
    expectWhole((await loaded()).replica);
    expect(clear).not.toHaveBeenCalled();
  });

  it('takes a block that lands within a load for what it is, and not for leaves of another state', async () => {
    const page = ledger.accountPage;
    vi.spyOn(ledger, 'accountPage').mockImplementation(async (...asked) => {
      if (asked[0]) return page(...asked);
      await seal([chain.fund(someone(3), 1n)]);
      return page(...asked);
    });
    await expect(loadReplica(ledger, store(), network.genesis)).rejects.toThrow('a block landed');
    vi.restoreAllMocks();
    const clear = vi.spyOn(TreeStore.prototype, 'clear');
    expectWhole((await loaded()).replica);
    expect(clear).not.toHaveBeenCalled();
  });

  it('begins anew when the pages so far were changed under it', async () => {
    await expect(load()).rejects.toThrow(FillingTreeError);
    storage.db.exec('UPDATE tree_page SET nodes = zeroblob(90)');
    expectWhole((await loaded()).replica);
  });

  it('ends when D1 holds other leaves, and the store is of nothing then', async () => {
    const change = db.prepare('UPDATE account SET balance = balance + ? WHERE key = ?');
    const { key } = someone(1_500);
    change.run(1n, key);
    await expect(loaded()).rejects.toThrow(ForeignLeavesError);
    expect([store().mark(), store().fill()]).toEqual([undefined, undefined]);
    change.run(-1n, key);
    expectWhole((await loaded()).replica);
  });

  it('that began from a block is made from nothing once, when D1 holds an older leaf otherwise', async () => {
    await loaded();
    await seal([chain.fund(someone(11), 1n)]);
    const change = db.prepare('UPDATE account SET balance = balance + ? WHERE key = ?');
    // Written before the mark: the leaves since then do not show it, and the pages hold it as it was.
    change.run(1n, someone(1_500).key);
    expectWhole((await loaded()).replica);
    storage.db.exec('UPDATE tree_mark SET root = zeroblob(32)');
    await expect(loaded()).rejects.toThrow(ForeignLeavesError);
    change.run(-1n, someone(1_500).key);
    expectWhole((await loaded()).replica);
  });
});

describe('a ledger that lacks the block that the tree is of', () => {
  it('is not loaded from, and is again once it is put back', async () => {
    await seal([chain.fund(someone(8), 1n)]);
    await loaded();
    const mark = store().mark();
    const restored = { ...ledger, ...(await olderTip()) };
    await expect(load(restored)).rejects.toThrow(RolledBackError);
    expect(store().mark()).toEqual(mark);
    expectWhole(await load());
  });

  it('is another ledger too: at the same height, and at a greater one', async () => {
    await loaded();
    const { parent } = chain;
    const another = new Uint8Array(32);
    const beside = { ...ledger, blockHash: async () => another };
    // Not asked for while the tip is the mark's block.
    expectWhole(await load(beside));
    await seal([chain.fund(someone(9), 1n)]);
    await expect(load(beside)).rejects.toThrow(RolledBackError);
    await expect(load({ ...ledger, blockHash: async () => undefined })).rejects.toThrow(RolledBackError);
    expect(store().mark()).toMatchObject({ height: parent.height });
    expectWhole(await load());
    storage.db.prepare('UPDATE tree_mark SET block = ?').run(another);
    await expect(load()).rejects.toThrow(RolledBackError);
  });
});

describe('a tree that is behind', () => {
  it('stays marked with its block until the first of the newer leaves is in', async () => {
    await loaded();
    const before = store().mark();
    await seal([chain.fund(someone(10), 1n)]);
    vi.spyOn(ledger, 'accountPage').mockRejectedValueOnce(new Error('D1 is away'));
    await expect(load()).rejects.toThrow('D1 is away');
    expect(store().mark()).toEqual(before);
    const { replica } = await loaded();
    expectWhole(replica);
    await replica.prefetch([accountPlace(someone(10).key)]);
    expect(replica.account(someone(10).key)).toEqual(chain.state.account(someone(10).key));
  });
});

/** The ledger as it was one block ago, as far as a load asks. */
async function olderTip(): Promise<Pick<Ledger, 'tip'>> {
  const { height } = chain.parent;
  const [, before] = await ledger.blockPage(height + 1n, 2);
  if (!before) throw new Error('no block before');
  return { tip: async () => before as unknown as Awaited<ReturnType<Ledger['tip']>> };
}

function countStatements(of: ObjectStorage): () => number {
  let statements = 0;
  const { exec } = of.sql;
  of.sql.exec = (query, ...bindings) => {
    statements += 1;
    return exec(query, ...bindings);
  };
  return () => statements;
}

async function untilDeath(at: number): Promise<boolean> {
  storage.crashAfter(at);
  try {
    await loaded();
    return false;
  } catch (error) {
    if (error instanceof CrashError) return true;
    throw error;
  } finally {
    storage.crashAfter(Number.POSITIVE_INFINITY);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commitStatements } from '../../../ledger/commit.ts';
import { effectsOf } from '../../../ledger/effects.ts';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { JSON_CHUNK_BYTES_MAX } from '../../../ledger/statement.ts';
import { SYSTEM_ACCOUNT_NAMES } from '../../../protocol/address.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { encodeOrderSettles, type OrderSettle } from '../../../protocol/tx/order-settle.ts';
import { BATCH_ENTRIES_MAX } from '../../../protocol/tx/rule.ts';
import { SUPPLY_ZHI } from '../../../protocol/units.ts';
import { certifyBuilt, type SealedBlock, TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { runOrder, SMALL_TRAIN } from '../../support/order-life.ts';
import { migratedDatabase, runBatch, sqliteStore, wholeDatabase } from '../../support/sqlite-store.ts';

const network = testNetwork();
const demander = network.key('demander');
/** Fund, then a train order's five blocks. */
let blocks: SealedBlock[];
/** Another block 1, as validly certified. */
let fork: SealedBlock;

beforeAll(async () => {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(demander, 5_000_000n)]);
  await runOrder(chain, demander, SMALL_TRAIN);
  blocks = chain.blocks;
  const other = new TestChain(network);
  fork = await other.seal([other.fund(network.key('somebody else'), 1n)]);
});

let db: DatabaseSync;
let ledger: Ledger;
const accounts = initialState(network.genesis).accounts();
const at = (height: number): SealedBlock => blocks[height - 1] as SealedBlock;
const commit = ({ certified, built }: SealedBlock) => ledger.commit(certified, built);

beforeEach(async () => {
  db = migratedDatabase();
  ledger = ledgerOver(sqliteStore(db));
  await ledger.start(network.bytes, accounts);
});

const one = (sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];

describe('the fence', () => {
  test('takes the blocks of a chain in order, and the tip follows', async () => {
    for (const block of blocks) expect(await commit(block)).toBe('committed');
    const last = at(blocks.length);
    const { height, timeMs } = last.built.block.header;
    expect(await ledger.tip()).toEqual({ height, hash: last.certified.hash, timeMs });
  });

  test.each([
    ['a duplicate', () => at(2)],
    ['an old block', () => at(1)],
    ['a fork', () => fork],
    ['a block ahead of its parent', () => at(4)],
  ])('%s aborts the whole batch and leaves everything untouched', async (_, block) => {
    await commit(at(1));
    await commit(at(2));
    const before = wholeDatabase(db);
    const { certified, built } = block();
    expect(() => runBatch(db, commitStatements(certified, effectsOf(built)))).toThrow(
      /CHECK constraint failed: bad = 0/,
    );
    expect(wholeDatabase(db)).toBe(before);
  });

  test('each account tells the last block that changed it', async () => {
    for (const block of blocks) await commit(block);
    const changed = new Map(accounts.map(({ key }) => [bytesToHex(key), 0n]));
    for (const { built } of blocks) {
      for (const { key } of built.state.accounts()) changed.set(bytesToHex(key), built.block.header.height);
    }
    const read = db.prepare('SELECT lower(hex(key)) AS key, updated_height AS height FROM account').all();
    expect(new Map(read.map((row) => [String(row.key), BigInt(String(row.height))]))).toEqual(changed);
  });

  test('a block resubmitted after a lost reply is committed once', async () => {
    await commit(at(1));
    const before = wholeDatabase(db);
    expect(await commit(at(1))).toBe('committed');
    expect(wholeDatabase(db)).toBe(before);
    await commit(at(2));
    expect(await commit(at(1))).toBe('committed');
  });

  test('a fork is stale, and a block ahead of the tip unlinked', async () => {
    await commit(at(1));
    expect(await commit(fork)).toBe('stale');
    expect(await commit(at(3))).toBe('unlinked');
    expect((await ledger.tip())?.height).toBe(1n);
  });

  test('what is sealed is told by a ledger that holds the block asked for, and by no older copy and no fork', async () => {
    const placeOf = ({ certified }: ReturnType<typeof at>) => ({
      hash: certified.hash,
      height: certified.block.header.height,
    });
    const hashesOf = ({ built }: ReturnType<typeof at>) => built.transactions.map(({ hash }) => hash);
    const asked = [...hashesOf(at(1)), ...hashesOf(at(2))];
    const sealed = async (block: ReturnType<typeof at>) =>
      (await ledger.sealedAmong(asked, placeOf(block)))?.map(bytesToHex).sort();
    const genesis = { hash: at(1).certified.block.header.parent, height: 0n };
    expect(await ledger.sealedAmong(asked, genesis)).toEqual([]);
    await commit(at(1));
    expect(await sealed(at(1))).toEqual(hashesOf(at(1)).map(bytesToHex).sort());
    expect(await sealed(at(2))).toBeUndefined();
    expect(await sealed(fork)).toBeUndefined();
    await commit(at(2));
    expect(await sealed(at(1))).toEqual(asked.map(bytesToHex).sort());
    expect(await sealed(at(2))).toEqual(asked.map(bytesToHex).sort());
    expect(await ledger.sealedAmong([at(2).certified.hash], placeOf(at(2)))).toEqual([]);
    expect(await ledger.sealedAmong([], placeOf(at(3)))).toEqual([]);
  });

  test('a block of another network is unlinked', async () => {
    const foreign = new TestChain(testNetwork('foreign'));
    expect(await commit(await foreign.seal([foreign.fund(demander, 1n)]))).toBe('unlinked');
    expect((await ledger.tip())?.height).toBe(0n);
  });

  test('a ledger that was never started takes no block', async () => {
    db = migratedDatabase();
    ledger = ledgerOver(sqliteStore(db));
    await expect(commit(at(1))).rejects.toThrow('block 1 was not committed');
    expect(one('SELECT COUNT(*) FROM block')).toBe(0);
    expect(one('SELECT COUNT(*) FROM account')).toBe(0);
  });

  test('with the fence taken out, a fork still has no hash to take from the tip', async () => {
    await commit(at(1));
    const before = wholeDatabase(db);
    const [, ...unfenced] = commitStatements(fork.certified, effectsOf(fork.built));
    expect(() => runBatch(db, unfenced)).toThrow(/NOT NULL constraint failed: block.hash/);
    expect(wholeDatabase(db)).toBe(before);
  });

  test('a failure that is not the fence is thrown, with its cause, and nothing is written', async () => {
    db.exec("CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'disk on fire'); END");
    const before = wholeDatabase(db);
    const failure = await commit(at(1)).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(((failure as Error).cause as Error).message)).toContain('disk on fire');
    expect(wholeDatabase(db)).toBe(before);
  });

  test('a reply lost after the batch landed still reads as committed', async () => {
    const store = sqliteStore(db);
    const deaf = ledgerOver({
      ...store,
      async batch(statements) {
        await store.batch(statements);
        throw new Error('network connection lost');
      },
    });
    expect(await deaf.commit(at(1).certified, at(1).built)).toBe('committed');
    expect((await ledger.tip())?.height).toBe(1n);
  });

  test('the effects of another block are refused', async () => {
    await expect(ledger.commit(at(1).certified, at(2).built)).rejects.toThrow('the effects are of another block');
  });
});

describe('conservation', () => {
  test('balances sum to the supply after every block, by account and by class', async () => {
    for (const block of blocks) {
      await commit(block);
      expect(one('SELECT CAST(SUM(balance) AS TEXT) FROM account')).toBe(SUPPLY_ZHI.toString());
      const classes = await ledger.supplyByClass();
      expect(Object.keys(classes).sort()).toEqual([...SYSTEM_ACCOUNT_NAMES, 'users'].sort());
      expect(Object.values(classes).reduce((sum, value) => sum + value, 0n)).toBe(SUPPLY_ZHI);
    }
    const { burned, escrow } = await ledger.supplyByClass();
    expect(burned).toBeGreaterThan(0n);
    expect(escrow).toBe(0n);
  });

  test('postings sum to zero in every transaction, and explain every balance', async () => {
    for (const block of blocks) await commit(block);
    const sums = db.prepare('SELECT DISTINCT SUM(delta) AS sum FROM posting GROUP BY height, idx').all();
    expect(sums.map((row) => row.sum)).toEqual([0]);
    const moved = new Map<string, bigint>();
    const postings = db
      .prepare('SELECT hex(account) AS key, CAST(SUM(delta) AS TEXT) AS delta FROM posting GROUP BY account')
      .all();
    for (const row of postings) moved.set(String(row.key), BigInt(String(row.delta)));
    const start = new Map(
      accounts.map(({ key, value }) => [Buffer.from(key).toString('hex').toUpperCase(), value.balanceZhi]),
    );
    for (const row of db.prepare('SELECT hex(key) AS key, CAST(balance AS TEXT) AS balance FROM account').all()) {
      const key = String(row.key);
      expect(BigInt(String(row.balance))).toBe((start.get(key) ?? 0n) + (moved.get(key) ?? 0n));
    }
  });
});

test('a full block of refused batches stays within chunks under 1 MB', async () => {
  const count = 1200;
  const chain = new TestChain(network);
  const searcher = network.searcher('weur');
  const unknown = {
    order: new Uint8Array(32),
    results: 1,
    resultRoot: new Uint8Array(32),
    billCycles: 0n,
    billZhi: 0n,
  };
  const body = encodeOrderSettles(Array.from({ length: BATCH_ENTRIES_MAX }, () => unknown as OrderSettle));
  const built = chain.build(Array.from({ length: count }, () => chain.sign(searcher, 'orderSettle', body)));
  const certified = await certifyBuilt(network, built);
  const statements = commitStatements(certified, effectsOf(built));
  const lengths = statements
    .flatMap(({ params }) => params)
    .map((param) => (typeof param === 'string' ? Buffer.byteLength(param) : 0));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(JSON_CHUNK_BYTES_MAX);
  expect(statements.filter(({ sql }) => sql.startsWith('insert into "event"')).length).toBeGreaterThan(1);
  expect(await ledger.commit(certified, built)).toBe('committed');
  expect(one('SELECT COUNT(*) FROM order_transaction')).toBe(count * BATCH_ENTRIES_MAX);
  expect(one('SELECT COUNT(*) FROM event')).toBe(count * BATCH_ENTRIES_MAX + 1);
});

/** The ledger on the D1 of workerd: what node:sqlite can't show of it. The rules are tested in test/unit/ledger/. */
import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commitStatements } from '../../ledger/commit.ts';
import { openLedger } from '../../ledger/d1.ts';
import { effectsOf } from '../../ledger/effects.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { receiptOf } from '../../ledger/receipt.ts';
import { BLOCK_BYTES_MAX, decodeBody } from '../../protocol/block/block.ts';
import { chainEvent, eventsOf } from '../../protocol/events.ts';
import type { Hash } from '../../protocol/hash.ts';
import type { Receipt } from '../../protocol/proof/receipt.ts';
import { parseReceiptFile, receiptFile } from '../../protocol/proof/receipt-file.ts';
import { verifyReceipt } from '../../protocol/proof/verify-receipt.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { encodeOrderSettles, type OrderSettle } from '../../protocol/tx/order-settle.ts';
import { BATCH_ENTRIES_MAX } from '../../protocol/tx/rule.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { certifyBuilt, type SealedBlock, TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';
import { runOrder, SMALL_TRAIN } from '../support/order-life.ts';

const network = testNetwork();
const demander = network.key('demander');
const chain = new TestChain(network);
const accounts = initialState(network.genesis).accounts();
const ledger: Ledger = openLedger(env.DB);
let train: Hash;
let fork: SealedBlock;

beforeAll(async () => {
  await chain.seal([chain.fund(demander, 9_007_199_254_740_993n)]);
  train = await runOrder(chain, demander, SMALL_TRAIN);
  const other = new TestChain(network);
  fork = await other.seal([other.fund(network.key('somebody else'), 1n)]);
});

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await ledger.start(network.bytes, accounts);
});

const at = (height: number): SealedBlock => chain.blocks[height - 1] as SealedBlock;
const commit = ({ certified, built }: SealedBlock) => ledger.commit(certified, built);
const commitAll = async () => {
  for (const block of chain.blocks) expect(await commit(block)).toBe('committed');
};

/** Everything that a commit could change, as the ledger shows it. */
async function everything(): Promise<unknown> {
  return {
    tip: await ledger.tip(),
    accounts: await ledger.accountPage(undefined, 1000),
    orders: await ledger.orderPage(undefined, 1000),
    blocks: await ledger.blockPage(undefined, 1000),
    events: await ledger.events({ height: 0n, index: 0 }, 1000),
  };
}

describe('D1', () => {
  test('holds what the chain holds, exactly', async () => {
    await commitAll();
    for (const { key, value } of chain.state.accounts()) expect(await ledger.account(key)).toEqual(value);
    for (const { key, value } of chain.state.orders()) expect(await ledger.orderRecord(key)).toEqual(value);
    expect(await ledger.events({ height: 0n, index: 0 }, 1000)).toEqual(
      chain.blocks.flatMap(({ built }) => eventsOf(built).map(chainEvent)),
    );
    const supply = Object.values(await ledger.supplyByClass()).reduce((sum, value) => sum + value, 0n);
    expect(supply).toBe(SUPPLY_ZHI);
    // Above 2^53 and odd: as a double it would have lost its last bit.
    const [posting] = await env.DB.prepare('SELECT CAST(MAX(delta) AS TEXT) AS delta FROM posting').raw();
    expect(posting).toEqual(['9007199254740993']);
  });

  test('gives a receipt that a stranger verifies', async () => {
    await commitAll();
    const receipt = (await receiptOf(ledger, train)) as Receipt;
    const parsed = parseReceiptFile(receiptFile(receipt)) as Receipt;
    expect(await verifyReceipt(parsed, network.hash, verifyFast)).toMatchObject({ ok: true, value: { height: 6n } });
    const foreign = await verifyReceipt(parsed, testNetwork('foreign').hash, verifyFast);
    expect(foreign).toMatchObject({ ok: false, code: 'foreign_network' });
  });

  test.each([
    ['a fork', () => fork, 'stale'],
    ['a block ahead of the tip', () => at(4), 'unlinked'],
    ['a duplicate', () => at(2), 'committed'],
    ['an old block', () => at(1), 'committed'],
  ])('the fence aborts %s, and leaves everything untouched', async (_, block, outcome) => {
    await commit(at(1));
    await commit(at(2));
    const before = await everything();
    expect(await commit(block())).toBe(outcome);
    expect(await everything()).toEqual(before);
    const [first] = commitStatements(block().certified, effectsOf(block().built));
    const fence = env.DB.prepare(first?.sql ?? '').bind(...(first?.params ?? []));
    await expect(fence.run()).rejects.toThrow(/CHECK constraint failed: bad = 0/);
  });

  test('two commits of one block at once land once, and both say so', async () => {
    const outcomes = await Promise.all([commit(at(1)), commit(at(1)), commit(fork)]);
    expect(outcomes).toEqual(['committed', 'committed', 'stale']);
    expect(await ledger.blockPage(undefined, 10)).toHaveLength(1);
  });

  test('a reply lost after the batch landed reads as committed; one lost before is thrown', async () => {
    const broken = (when: 'before' | 'after') =>
      openLedger({
        prepare: (sql) => env.DB.prepare(sql),
        async batch(statements) {
          if (when === 'after') await env.DB.batch(statements as D1PreparedStatement[]);
          throw new Error('Network connection lost.');
        },
      });
    await expect(broken('before').commit(at(1).certified, at(1).built)).rejects.toThrow('block 1 was not committed');
    expect((await ledger.tip())?.height).toBe(0n);
    expect(await broken('after').commit(at(1).certified, at(1).built)).toBe('committed');
    expect((await ledger.tip())?.height).toBe(1n);
  });

  test('a second genesis loses', async () => {
    const other = testNetwork('other');
    expect(await ledger.start(other.bytes, initialState(other.genesis).accounts())).toEqual(network.bytes);
    expect(await ledger.account(other.faucet.key)).toBeUndefined();
  });

  test('takes the largest block there is, and gives its body back byte for byte', async () => {
    const full = new TestChain(network);
    const searcher = network.searcher('weur');
    const nobody = {
      order: new Uint8Array(32),
      results: 1,
      resultRoot: new Uint8Array(32),
      billCycles: 0n,
      billZhi: 0n,
    };
    const body = encodeOrderSettles(Array.from({ length: BATCH_ENTRIES_MAX }, () => nobody as OrderSettle));
    const built = full.build(Array.from({ length: 1300 }, () => full.sign(searcher, 'orderSettle', body)));
    expect(built.transactions.length).toBeLessThan(1300);
    const certified = await certifyBuilt(network, built);
    expect(await ledger.commit(certified, built)).toBe('committed');
    const stored = await ledger.block(1n);
    expect(stored?.body.length).toBeGreaterThan(BLOCK_BYTES_MAX - 32 * 1024);
    expect(stored?.body.length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    expect(decodeBody(stored?.body as Uint8Array)).toEqual(built.block.body);
  });

  test('webhooks', async () => {
    const hook = { id: 'hook', account: demander.key, createdMs: 9_007_199_254_740_993n };
    expect(await ledger.addWebhook(hook)).toBe('added');
    expect(await ledger.webhooks()).toEqual([hook]);
    await ledger.removeWebhook('hook');
    expect(await ledger.webhooks()).toEqual([]);
  });
});

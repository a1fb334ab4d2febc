/** Records of the state in the ledger: written with the block that changes them, and read back as the chain has them. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import { decodeCertificate } from '../../../protocol/block/certificate.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { errorNumber } from '../../../protocol/errors.ts';
import type { Receipt } from '../../../protocol/proof/receipt.ts';
import { verifyReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import type { TouchedRecord } from '../../../protocol/state/overlay.ts';
import { ONLY_KEY, RECORD_BYTES_MAX, RECORD_KINDS } from '../../../protocol/state/record.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { encodeBatchSettle } from '../../../protocol/tx/batch-settle.ts';
import type { HpuCycles, Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { sealChange } from '../../support/governance.ts';
import { vestingNetwork } from '../../support/network.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';
import { sealAllowedOrder, sealEndpoint, sealLater, sealStakes } from '../../support/stake-life.ts';
import { swapNetwork } from '../../support/swap.ts';
import { sealSwaps } from '../../support/swap-life.ts';

const network = swapNetwork(vestingNetwork());
const payer = network.key('payer');
const db = migratedDatabase();
const chain = new TestChain(network);
let ledger: Ledger;
let order: Uint8Array;

beforeAll(async () => {
  ledger = ledgerOver(sqliteStore(db));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  await chain.seal([chain.fund(payer, 50_000_000n)]);
  await sealStakes(chain, payer);
  order = await sealAllowedOrder(chain, payer);
  await sealEndpoint(chain, payer, order);
  await sealSwaps(chain, payer);
  await sealChange(chain, 'turnoutMillionths', '50000');
  await sealLater(chain, payer);
  for (const { certified, built } of chain.blocks) expect(await ledger.commit(certified, built)).toBe('committed');
});

const text = ({ kind, key, value }: TouchedRecord) => `${kind} ${bytesToHex(key)} ${bytesToHex(value)}`;

async function allRecords(page: number): Promise<TouchedRecord[]> {
  const found: TouchedRecord[] = [];
  for (;;) {
    const next = await ledger.recordPage(found.at(-1), page);
    found.push(...next);
    if (next.length < page) return found;
  }
}

describe('records', () => {
  test('of every kind are in the story', () => {
    expect(new Set(chain.state.records().map(({ kind }) => kind))).toEqual(new Set(RECORD_KINDS));
  });

  test('are read by their places, those that exist', async () => {
    const held = chain.state.records();
    for (const { kind, key, value } of held) expect(await ledger.record({ kind, key })).toEqual(value);
    expect(await ledger.record({ kind: 'bond', key: ONLY_KEY })).toBeUndefined();
    const some = held.slice(0, 3);
    const asked = [...some, { kind: 'bond' as const, key: ONLY_KEY }];
    expect((await ledger.records(asked)).map(text).sort()).toEqual(some.map(text).sort());
    expect(await ledger.records([])).toEqual([]);
  });

  test.each([1, 2, 5, 1000])('in pages of %i are all of them, each once, and rebuild the root', async (size) => {
    const records = await allRecords(size);
    expect(records.map(text).sort()).toEqual(chain.state.records().map(text).sort());
    const { state } = chain;
    const rebuilt = updateTree(undefined, {
      accounts: () => state.accounts(),
      orders: () => state.orders(),
      records: () => records,
    });
    expect(treeRoot(rebuilt).hash).toEqual(chain.blocks.at(-1)?.built.block.header.stateRoot);
  });

  describe('of endpoints', () => {
    const own = () => chain.state.records().filter(({ kind }) => kind === 'endpoint');

    test('are those of an owner, in pages', async () => {
      expect(own().length).toBeGreaterThan(1);
      expect((await ledger.endpointsOf(payer.key, undefined, 10)).map(text)).toEqual(own().map(text).sort());
      const [first, second] = await ledger.endpointsOf(payer.key, undefined, 10);
      expect(await ledger.endpointsOf(payer.key, undefined, 1)).toEqual([first]);
      expect(await ledger.endpointsOf(payer.key, first?.key, 1)).toEqual([second]);
      expect(await ledger.endpointsOf(payer.key, second?.key, 1)).toEqual([]);
    });

    test('are none of another account, nor other records that begin with its key', async () => {
      expect(await ledger.endpointsOf(network.key('nobody').key, undefined, 10)).toEqual([]);
      const like = chain.state.records().find(({ kind, value }) => kind !== 'endpoint' && value.length > 32);
      expect(await ledger.endpointsOf((like as TouchedRecord).value.slice(0, 32), undefined, 10)).toEqual([]);
    });

    test('are found by an index, and no table is gone through', async () => {
      const asked: string[] = [];
      const store = sqliteStore(db);
      const watched = ledgerOver({
        ...store,
        rows(statement) {
          asked.push(statement.sql);
          return store.rows(statement);
        },
      });
      await watched.endpointsOf(payer.key, ONLY_KEY, 10);
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${asked[0]}`).all() as { detail: string }[];
      expect(plan.map(({ detail }) => detail)).toEqual([
        expect.stringMatching(/^SEARCH record USING INDEX record_endpoint_owner \(<expr>=\? AND key>\?\)$/),
      ]);
    });
  });

  test('carry the height of the block that changed them last', () => {
    const rows = db.prepare('SELECT DISTINCT updated_height AS height FROM record ORDER BY 1').all();
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.at(-1)?.height).toBe(Number(chain.parent.height));
  });

  test.each<[string, string]>([
    ['a key of another length', `INSERT INTO record VALUES(1, x'00', x'00', 1)`],
    ['a value beyond the bound', `INSERT INTO record VALUES(1, zeroblob(32), zeroblob(${RECORD_BYTES_MAX + 1}), 1)`],
    ['a kind beyond a byte', 'INSERT INTO record VALUES(256, zeroblob(32), zeroblob(1), 1)'],
    ['text for bytes', `INSERT INTO record VALUES(1, zeroblob(32), 'text', 1)`],
  ])('%s is refused by the table', (_, sql) => {
    expect(() => db.exec(sql)).toThrow();
  });
});

describe('an order that an allowed key opened and a batch settled', () => {
  test('has a receipt that verifies, with its payer as demander', async () => {
    const receipt = (await receiptOf(ledger, order)) as Receipt;
    const verdict = await verifyReceipt(receipt, network.hash, verifyFast);
    expect(verdict).toMatchObject({ ok: true, value: { demander: bytesToHex(payer.key), order: bytesToHex(order) } });
    if (!verdict.ok) throw new Error(verdict.code);
    expect(verdict.value.billZhi).toBe(chain.state.order(order)?.match?.billZhi);
  });

  test('has none that verifies without its settlement', async () => {
    const receipt = (await receiptOf(ledger, order)) as Receipt;
    const blocks = receipt.blocks.slice(0, -1);
    const last = blocks.at(-1) as Receipt['blocks'][0];
    // It rested on the block that settled; alone it needs its own certificate.
    const before = await ledger.block(decodeHeader(last.header).height);
    const { seats, signatures } = decodeCertificate(before?.certificate as Uint8Array);
    const unsettled = {
      ...receipt,
      transactions: receipt.transactions.slice(0, -1),
      blocks: blocks.with(-1, { ...last, seats, signatures }),
    };
    const verdict = await verifyReceipt(unsettled, network.hash, verifyFast);
    expect(verdict).toMatchObject({ ok: false, evidence: 'the order is not settled' });
  });

  test('is in the list of its transactions; a batch that was refused is in nobody’s', async () => {
    const listed = (await ledger.transactionsOfOrder(order)).map(({ entry, code }) => [entry, code]);
    expect(listed).toEqual(Array.from({ length: 5 }, () => [0, 0]));
    const bad = { orders: [order], root: ONLY_KEY, billCycles: 0n as HpuCycles, billZhi: 0n as Zhi };
    const { built, certified } = await chain.seal([chain.sign(payer, 'batchSettle', encodeBatchSettle(bad))]);
    expect(built.transactions[0]?.outcome.entries).toEqual([errorNumber('not_authorised')]);
    await ledger.commit(certified, built);
    expect(await ledger.transactionsOfOrder(order)).toHaveLength(5);
  });
});

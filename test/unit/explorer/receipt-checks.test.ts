import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkReceipt } from '../../../clients/explorer/receipt-checks.ts';
import { RECEIPT_CHECKS, type ReceiptCheck } from '../../../clients/explorer/receipt-verdict.ts';
import { flipOneBit } from '../../../clients/explorer/tamper.ts';
import { ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { runOrder, SMALL_TRAIN } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork();
const pin = bytesToHex(network.hash);
let receipt: Receipt;
let text: string;

beforeAll(async () => {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const order = await runOrder(chain, demander, SMALL_TRAIN);
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  for (const { certified, built } of chain.blocks) await ledger.commit(certified, built);
  receipt = (await receiptOf(ledger, order)) as Receipt;
  text = receiptFile(receipt);
});

/** The receipt's file after a change of its content. */
function changed(change: (copy: Receipt) => void): string {
  const copy = decodeReceipt(encodeReceipt(receipt)) as Receipt;
  change(copy);
  return receiptFile(copy);
}

function edited(edit: (file: string) => string): string {
  return edit(text);
}
function spoilHeader({ blocks }: Receipt): void {
  const { header } = blocks.at(-1) as Receipt['blocks'][number];
  header[header.length - 1] = (header.at(-1) as number) ^ 1;
}
function spoilOutcome({ transactions }: Receipt): void {
  (transactions[0] as Receipt['transactions'][number]).outcome = [303];
}
function nameAnotherOrder(copy: Receipt): void {
  copy.order = new Uint8Array(32).fill(7);
}
function leaveOneOut({ transactions }: Receipt): void {
  transactions.splice(1, 1);
}

describe('a receipt checked in the open', () => {
  test('a true one passes every check, with counts of what there was to check', async () => {
    const verdict = await checkReceipt(text, pin);
    expect(verdict.refusedAt).toBeUndefined();
    expect(verdict.code).toBeUndefined();
    expect(verdict.verified?.genesis).toBe(pin);
    expect(verdict.counts?.blocks).toBe(receipt.blocks.length);
    expect(verdict.counts?.transactions).toBe(receipt.transactions.length);
    // One certificate for all of them: each block is the parent of the next.
    expect(verdict.counts?.signatures).toBe(9);
  });

  const wrong: readonly (readonly [ReceiptCheck, () => string, ErrorCode])[] = [
    ['form', () => edited((file) => file.replace('hai-receipt/2', 'hai-receipt/1')), 'receipt_invalid'],
    ['form', () => edited((file) => `${file} `), 'receipt_invalid'],
    ['form', () => 'not even JSON', 'receipt_invalid'],
    ['certificates', () => changed(spoilHeader), 'receipt_invalid'],
    ['inclusion', () => changed(spoilOutcome), 'receipt_invalid'],
    ['story', () => changed(nameAnotherOrder), 'receipt_invalid'],
    ['story', () => changed(leaveOneOut), 'receipt_invalid'],
  ];
  test.each(wrong)('refused at %s, and those after it are not made', async (at, make, code) => {
    const verdict = await checkReceipt(make(), pin);
    expect(verdict.verified).toBeUndefined();
    expect(verdict.code).toBe(code);
    expect(verdict.refusedAt).toBe(at);
    expect(RECEIPT_CHECKS).toContain(at);
  });

  test("another network's pin refuses it at the network", async () => {
    const other = bytesToHex(testNetwork('another').hash);
    const verdict = await checkReceipt(text, other);
    expect(verdict).toMatchObject({ refusedAt: 'network', code: 'foreign_network', verified: undefined });
  });

  test('a pin that is no hash refuses, and says so', async () => {
    expect(await checkReceipt(text, 'abc')).toMatchObject({ verified: undefined, code: 'invalid_field' });
  });
});

describe('the tampering', () => {
  test('flips exactly one bit of the canonical bytes and keeps the form of the file', () => {
    const draws = [100, 3];
    const { text: file, position, bytes, before, after } = flipOneBit(text, () => draws.shift() as number);
    const original = encodeReceipt(receipt);
    expect([position, bytes, after]).toEqual([100, original.length, before ^ 8]);
    const changedBytes = Buffer.from((JSON.parse(file) as { receipt: string }).receipt, 'base64');
    expect([...changedBytes].filter((byte, i) => byte !== original[i])).toEqual([after]);
  });

  test('whichever bit it is, the receipt is refused', async () => {
    const bits = encodeReceipt(receipt).length * 8;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bits - 1 }), async (bit) => {
        const draws = [bit >> 3, bit & 7];
        const verdict = await checkReceipt(flipOneBit(text, () => draws.shift() as number).text, pin);
        expect(verdict.verified).toBeUndefined();
        expect(verdict.refusedAt).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });
});

/** The blocks of a receipt, made anew by whoever holds the keys of the seats: both verifiers accept and refuse the same. */
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeHeader } from '../../../protocol/block/header.ts';
import type { Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { receiptHeaders } from '../../../protocol/proof/verify-receipt.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { bothVerifiers } from '../../support/both-verifiers.ts';
import { cachedVerify } from '../../support/cached-verify.ts';
import { type SealedBlock, TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { apart, receiptIn, receiptOfLife, withForged } from '../../support/receipts.ts';

/** Transactions, one a block. */
const [MATCH, SETTLE] = [1, 4] as const;

const network = testNetwork();
const verify = cachedVerify();
const bothAccept = bothVerifiers(network, verify);
let receipt: Receipt;

beforeAll(async () => {
  receipt = await receiptOfLife(network, 'train');
});

describe('both verifiers accept and refuse the same', () => {
  test.each<[string, boolean, Parameters<typeof withForged>[4], number?]>([
    ['made again', true, {}],
    ['signed by all thirteen', true, {}, 13],
    ['signed by eight', false, {}, 8],
    ['of the regime fallback', false, { regime: 'fallback' }],
    ['of the regime recovered', false, { regime: 'recovered' }],
    ['of round 3', true, { round: 3 }],
    ['of the height of the one before', false, { height: 2n as never }],
    ['of the time after the last date', false, { timeMs: 253_402_300_800_000n as UnixMs }],
    ['later than the one after it', false, { timeMs: 4_000_000_000_000n as UnixMs }],
  ])('a block %s: %s', async (_, accepted, header, signers) => {
    const { bytes } = receipt.transactions[MATCH] as Receipt['transactions'][0];
    expect(await bothAccept(receiptFile(withForged(network, receipt, MATCH, bytes, header, signers)))).toBe(accepted);
  });

  test.each<[string, Parameters<typeof withForged>[4]]>([
    ['of another version', { version: 2 }],
    ['of another network', { genesis: new Uint8Array(32) }],
    ['of another seat set', { electionRoot: new Uint8Array(32) }],
    ['of another resource table', { resourceRoot: new Uint8Array(32) }],
    ['of a zhi more than there is', { supplyZhi: 1_000_000_000_000_000_001n as Zhi }],
    ['of no supply', { supplyZhi: 0n as Zhi }],
  ])('a block %s is none that a receipt can hold', async (_, header) => {
    const { bytes } = receipt.transactions[MATCH] as Receipt['transactions'][0];
    expect(() => receiptFile(withForged(network, receipt, MATCH, bytes, header))).toThrow(RangeError);
  });

  test('a block without a certificate: the parent of the next one, and no other', async () => {
    const { blocks } = receipt;
    expect(blocks.map(({ signatures }) => signatures.length)).toEqual([0, 0, 0, 0, 9]);
    const bare = { seats: 0, signatures: [] };
    const having = (changed: Receipt['blocks']) => bothAccept(receiptFile({ ...receipt, blocks: changed }));
    expect(await having(blocks.map((block, i) => (i === 4 ? { ...block, ...bare } : block)))).toBe(false);
    const { bytes } = receipt.transactions[MATCH] as Receipt['transactions'][0];
    const again = withForged(network, receipt, MATCH, bytes, { round: 1 });
    // With a certificate of its own it need not be the parent of the next; without one it does.
    expect(await bothAccept(receiptFile(again))).toBe(true);
    // And then what it is not the parent of can't be written: the next block's parent is not in the file.
    const unlinked = again.blocks.map((block, i) => (i === MATCH ? { ...block, ...bare } : block));
    expect(() => receiptFile({ ...again, blocks: unlinked })).toThrow(RangeError);
    expect(await receiptHeaders({ blocks: unlinked }, { genesis: network.genesis, hash: network.hash }, verify)).toBe(
      'not the parent of the block after it',
    );
    const seatsAlone = blocks.map((block, i) => (i === 0 ? { ...block, seats: 1 } : block));
    expect(await having(seatsAlone)).toBe(false);
  });

  test.each<[string, boolean, Parameters<typeof withForged>[4]]>([
    ['made again', true, {}],
    ['a hundred heights up', false, { height: 105n as never }],
    ['a day before its parent', false, { timeMs: 1_767_139_200_000n as UnixMs }],
  ])('a last block, on one without a certificate, %s: %s', async (_, accepted, header) => {
    const { bytes } = receipt.transactions[SETTLE] as Receipt['transactions'][0];
    expect(await bothAccept(receiptFile(withForged(network, receipt, SETTLE, bytes, header)))).toBe(accepted);
  });

  test('a block that none of the transactions is in links the two around it, and is nothing else', async () => {
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const made = await receiptIn(chain, await apart(chain, demander, 1));
    await chain.seal([chain.fund(demander, 1n)]);
    const certified = (at: number): Receipt['blocks'][0] => {
      const { block, certificate } = (chain.blocks.at(at) as SealedBlock).certified;
      return { header: encodeHeader(block.header), seats: certificate.seats, signatures: certificate.signatures };
    };
    const { blocks, transactions } = made;
    expect(blocks.map(({ signatures }) => signatures.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 9]);
    expect(transactions.map(({ block }) => block)).toEqual([0, 2, 4, 6, 8]);
    const having = (changed: Receipt['blocks'], place = (block: number) => block) => {
      const moved = transactions.map((one) => ({ ...one, block: place(one.block) }));
      return bothAccept(receiptFile({ ...made, blocks: changed, transactions: moved }));
    };
    expect(await having(blocks)).toBe(true);
    // A link is missing; one has a certificate of its own; one stands before the opening, or after the settlement.
    await expect(async () =>
      having(blocks.toSpliced(3, 1), (block) => (block > 3 ? block - 1 : block)),
    ).rejects.toThrow('does not belong');
    expect(await having(blocks.with(1, certified(2)))).toBe(false);
    const before = { ...certified(0), seats: 0, signatures: [] };
    expect(await having([before, ...blocks], (block) => block + 1)).toBe(false);
    expect(await having([...blocks, certified(-1)])).toBe(false);
  });
});

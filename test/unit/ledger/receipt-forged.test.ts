/** Receipts forged by somebody who holds the keys of every role and every seat: all signatures verify, the rule does not. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import { receiptRootOf, txRootOf } from '../../../protocol/block/block.ts';
import { certificateFault, certificateOf, QUORUM, quorumOf, voteBytes } from '../../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader } from '../../../protocol/block/header.ts';
import { sign } from '../../../protocol/ed25519.ts';
import { type Provider, SEATS } from '../../../protocol/genesis.ts';
import type { Hash } from '../../../protocol/hash.ts';
import type { Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { verifyReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { REGIONS } from '../../../protocol/regions.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { encodeTransaction, parseTransaction, signingBytes } from '../../../protocol/tx/envelope.ts';
import {
  acceptanceBytes,
  decodeOrderMatches,
  encodeOrderMatches,
  type OrderMatch,
} from '../../../protocol/tx/order-match.ts';
import { type HpuCycles, priceOf, type Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { certifyBuilt, TestChain } from '../../support/chain.ts';
import { VESTING_TERMS } from '../../support/founding.ts';
import type { KeyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { providerPair, runOrder, SMALL_TRAIN } from '../../support/order-life.ts';
import { apart, receiptIn } from '../../support/receipts.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

/** Blocks of the receipt, one transaction each. */
const MATCH = 1;
const VERDICT = 3;
/** As a file: what the project promises of an order that went well at the first attempt. */
const FILE_BYTES_MAX = 10_240;

const network = testNetwork();
let receipt: Receipt;

beforeAll(async () => {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const order: Hash = await runOrder(chain, demander, SMALL_TRAIN);
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(network.bytes, initialState(network.genesis).accounts());
  for (const { built } of chain.blocks) {
    const signedByAll = await certifyBuilt(network, built, SEATS);
    expect(await ledger.commit(signedByAll, built)).toBe('committed');
  }
  receipt = (await receiptOf(ledger, order)) as Receipt;
});

/** The receipt with another transaction in one block, whose header and certificate are made anew to fit. */
function withBlock(at: number, bytes: Uint8Array): Receipt {
  const taken = receipt.transactions[at] as Receipt['transactions'][0];
  const header = {
    ...decodeHeader((receipt.blocks[at] as Receipt['blocks'][0]).header),
    txCount: 1,
    txRoot: txRootOf([bytes]),
    receiptRoot: receiptRootOf([{ entries: taken.outcome }]),
  };
  const votes = network.seats
    .slice(0, QUORUM)
    .map(({ seed }, seat) => ({ seat, signature: sign(seed, voteBytes(header)) }));
  const { seats, signatures } = certificateOf(header, votes);
  const block = { header: encodeHeader(header), seats, signatures };
  const transaction = { ...taken, index: 0, bytes, path: [], outcomePath: [] };
  return {
    ...receipt,
    blocks: receipt.blocks.map((one, i) => (i === at ? block : one)),
    transactions: receipt.transactions.map((one, i) => (i === at ? transaction : one)),
  };
}

/** The transaction of a block, signed anew by `by` with another body. */
function resigned(at: number, by: KeyPair, rebody: (body: Uint8Array) => Uint8Array = (body) => body): Uint8Array {
  const parsed = parseTransaction((receipt.transactions[at] as Receipt['transactions'][0]).bytes, network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  const unsigned = { ...parsed.value, sender: by.key, body: rebody(parsed.value.body) };
  return encodeTransaction({ ...unsigned, signature: sign(by.seed, signingBytes(network.hash, unsigned)) });
}

function withMatch(change: Partial<OrderMatch>): Receipt {
  const rebody = (body: Uint8Array) =>
    encodeOrderMatches(
      decodeOrderMatches(body).map((entry) => {
        const forged = { ...entry, ...change };
        const { seed } = providerPair(network, forged.provider);
        return { ...forged, acceptance: sign(seed, acceptanceBytes(network.hash, forged)) };
      }),
    );
  return withBlock(MATCH, resigned(MATCH, network.searcher('weur'), rebody));
}

async function verdictOn(made: Receipt): Promise<string> {
  const verdict = await verifyReceipt(made, network.hash, verifyFast);
  return verdict.ok ? 'accepted' : `${verdict.code}: ${verdict.evidence}`;
}

const matched = (): OrderMatch => {
  const parsed = parseTransaction((receipt.transactions[MATCH] as Receipt['transactions'][0]).bytes, network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  return decodeOrderMatches(parsed.value.body)[0] as OrderMatch;
};

describe('a block made anew', () => {
  test('verifies when it says the same', async () => {
    expect(await verdictOn(withMatch({}))).toBe('accepted');
    expect(await verdictOn(withBlock(VERDICT, resigned(VERDICT, network.checker('weur'))))).toBe('accepted');
  });

  test('is refused when it matches another provider, at that provider’s own price', async () => {
    const { askZhiPerMcycle, key } = network.genesis.providers[1] as Provider;
    const { quoteCycles } = matched();
    const priceZhi = priceOf(quoteCycles, askZhiPerMcycle) as Zhi;
    expect(await verdictOn(withMatch({ provider: key, priceZhi }))).toMatch(/receipt_invalid: .*rule does not select/);
  });

  test('is refused when it quotes another price, time or number of cycles', async () => {
    const { priceZhi, quoteMs, quoteCycles } = matched();
    expect(await verdictOn(withMatch({ priceZhi: (priceZhi - 1n) as Zhi }))).toMatch(/resource table/);
    expect(await verdictOn(withMatch({ quoteMs: quoteMs + 1n }))).toMatch(/resource table/);
    expect(await verdictOn(withMatch({ quoteCycles: (quoteCycles - 1n) as HpuCycles }))).toMatch(/price table/);
  });

  test('is refused when another region’s checker passed the result', async () => {
    const made = withBlock(VERDICT, resigned(VERDICT, network.checker('sam')));
    expect(await verdictOn(made)).toMatch(/receipt_invalid: .*the region's checker/);
  });
});

describe('a receipt carries no more signatures than it needs', () => {
  test('nine of the thirteen, of the lowest seats, for the last of blocks in a row; 10 KiB as a file', () => {
    const counts = receipt.blocks.map(({ seats, signatures }) => [seats, signatures.length]);
    const linked = counts.slice(1).map(() => [0, 0]);
    expect(counts).toEqual([...linked, [0b1_1111_1111, QUORUM]]);
    expect(receiptFile(receipt).length).toBeLessThanOrEqual(FILE_BYTES_MAX);
  });

  test.each([
    ['in a row', 0, 7_561, [0, 0, 0, 0, QUORUM]],
    ['with one other block between each two', 1, 8_577, [0, 0, 0, 0, 0, 0, 0, 0, QUORUM]],
    ['with two between each two', 2, 9_597, [...Array(12).fill(0), QUORUM]],
    ['with three between each two', 3, 10_617, [...Array(16).fill(0), QUORUM]],
    ['further apart', 4, 10_801, [QUORUM, QUORUM, QUORUM, QUORUM, QUORUM]],
  ])('on a network of nine regions, five blocks %s', async (_, others, fileBytes, signatures) => {
    const vesting = VESTING_TERMS.map((terms) => ({ ...terms, beneficiary: network.key(terms.grant).key }));
    const nine = testNetwork('nine', { vesting }, REGIONS);
    const chain = new TestChain(nine);
    const demander = nine.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const made = await receiptIn(chain, await apart(chain, demander, others));
    expect(made.blocks.map((block) => block.signatures.length)).toEqual(signatures);
    expect((await verifyReceipt(made, nine.hash, verifyFast)).ok).toBe(true);
    expect(receiptFile(made).length).toBe(fileBytes);
  });

  test('whichever seats signed, what is left is a certificate', async () => {
    const header = decodeHeader((receipt.blocks[0] as Receipt['blocks'][0]).header);
    const message = voteBytes(header);
    const votes = network.seats.map(({ seed }, seat) => ({ seat, signature: sign(seed, message) }));
    const signed = votes.filter(({ seat }) => seat !== 0 && seat !== 5);
    const trimmed = quorumOf(certificateOf(header, signed));
    expect(trimmed).toEqual(certificateOf(header, signed.slice(0, QUORUM)));
    expect(await certificateFault(header, trimmed, network.genesis.seats, verifyFast)).toBeUndefined();
    const few = quorumOf(certificateOf(header, votes.slice(0, QUORUM - 1)));
    expect(await certificateFault(header, few, network.genesis.seats, verifyFast)).toContain(`${QUORUM} needed`);
  });
});

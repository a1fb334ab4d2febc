import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { receiptOf } from '../../../ledger/receipt.ts';
import { certificateOf, decodeCertificate, QUORUM, voteBytes } from '../../../protocol/block/certificate.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { sign, type VerifySignature } from '../../../protocol/ed25519.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../../protocol/proof/receipt.ts';
import { parseReceiptFile, RECEIPT_FILE_BYTES_MAX, receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { verifyReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { type TestNetwork, testNetwork } from '../../support/network.ts';
import { openOrder, runOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

/** A tampered receipt keeps most of its signatures: each is verified once. */
const verdicts = new Map<string, boolean>();
const verify: VerifySignature = async (key, message, signature) => {
  const question = [key, message, signature].map(bytesToHex).join();
  const verdict = verdicts.get(question) ?? (await verifyFast(key, message, signature));
  verdicts.set(question, verdict);
  return verdict;
};

async function ledgerOf(chain: TestChain): Promise<Ledger> {
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(chain.network.bytes, initialState(chain.network.genesis).accounts());
  for (const { certified, built } of chain.blocks) expect(await ledger.commit(certified, built)).toBe('committed');
  return ledger;
}

async function trainedAndPredicted(network: TestNetwork) {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  await chain.seal([chain.fund(demander, 9_000_000n)]);
  const train = await runOrder(chain, demander, SMALL_TRAIN);
  const predict = await runOrder(chain, demander, { kind: 'predict', rows: 3, model: train });
  return { chain, demander, train, predict };
}

const network = testNetwork();
let ledger: Ledger;
let train: Hash;
let receipt: Receipt;

beforeAll(async () => {
  const run = await trainedAndPredicted(network);
  train = run.train;
  ledger = await ledgerOf(run.chain);
  receipt = (await receiptOf(ledger, train)) as Receipt;
});

const check = (made: Receipt, pin: Hash = network.hash) => verifyReceipt(made, pin, verify);
const refusal = async (made: Receipt): Promise<string> => {
  const verdict = await check(made);
  return verdict.ok ? 'accepted' : `${verdict.code}: ${verdict.evidence}`;
};

describe('the receipt of a settled order', () => {
  test('verifies, and tells what was ordered, done and paid', async () => {
    const verdict = await check(receipt);
    expect(verdict).toMatchObject({
      ok: true,
      value: {
        order: bytesToHex(train),
        genesis: bytesToHex(network.hash),
        demander: bytesToHex(network.key('demander').key),
        provider: bytesToHex((network.providers[0] as { key: Uint8Array }).key),
        attempts: [{ verdict: 'passed', method: 'replay' }],
        height: 6n,
        regime: 'final',
        mode: 'hosted',
      },
    });
    if (!verdict.ok) throw new Error(verdict.code);
    const { billCycles, quoteCycles, billZhi, refundZhi, priceLimitZhi, split } = verdict.value;
    expect(billCycles).toBe(quoteCycles);
    expect(billZhi + refundZhi).toBe(priceLimitZhi);
    expect(split.provider + split.searcher + split.seatPool + split.burned).toBe(billZhi);
  });

  test('goes through its file, byte for byte', () => {
    const text = receiptFile(receipt);
    expect(text.length).toBeLessThan(RECEIPT_FILE_BYTES_MAX);
    expect(parseReceiptFile(text)).toEqual(receipt);
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
  });

  test('a predict order has one too', async () => {
    const run = await trainedAndPredicted(testNetwork('second run'));
    const made = (await receiptOf(await ledgerOf(run.chain), run.predict)) as Receipt;
    const verdict = await verifyReceipt(made, run.chain.network.hash, verify);
    expect(verdict).toMatchObject({
      ok: true,
      value: { results: 3, work: { kind: 'predict', rows: 3, model: run.train } },
    });
  });

  test('an order that is unknown or not settled has none', async () => {
    expect(await receiptOf(ledger, new Uint8Array(32))).toBeUndefined();
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const { id, bytes } = openOrder(chain, demander);
    await chain.seal([bytes]);
    expect(await receiptOf(await ledgerOf(chain), id)).toBeUndefined();
  });
});

describe('two liars, a manual policy, and refused entries in between', () => {
  test('the receipt shows both failed attempts and the confirmation, and leaves the refused entries out', async () => {
    const chain = new TestChain(network);
    const demander = network.key('demander');
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const windowMs = 60_000n as UnixMs;
    const { id, bytes } = openOrder(chain, demander, { confirm: { kind: 'manual', windowMs } });
    await chain.seal([bytes]);
    for (const verdict of ['failed', 'failed', 'passed'] as const) {
      await chain.seal([steps.match(chain, id)]);
      // Signed before it is refused: by the time this is sealed, the order is matched already.
      await chain.seal([steps.match(chain, id)]);
      await chain.seal([steps.work(chain, id)]);
      await chain.seal([steps.verdict(chain, id, { verdict })]);
    }
    await chain.seal([steps.confirm(chain, id, demander)]);
    await chain.seal([steps.settle(chain, id)]);
    const made = (await receiptOf(await ledgerOf(chain), id)) as Receipt;
    expect(made.transactions).toHaveLength(12);
    expect(receiptFile(made).length).toBeLessThan(RECEIPT_FILE_BYTES_MAX);
    const providers = network.providers.map(({ key }) => bytesToHex(key));
    expect(await check(made)).toMatchObject({
      ok: true,
      value: {
        attempts: [
          { provider: providers[0], verdict: 'failed' },
          { provider: providers[1], verdict: 'failed' },
          { provider: providers[2], verdict: 'passed' },
        ],
        provider: providers[2],
      },
    });
  });
});

describe('tampering', () => {
  /** Parsed and verified as a reader of the file would. */
  async function verdictOnFile(file: Uint8Array): Promise<string> {
    const parsed = parseReceiptFile(new TextDecoder().decode(file));
    return parsed ? refusal(parsed) : 'not a receipt';
  }

  test('any byte of the file flipped is refused', { timeout: 120_000 }, async () => {
    const file = utf8ToBytes(receiptFile(receipt));
    expect(await verdictOnFile(file)).toBe('accepted');
    for (let at = 0; at < file.length; at++) {
      const changed = Uint8Array.from(file);
      // Low bits, so that most base64 digits stay digits and the receipt still decodes.
      changed[at] = (file[at] as number) ^ (1 << (at % 3));
      const verdict = await verdictOnFile(changed);
      if (verdict === 'accepted') throw new Error(`byte ${at} of ${file.length} flipped and accepted`);
    }
  });

  test.each(['leading space', 'byte order mark', 'no last newline', 'a further field', 'a repeated field'])(
    '%s',
    async (name) => {
      const text = receiptFile(receipt);
      const changed = {
        'leading space': ` ${text}`,
        'byte order mark': `\uFEFF${text}`,
        'no last newline': text.trimEnd(),
        'a further field': text.replace('{', '{\n  "note": "paid",'),
        'a repeated field': text.replace('{', '{\n  "format": "hai-receipt/2",'),
      }[name] as string;
      expect(parseReceiptFile(changed)).toBeUndefined();
    },
  );

  test('another version, an empty receipt, a receipt of nothing', async () => {
    expect(await refusal({ ...receipt, version: 1 })).toContain('unknown version');
    expect(await refusal({ ...receipt, blocks: [] })).toContain('no block');
    expect(await refusal({ ...receipt, transactions: [] })).toContain('nothing is in');
  });

  test.each([0, 1, 2, 3, 4])('without transaction %i', async (index) => {
    const transactions = receipt.transactions.filter((_, i) => i !== index).map((one) => ({ ...one }));
    const blocks = receipt.blocks.filter((_, i) => i !== index);
    for (const one of transactions) if (one.block > index) one.block -= 1;
    expect(await refusal({ ...receipt, blocks, transactions })).toMatch(/^receipt_invalid/);
  });

  test('transactions out of order, or one twice', async () => {
    const [open, match, ...rest] = receipt.transactions as [Receipt['transactions'][0], Receipt['transactions'][0]];
    expect(await refusal({ ...receipt, transactions: [match, open, ...rest] })).toContain('out of place');
    expect(await refusal({ ...receipt, transactions: [open, open, match, ...rest] })).toContain('out of order');
  });

  test('a final block that has nothing to do with the order', async () => {
    const later = await ledger.block(8n);
    const { seats, signatures } = decodeCertificate(later?.certificate as Uint8Array);
    const blocks = [...receipt.blocks, { header: later?.header as Uint8Array, seats, signatures }];
    expect(await refusal({ ...receipt, blocks })).toContain('a block that nothing is in');
  });

  test('the id of another order', async () => {
    expect(await refusal({ ...receipt, order: new Uint8Array(32) })).toContain('another order');
  });

  describe('certificates', () => {
    const block = 0;
    function withVotes(votes: { seat: number; signature: Uint8Array }[]): Receipt {
      const blocks = receipt.blocks.map((one, i) => {
        if (i !== block) return one;
        const { seats, signatures } = certificateOf(decodeHeader(one.header), votes);
        return { ...one, seats, signatures };
      });
      return { ...receipt, blocks };
    }
    const message = () => voteBytes(decodeHeader((receipt.blocks[block] as Receipt['blocks'][0]).header));
    const vote = (seat: number) => ({
      seat,
      signature: sign((network.seats[seat] as { seed: Uint8Array }).seed, message()),
    });
    const seats = (count: number) => Array.from({ length: count }, (_, i) => i);

    test('any quorum of the seats does', async () => {
      expect(await refusal(withVotes(seats(13).slice(4).map(vote)))).toBe('accepted');
      expect(await refusal(withVotes(seats(13).map(vote)))).toBe('accepted');
    });

    test('one signature short of the quorum does not', async () => {
      expect(await refusal(withVotes(seats(QUORUM - 1).map(vote)))).toContain(`${QUORUM} needed`);
    });

    test('one false signature beside a quorum does not ride along', async () => {
      const forged = { seat: 12, signature: vote(0).signature };
      expect(await refusal(withVotes([...seats(QUORUM).map(vote), forged]))).toContain('a signature does not verify');
    });

    test('a seat that does not exist, or one twice', async () => {
      expect(await refusal(withVotes([...seats(QUORUM).map(vote), { ...vote(0), seat: 13 }]))).toContain(
        'does not exist',
      );
      expect(await refusal(withVotes([...seats(QUORUM).map(vote), vote(0)]))).toContain('differ in number');
    });
  });
});

describe('a second network with keys of its own', () => {
  test('its receipt verifies there, and is refused here', async () => {
    const foreign = testNetwork('foreign');
    const run = await trainedAndPredicted(foreign);
    const made = (await receiptOf(await ledgerOf(run.chain), run.train)) as Receipt;
    expect((await verifyReceipt(made, foreign.hash, verify)).ok).toBe(true);
    expect(await check(made)).toMatchObject({ ok: false, code: 'foreign_network' });
    // With our genesis put in, it is still not ours: our seats signed none of it.
    expect(await check({ ...made, genesis: network.bytes })).toMatchObject({ ok: false, code: 'receipt_invalid' });
    expect(await check(receipt, foreign.hash)).toMatchObject({ ok: false, code: 'foreign_network' });
    expect(await check(receipt, hexToBytes('00'.repeat(32)))).toMatchObject({ ok: false, code: 'foreign_network' });
  });
});

/** The verifier of receipts against a second one that shares no code with it: they accept and refuse the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyReceiptText } from '../../../clients/light/receipt-text.ts';
import { sign } from '../../../protocol/ed25519.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { acceptanceBytes, decodeOrderMatches, encodeOrderMatches } from '../../../protocol/tx/order-match.ts';
import { decodeOrderOpen, encodeOrderOpen } from '../../../protocol/tx/order-open.ts';
import { decodeOrderSettles, encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { decodeResultProofs, encodeResultProofs } from '../../../protocol/tx/result-proof.ts';
import { claimBytes, decodeWorkProofs, encodeWorkProofs } from '../../../protocol/tx/work-proof.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { Refused } from '../../independent/bytes.ts';
import { verifyReceiptIndependently } from '../../independent/verify-receipt.ts';
import { bothVerifiers } from '../../support/both-verifiers.ts';
import { cachedVerify } from '../../support/cached-verify.ts';
import { testNetwork } from '../../support/network.ts';
import { providerPair } from '../../support/order-life.ts';
import { forgedTransaction, LIFE_NAMES, type LifeName, receiptOfLife, withForged } from '../../support/receipts.ts';

const network = testNetwork();
const pin = bytesToHex(network.hash);
const verify = cachedVerify();
const bothAccept = bothVerifiers(network, verify);
const receipts = {} as Record<LifeName, Receipt>;

beforeAll(async () => {
  for (const name of LIFE_NAMES) receipts[name] = await receiptOfLife(network, name);
}, 60_000);

/** The file of these canonical bytes, whether they are a receipt or not. */
function fileOf(bytes: Uint8Array, receipt: Receipt): string {
  const decoded = decodeReceipt(bytes);
  if (decoded) return receiptFile(decoded);
  const file = JSON.parse(receiptFile(receipt)) as object;
  return `${JSON.stringify({ ...file, receipt: base64.encode(bytes) }, undefined, 2)}\n`;
}

test('the second verifier imports nothing of ours, and no library but Node’s own', () => {
  const folder = new URL('../../independent/', import.meta.url);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    for (const [, from = ''] of text.matchAll(/from '([^']+)'/g))
      expect(from).toMatch(/^(node:crypto|\.\/[a-z0-9-]+\.ts)$/);
  }
});

describe('both accept, and tell the same', () => {
  test.each(LIFE_NAMES)('the receipt of an order: %s', async (name) => {
    const text = receiptFile(receipts[name]);
    const ours = await verifyReceiptText(text, network.hash, verify);
    const theirs = verifyReceiptIndependently(text, pin);
    if (!ours.ok || theirs instanceof Refused) throw new Error(`${ours.ok || ours.evidence} ${theirs}`);
    expect(ours.value).toMatchObject({ ...theirs });
    expect(theirs.attempts.at(-1)?.verdict).toBe('passed');
  });
});

describe('both refuse', () => {
  test.each(LIFE_NAMES)(
    'every byte that is changed, every cut and every spare byte: %s',
    { timeout: 240_000 },
    async (name) => {
      const receipt = receipts[name];
      const bytes = encodeReceipt(receipt);
      // All bytes of the one that has everything, each eleventh of the others: two verifiers take their time.
      const step = name === 'in crowded blocks' ? 1 : 11;
      let refused = 0;
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ (at % 2 === 0 ? 0x01 : 0x80);
        if (!(await bothAccept(fileOf(changed, receipt)))) refused++;
      }
      expect(refused).toBe(Math.ceil(bytes.length / step));
      for (let length = 0; length < bytes.length; length += 397) {
        expect(await bothAccept(fileOf(bytes.subarray(0, length), receipt))).toBe(false);
      }
      expect(await bothAccept(fileOf(Uint8Array.of(...bytes, 0), receipt))).toBe(false);
      console.log(`receipt, ${name}: ${refused} changes of ${bytes.length} bytes refused by both`);
    },
  );

  test('any other text of a true receipt, and another pin', async () => {
    const text = receiptFile(receipts.train);
    const others = [
      ` ${text}`,
      text.trimEnd(),
      `\uFEFF${text}`,
      text.replace('{', '{ '),
      text.replace('": "', '":"'),
      '',
      'null',
    ];
    for (const other of others) expect(await bothAccept(other)).toBe(false);
    expect(verifyReceiptIndependently(text, 'b'.repeat(64))).toBeInstanceOf(Refused);
  });

  test('a receipt without a transaction, with one twice, or with one of another order', async () => {
    for (const name of LIFE_NAMES) {
      const { transactions, blocks, ...rest } = receipts[name];
      for (const at of transactions.keys()) {
        const without = { ...rest, blocks, transactions: transactions.filter((_, i) => i !== at) };
        expect(await bothAccept(receiptFile(without))).toBe(false);
        if (transactions.length === 12) continue;
        const twice = {
          ...rest,
          blocks,
          transactions: transactions.flatMap((one, i) => (i === at ? [one, one] : [one])),
        };
        expect(await bothAccept(receiptFile(twice))).toBe(false);
      }
    }
    const other = { ...receipts.train, order: receipts.predict.order };
    expect(await bothAccept(receiptFile(other))).toBe(false);
  });
});

/** Forged by somebody with all keys: the signatures hold, so that only the rule is left to refuse it. */
describe('of what is signed by everybody, both accept and refuse the same', () => {
  const [OPEN, MATCH, WORK, VERDICT, SETTLE] = [0, 1, 2, 3, 4] as const;
  const searcher = network.searcher('weur');
  const sam = network.searcher('sam');
  const demander = network.key('demander');

  type Forge = (receipt: Receipt) => Receipt;
  const entries =
    <E>(decode: (body: Uint8Array) => E[], encode: (made: E[]) => Uint8Array, change: (entry: E) => E) =>
    (body: Uint8Array): Uint8Array =>
      encode(decode(body).map(change));
  const rebodied =
    (at: number, by: typeof searcher, rebody: (body: Uint8Array) => Uint8Array): Forge =>
    (receipt) => {
      const bytes = forgedTransaction(network, receipt, at, by, ({ body }) => ({ body: rebody(body) }));
      return withForged(network, receipt, at, bytes);
    };
  type Match = ReturnType<typeof decodeOrderMatches>[number];
  const matching = (change: (match: Match) => Partial<Match>, by = searcher): Forge =>
    rebodied(
      MATCH,
      by,
      entries(decodeOrderMatches, encodeOrderMatches, (entry) => {
        const forged = { ...entry, ...change(entry) };
        return {
          ...forged,
          acceptance: sign(providerPair(network, forged.provider).seed, acceptanceBytes(network.hash, forged)),
        };
      }),
    );
  type Work = ReturnType<typeof decodeWorkProofs>[number];
  const working = (change: (work: Work) => Partial<Work>, by = searcher): Forge =>
    rebodied(
      WORK,
      by,
      entries(decodeWorkProofs, encodeWorkProofs, (entry) => {
        const forged = { ...entry, ...change(entry) };
        return {
          ...forged,
          claim: sign(providerPair(network, forged.provider).seed, claimBytes(network.hash, forged)),
        };
      }),
    );
  type Verdict = ReturnType<typeof decodeResultProofs>[number];
  const judging = (change: (verdict: Verdict) => Partial<Verdict>, by = network.checker('weur')): Forge =>
    rebodied(
      VERDICT,
      by,
      entries(decodeResultProofs, encodeResultProofs, (entry) => ({ ...entry, ...change(entry) })),
    );
  type Settlement = ReturnType<typeof decodeOrderSettles>[number];
  const settling = (change: (settle: Settlement) => Partial<Settlement>, by = searcher): Forge =>
    rebodied(
      SETTLE,
      by,
      entries(decodeOrderSettles, encodeOrderSettles, (entry) => ({ ...entry, ...change(entry) })),
    );
  const second = network.providers[1]?.key as Uint8Array;

  test.each<[string, boolean, Forge]>([
    ['a match made again', true, matching(() => ({}))],
    ['another provider', false, matching(() => ({ provider: second }))],
    ['a price of one zhi less', false, matching(({ priceZhi }) => ({ priceZhi: (priceZhi - 1n) as Zhi }))],
    ['a time of one millisecond more', false, matching(({ quoteMs }) => ({ quoteMs: quoteMs + 1n }))],
    ['a cycle less', false, matching(({ quoteCycles }) => ({ quoteCycles: (quoteCycles - 1n) as HpuCycles }))],
    ['the second attempt first', false, matching(() => ({ attempt: 2 }))],
    ['a match by another searcher', false, matching(() => ({}), sam)],
    ['work made again', true, working(() => ({}))],
    ['work of another provider', false, working(() => ({ provider: second }))],
    ['work of other cycles', false, working(({ cycles }) => ({ cycles: (cycles + 1n) as HpuCycles }))],
    ['work of no chunks', false, working(() => ({ chunks: 0 }))],
    ['work of 65,537 chunks', false, working(() => ({ chunks: 65_537 }))],
    ['two results of a training', false, working(() => ({ results: 2 }))],
    ['work by another searcher', false, working(() => ({}), sam)],
    ['another method of the check', true, judging(() => ({ method: 'freivalds' }))],
    ['a verdict on another result', false, judging(() => ({ resultRoot: new Uint8Array(32) }))],
    ['a failed verdict before a settlement', false, judging(() => ({ verdict: 'failed' }))],
    ['a verdict by another region’s checker', false, judging(() => ({}), network.checker('sam'))],
    ['a verdict by the searcher', false, judging(() => ({}), searcher)],
    ['a settlement made again', true, settling(() => ({}))],
    ['a bill that was not quoted', false, settling(({ billZhi }) => ({ billZhi: (billZhi + 1n) as Zhi }))],
    ['another result settled', false, settling(() => ({ resultRoot: new Uint8Array(32) }))],
    ['a settlement by the demander', false, settling(() => ({}), demander)],
    ['another order in the settlement', false, settling(() => ({ order: new Uint8Array(32) }))],
    [
      'another price limit',
      false,
      rebodied(OPEN, demander, (body) => encodeOrderOpen({ ...decodeOrderOpen(body), priceLimitZhi: 1n as Zhi })),
    ],
    [
      'a transaction of another type',
      false,
      (receipt) =>
        withForged(
          network,
          receipt,
          MATCH,
          forgedTransaction(network, receipt, MATCH, searcher, () => ({ type: 1 })),
        ),
    ],
    [
      'another chain’s transaction',
      false,
      (receipt) =>
        withForged(
          network,
          receipt,
          MATCH,
          forgedTransaction(network, receipt, MATCH, searcher, () => ({ chain: new Uint8Array(8) })),
        ),
    ],
    [
      'a later nonce',
      true,
      (receipt) =>
        withForged(
          network,
          receipt,
          MATCH,
          forgedTransaction(network, receipt, MATCH, searcher, ({ nonce }) => ({ nonce: nonce + 5n })),
        ),
    ],
  ])('%s: %s', async (_, accepted, forge) => {
    expect(await bothAccept(receiptFile(forge(receipts.train)))).toBe(accepted);
  });

  test('an order that was settled before its window was over, and a millisecond later', async () => {
    const receipt = receipts['confirmed by silence'];
    const settle = receipt.transactions[SETTLE] as Receipt['transactions'][0];
    const timeOf = async (timeMs: bigint) =>
      bothAccept(receiptFile(withForged(network, receipt, SETTLE, settle.bytes, { timeMs: timeMs as UnixMs })));
    const { verdictMs } = verdictTime(receipt);
    expect(await timeOf(verdictMs + 59_999n)).toBe(false);
    expect(await timeOf(verdictMs + 60_000n)).toBe(true);
  });

  function verdictTime(receipt: Receipt): { verdictMs: bigint } {
    const { block } = receipt.transactions[VERDICT] as Receipt['transactions'][0];
    // version, genesis, height, parent, then the time.
    const header = Buffer.from((receipt.blocks[block] as Receipt['blocks'][0]).header);
    return { verdictMs: header.readBigUInt64LE(1 + 32 + 8 + 32) };
  }
});

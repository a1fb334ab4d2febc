/** Makes an order's receipt from the ledger. Whoever gets it trusts none of this: protocol/proof/verify-receipt.ts checks it. */
import { type BlockBody, decodeBody } from '../protocol/block/block.ts';
import { decodeCertificate, quorumOf } from '../protocol/block/certificate.ts';
import { merklePath } from '../protocol/merkle.ts';
import { encodeOutcome } from '../protocol/outcome.ts';
import { LINKS_MAX, RECEIPT_VERSION, type Receipt } from '../protocol/proof/receipt.ts';
import type { OrderTransaction } from './blocks.ts';
import type { Ledger } from './ledger.ts';

type ReceiptLedger = Pick<Ledger, 'genesis' | 'orderRecord' | 'transactionsOfOrder' | 'block'>;

const NO_CERTIFICATE = { seats: 0, signatures: [] };

/** Undefined unless the order is settled. A finished order doesn't change, so neither does its receipt: cache it. */
export async function receiptOf(ledger: ReceiptLedger, order: Uint8Array): Promise<Receipt | undefined> {
  const record = await ledger.orderRecord(order);
  if (record?.state !== 'settled') return undefined;
  const genesis = await ledger.genesis();
  if (!genesis) throw new Error('a settled order in a ledger without a genesis');
  const applied = onceEach(await ledger.transactionsOfOrder(order, 'applied'));
  const blocks: Receipt['blocks'] = [];
  const transactions: Receipt['transactions'] = [];
  const heights = withLinks([...new Set(applied.map((taken) => taken.height))]);
  for (const [i, height] of heights.entries()) {
    const block = await ledger.block(height);
    if (!block) throw new Error(`block ${height} is missing`);
    const here = applied.filter((taken) => taken.height === height);
    if (here.length > 0) {
      const body = decodeBody(block.body);
      transactions.push(...here.map(({ index }) => receiptTransaction(body, index, blocks.length)));
    }
    // A block that the next one stands on is final by that one's certificate.
    const isParent = heights[i + 1] === height + 1n;
    const { seats, signatures } = isParent ? NO_CERTIFICATE : quorumOf(decodeCertificate(block.certificate));
    blocks.push({ header: block.header, seats, signatures });
  }
  return { version: RECEIPT_VERSION, genesis, order, blocks, transactions };
}

/** With the blocks between two that are near to each other: they take less than a certificate. */
function withLinks(heights: readonly bigint[]): bigint[] {
  return heights.flatMap((height, i) => {
    const between = Number((heights[i + 1] ?? height) - height) - 1;
    if (between < 1 || between > LINKS_MAX) return [height];
    return Array.from({ length: between + 1 }, (_, step) => height + BigInt(step));
  });
}

/** A batch may name an order in two entries; it is in the receipt once. */
function onceEach(taken: readonly OrderTransaction[]): OrderTransaction[] {
  return taken.filter((one, i) => one.height !== taken[i - 1]?.height || one.index !== taken[i - 1]?.index);
}

function receiptTransaction(body: BlockBody, index: number, block: number): Receipt['transactions'][number] {
  const bytes = body.transactions[index];
  const outcome = body.outcomes[index];
  if (!bytes || !outcome) throw new Error(`a block has no transaction ${index}`);
  return {
    block,
    index,
    bytes,
    path: merklePath(body.transactions, index),
    outcome: outcome.entries,
    outcomePath: merklePath(body.outcomes.map(encodeOutcome), index),
  };
}

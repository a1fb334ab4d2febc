/** Offline verification of a receipt against a pinned genesis hash. Pure: the signature check is injected. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { BlockHeader } from '../block/header.ts';
import type { VerifySignature } from '../ed25519.ts';
import type { Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import { verifyMerklePath } from '../merkle.ts';
import { encodeOutcome } from '../outcome.ts';
import { fail, ok } from '../result.ts';
import { parseTransaction, transactionHash } from '../tx/envelope.ts';
import type { RuleContext } from '../tx/rule.ts';
import { signatureFaultBy } from '../tx/signatures.ts';
import { type FinalHeader, finalHeader, type PinnedNetwork, parentHeader, pinGenesis } from './final-header.ts';
import { certificateIn, isLinked, RECEIPT_VERSION, type Receipt } from './receipt.ts';
import { receiptRuleOf } from './receipt-rules.ts';
import { type OrderStory, storyOf, type TakenTransaction } from './receipt-story.ts';

export interface VerifiedReceipt extends OrderStory {
  readonly genesis: string;
  readonly network: string;
  readonly mode: Genesis['mode'];
  /** Height of the block that settled the order. */
  readonly height: bigint;
  readonly blockHash: string;
  readonly regime: BlockHeader['regime'];
}

const refuse = (why: string) => fail('receipt_invalid', why);

/** What is proved: inclusion, finality and attestation. That the result is right is proved by recomputing the job. */
export async function verifyReceipt(
  receipt: Receipt,
  pinnedGenesis: Hash,
  verify: VerifySignature,
): Promise<Result<VerifiedReceipt>> {
  if (receipt.version !== RECEIPT_VERSION) return refuse('unknown version');
  const network = pinGenesis(receipt.genesis, pinnedGenesis);
  if (!network.ok) return network.code === 'genesis_invalid' ? refuse('the genesis does not decode') : network;
  const { genesis, hash } = network.value;
  const headers = await receiptHeaders(receipt, network.value, verify);
  if (typeof headers === 'string') return refuse(headers);
  const taken: TakenTransaction[] = [];
  for (const item of receipt.transactions) {
    const result = await takenTransaction(item, headers, network.value, verify);
    if (typeof result === 'string') return refuse(result);
    taken.push(result);
  }
  const spare = spareBlock(receipt);
  if (spare !== undefined) return refuse(spare);
  const story = storyOf(receipt.order, taken, genesis);
  if (typeof story === 'string') return refuse(story);
  const last = headers.at(-1) as FinalHeader;
  return ok({
    ...story,
    genesis: bytesToHex(hash),
    network: genesis.network,
    mode: genesis.mode,
    height: last.header.height,
    blockHash: bytesToHex(last.hash),
    regime: last.header.regime,
  });
}

/**
 * A block that holds none of the transactions is there to link the ones around it: neither the first nor the last, and without a
 * certificate. So the last block is the one that settled the order.
 */
function spareBlock({ blocks, transactions }: Receipt): string | undefined {
  const used = new Set(transactions.map(({ block }) => block));
  const isSpare = blocks.some((block, i) => !used.has(i) && (i === 0 || i === blocks.length - 1 || !isLinked(block)));
  return isSpare ? 'a block that nothing is in' : undefined;
}

/** The headers of a receipt's blocks, all of them final; or why they are not. From the last one back, as each may rest on the next. */
export async function receiptHeaders(
  { blocks }: Pick<Receipt, 'blocks'>,
  network: PinnedNetwork,
  verify: VerifySignature,
): Promise<FinalHeader[] | string> {
  if (blocks.length === 0) return 'no block';
  const headers: FinalHeader[] = [];
  for (const block of blocks.toReversed()) {
    const [next] = headers;
    const made =
      next && isLinked(block)
        ? parentHeader(network, block.header, next)
        : await finalHeader(network, block.header, (header) => certificateIn(block, header), verify);
    if (!made.ok) return made.evidence ?? made.code;
    if (next && made.value.header.height >= next.header.height) return 'blocks out of order';
    if (next && made.value.header.timeMs > next.header.timeMs) return 'time runs backwards';
    headers.unshift(made.value);
  }
  return headers;
}

async function takenTransaction(
  item: Receipt['transactions'][number],
  headers: readonly FinalHeader[],
  { genesis, hash }: PinnedNetwork,
  verify: VerifySignature,
): Promise<TakenTransaction | string> {
  const header = headers[item.block]?.header;
  if (!header) return 'a transaction names a block that is not there';
  const parsed = parseTransaction(item.bytes, hash);
  if (!parsed.ok) return `a transaction is malformed: ${parsed.code}`;
  if (!verifyMerklePath(item.bytes, item.index, header.txCount, item.path, header.txRoot))
    return 'a transaction is not in its block';
  const outcome = encodeOutcome({ entries: item.outcome });
  if (!verifyMerklePath(outcome, item.index, header.txCount, item.outcomePath, header.receiptRoot)) {
    return 'an outcome is not in its block';
  }
  const context: RuleContext = { genesis, genesisHash: hash, height: header.height, timeMs: header.timeMs };
  const fault = await signatureFaultBy(receiptRuleOf, parsed.value, context, verify);
  if (fault === 'tx_malformed') return 'a transaction that is not part of an order';
  if (fault) return 'a signature of a transaction does not verify';
  return {
    tx: parsed.value,
    hash: transactionHash(item.bytes),
    outcome: item.outcome,
    position: [item.block, item.index],
    height: header.height,
    timeMs: header.timeMs,
  };
}

/** Offline verification of a receipt against a pinned genesis hash. Pure: the signature check is injected. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { certificateFault, decodeCertificate } from '../block/certificate.ts';
import { type BlockHeader, decodeHeader } from '../block/header.ts';
import type { VerifySignature } from '../ed25519.ts';
import { fail, ok, type Result } from '../errors.ts';
import { decodeGenesis, electionRoot, encodeGenesis, type Genesis, genesisHash } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { verifyMerklePath } from '../merkle.ts';
import { encodeOutcome, signatureFault } from '../transition.ts';
import { parseTransaction, transactionHash } from '../tx/envelope.ts';
import type { RuleContext } from '../tx/rule.ts';
import { RECEIPT_VERSION, type Receipt } from './receipt.ts';
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
  const genesis = readGenesis(receipt.genesis);
  if (!genesis) return refuse('the genesis does not decode');
  const hash = genesisHash(genesis);
  if (!equalBytes(hash, pinnedGenesis)) return fail('foreign_network', `genesis ${bytesToHex(hash)}`);
  const headers = await finalHeaders(receipt, genesis, hash, verify);
  if (typeof headers === 'string') return refuse(headers);
  const taken: TakenTransaction[] = [];
  for (const item of receipt.transactions) {
    const result = await takenTransaction(item, headers, genesis, hash, verify);
    if (typeof result === 'string') return refuse(result);
    taken.push(result);
  }
  // Each block holds one of the transactions, so the last block is the one that settled the order.
  if (new Set(taken.map(({ position }) => position[0])).size !== headers.length)
    return refuse('a block that nothing is in');
  const story = storyOf(receipt.order, taken, genesis);
  if (typeof story === 'string') return refuse(story);
  const last = headers.at(-1) as BlockHeader;
  return ok({
    ...story,
    genesis: bytesToHex(hash),
    network: genesis.network,
    mode: genesis.mode,
    height: last.height,
    blockHash: bytesToHex(decodeCertificate((receipt.blocks.at(-1) as Receipt['blocks'][number]).certificate).block),
    regime: last.regime,
  });
}

function readGenesis(bytes: Uint8Array): Genesis | undefined {
  try {
    const genesis = decodeGenesis(bytes);
    return equalBytes(encodeGenesis(genesis), bytes) ? genesis : undefined;
  } catch {
    return undefined;
  }
}

async function finalHeaders(
  receipt: Receipt,
  genesis: Genesis,
  hash: Hash,
  verify: VerifySignature,
): Promise<BlockHeader[] | string> {
  if (receipt.blocks.length === 0) return 'no block';
  const headers: BlockHeader[] = [];
  for (const block of receipt.blocks) {
    let header: BlockHeader;
    let fault: string | undefined;
    try {
      header = decodeHeader(block.header);
      fault = await certificateFault(header, decodeCertificate(block.certificate), genesis.seats, verify);
    } catch {
      return 'a header or certificate does not decode';
    }
    if (fault) return fault;
    if (!equalBytes(header.genesis, hash)) return 'a block of another network';
    if (!equalBytes(header.electionRoot, electionRoot(genesis))) return 'a block of another seat set';
    const previous = headers.at(-1);
    if (previous && header.height <= previous.height) return 'blocks out of order';
    headers.push(header);
  }
  return headers;
}

async function takenTransaction(
  item: Receipt['transactions'][number],
  headers: readonly BlockHeader[],
  genesis: Genesis,
  hash: Hash,
  verify: VerifySignature,
): Promise<TakenTransaction | string> {
  const header = headers[item.block];
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
  if (await signatureFault(parsed.value, context, verify)) return 'a signature of a transaction does not verify';
  return {
    tx: parsed.value,
    hash: transactionHash(item.bytes),
    outcome: item.outcome,
    position: [item.block, item.index],
    height: header.height,
    timeMs: header.timeMs,
  };
}

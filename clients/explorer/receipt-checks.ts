/**
 * A receipt, checked in the open: each kind of proof by itself, for the reader to see, and then all of it by the verifier that
 * `hai verify` runs. The verdict is the verifier's alone.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { decodeHeader } from '../../protocol/block/header.ts';
import { verifyMerklePath } from '../../protocol/merkle.ts';
import { encodeOutcome } from '../../protocol/outcome.ts';
import { type PinnedNetwork, pinGenesis } from '../../protocol/proof/final-header.ts';
import type { Receipt } from '../../protocol/proof/receipt.ts';
import { parseReceiptFile } from '../../protocol/proof/receipt-file.ts';
import { receiptHeaders } from '../../protocol/proof/verify-receipt.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { verifyReceiptText } from '../sdk/light.ts';
import type { ReceiptCheck, ReceiptVerdict } from './receipt-verdict.ts';

/** Of all blocks, those that rest on the next one's certificate included; undefined where one does not hold. */
async function signaturesOfBlocks(receipt: Receipt, network: PinnedNetwork): Promise<number | undefined> {
  const headers = await receiptHeaders(receipt, network, verifyFast);
  if (typeof headers === 'string') return undefined;
  return receipt.blocks.reduce((count, { signatures }) => count + signatures.length, 0);
}

function isIncluded(receipt: Receipt): boolean {
  return receipt.transactions.every(({ block, index, bytes, path, outcome, outcomePath }) => {
    const taken = receipt.blocks[block];
    if (!taken) return false;
    const { txCount, txRoot, receiptRoot } = decodeHeader(taken.header);
    const recorded = encodeOutcome({ entries: outcome });
    return (
      verifyMerklePath(bytes, index, txCount, path, txRoot) &&
      verifyMerklePath(recorded, index, txCount, outcomePath, receiptRoot)
    );
  });
}

/** The first check that does not hold, and what there was to count. */
async function firstRefusal(
  receipt: Receipt,
  pin: string,
): Promise<{ at: ReceiptCheck | undefined; signatures: number }> {
  try {
    const network = pinGenesis(receipt.genesis, hexToBytes(pin));
    if (!network.ok) return { at: 'network', signatures: 0 };
    const signatures = await signaturesOfBlocks(receipt, network.value);
    if (signatures === undefined) return { at: 'certificates', signatures: 0 };
    return { at: isIncluded(receipt) ? undefined : 'inclusion', signatures };
  } catch {
    return { at: 'network', signatures: 0 };
  }
}

/** `text`: a receipt.json, byte for byte. `pin`: the genesis hash that the reader trusts, 64 hex digits. No network. */
export async function checkReceipt(text: string, pin: string): Promise<ReceiptVerdict> {
  const verdict = await verifyReceiptText(text, pin);
  const verified = verdict.ok ? verdict.value : undefined;
  const refused = verdict.ok ? undefined : verdict;
  const said = { verified, code: refused?.code, reason: refused?.evidence };
  const receipt = parseReceiptFile(text);
  if (!receipt) return { ...said, refusedAt: 'form', counts: undefined };
  const { at, signatures } = await firstRefusal(receipt, pin);
  const counts = {
    blocks: receipt.blocks.length,
    signatures,
    transactions: receipt.transactions.length,
  };
  // Whatever the single checks see, only the verifier accepts.
  return { ...said, counts, refusedAt: refused ? (at ?? 'story') : undefined };
}

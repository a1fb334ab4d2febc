/**
 * receipt.json: the canonical bytes in base64, with the few fields that a reader wants in the clear. There is one text for
 * a receipt: parsing re-makes it and compares, so no byte of the file can change unnoticed.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { taggedHash } from '../hash.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from './receipt.ts';

const FORMAT = 'hai-receipt/2';
/** 64 KiB: a receipt is some 10 KB; anything much larger is not one. */
export const RECEIPT_FILE_BYTES_MAX = 65_536;

export function receiptFile(receipt: Receipt): string {
  const file = {
    format: FORMAT,
    genesis: bytesToHex(taggedHash('HAI/genesis/1', receipt.genesis)),
    order: bytesToHex(receipt.order),
    receipt: base64.encode(encodeReceipt(receipt)),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** The receipt, or undefined when the text is not exactly the file of one. */
export function parseReceiptFile(text: string): Receipt | undefined {
  if (text.length > RECEIPT_FILE_BYTES_MAX) return undefined;
  let bytes: Uint8Array;
  try {
    const file = JSON.parse(text) as { receipt?: unknown } | null;
    if (typeof file?.receipt !== 'string') return undefined;
    bytes = base64.decode(file.receipt);
  } catch {
    return undefined;
  }
  const receipt = decodeReceipt(bytes);
  return receipt && receiptFile(receipt) === text ? receipt : undefined;
}

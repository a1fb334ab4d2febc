/** A receipt's file against a pinned genesis. */
import type { VerifySignature } from '../../protocol/ed25519.ts';
import type { Result } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import { parseReceiptFile } from '../../protocol/proof/receipt-file.ts';
import { type VerifiedReceipt, verifyReceipt } from '../../protocol/proof/verify-receipt.ts';
import { fail } from '../../protocol/result.ts';

/** `text` is a receipt.json, byte for byte. Refuses with `receipt_invalid` or `foreign_network`. */
export async function verifyReceiptText(
  text: string,
  genesis: Hash,
  verify: VerifySignature,
): Promise<Result<VerifiedReceipt>> {
  const receipt = parseReceiptFile(text);
  if (!receipt) return fail('receipt_invalid', 'the text is not the file of a receipt');
  return verifyReceipt(receipt, genesis, verify);
}

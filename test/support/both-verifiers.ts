/** The verifier of receipts and the second one, that shares no code with it. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { verifyReceiptText } from '../../clients/light/receipt-text.ts';
import type { VerifySignature } from '../../protocol/ed25519.ts';
import { Refused } from '../independent/bytes.ts';
import { verifyReceiptIndependently } from '../independent/verify-receipt.ts';
import type { TestNetwork } from './network.ts';

/** True or false where both say the same of a receipt.json; throws where they differ. */
export function bothVerifiers({ hash }: TestNetwork, verify: VerifySignature): (text: string) => Promise<boolean> {
  return async (text) => {
    const ours = await verifyReceiptText(text, hash, verify);
    const theirs = verifyReceiptIndependently(text, bytesToHex(hash));
    const accepted = !(theirs instanceof Refused);
    if (ours.ok !== accepted) {
      const said = theirs instanceof Refused ? theirs.message : 'accepted';
      throw new Error(`ours: ${ours.ok ? 'accepted' : ours.evidence}; theirs: ${said}`);
    }
    return accepted;
  };
}

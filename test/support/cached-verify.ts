/** The signature port with a memory: a receipt that was changed in one byte keeps most of its signatures. */
import type { VerifySignature } from '../../protocol/ed25519.ts';
import { verifyFast } from '../../sealing/signatures.ts';

export function cachedVerify(): VerifySignature {
  const verdicts = new Map<string, boolean>();
  return async (publicKey, message, signature, scheme) => {
    const question = Buffer.concat([publicKey, signature, message]).toString('latin1');
    const verdict = verdicts.get(question) ?? (await verifyFast(publicKey, message, signature, scheme));
    verdicts.set(question, verdict);
    return verdict;
  };
}

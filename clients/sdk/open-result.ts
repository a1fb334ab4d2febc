/** Decrypts a result and holds it against the root that was checked, settled and sealed. No network. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { openContent } from '../../sealing/content.ts';
import { UntrustedError } from './errors.ts';

/** The leaves of a result: one a row of a prediction, the whole of a model. */
export type SplitResult = (plaintext: Uint8Array) => readonly Uint8Array[];

export const wholeResult: SplitResult = (plaintext) => [plaintext];

/**
 * The plaintext. Throws UntrustedError when the ciphertext is not this key's, or the plaintext is not what the order's root
 * commits to. The root is the network's word until a receipt with the same root is verified (light.ts).
 */
export async function openResult(
  order: Pick<WireOrder, 'id' | 'resultRoot' | 'results'>,
  contentKey: Uint8Array,
  ciphertext: Uint8Array,
  split: SplitResult = wholeResult,
): Promise<Uint8Array> {
  const plaintext = await openContent(contentKey, 'result', ciphertext);
  if (!plaintext) throw new UntrustedError(`the result of order ${order.id} does not open under its content key`);
  const leaves = split(plaintext);
  const root = bytesToHex(resultRoot(resultSalt(contentKey), leaves));
  if (root !== order.resultRoot || leaves.length !== order.results) {
    throw new UntrustedError(`the result of order ${order.id} is not the one that its root commits to`);
  }
  return plaintext;
}

/** What hpu/hash/sha256.ts means, by @noble/hashes, one message at a time. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { merkleRoot } from '../../protocol/merkle.ts';
import type { NonceSearch } from '../hash/nonce-search.ts';

export const hashEachReference = (messages: readonly Uint8Array[]): Uint8Array =>
  concatBytes(...messages.map((message) => sha256(message)));

export const merkleRootReference = merkleRoot;

/** Every nonce hashes the whole preimage: no state is kept. */
export function searchNonceReference({ preimage, nonceAt, start, count, target }: NonceSearch): bigint | undefined {
  const message = preimage.slice();
  const view = new DataView(message.buffer);
  for (let i = 0; i < count; i++) {
    view.setBigUint64(nonceAt, start + BigInt(i), true);
    if (isBelow(sha256(message), target)) return start + BigInt(i);
  }
  return undefined;
}

/** As big-endian numbers of one length. */
function isBelow(digest: Uint8Array, target: Uint8Array): boolean {
  const at = digest.findIndex((byte, i) => byte !== target[i]);
  return at >= 0 && (digest[at] as number) < (target[at] as number);
}

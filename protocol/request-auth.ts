/**
 * Requests that change something off the chain (uploads, webhooks) are signed by an account, like a transaction:
 * `HAI/request/1` || genesis hash || SHA-256 of "METHOD\npath?query\nexpires" || SHA-256 of the body.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { domain, type Hash } from './hash.ts';

/** How far ahead a signed request's expiry may lie: a stolen one is of no use after that. */
export const REQUEST_EXPIRY_MS_MAX = 300_000n;

export const AUTH_HEADERS = { account: 'hai-account', expires: 'hai-expires', signature: 'hai-signature' } as const;

export interface SignedRequest {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly expiresMs: bigint;
  readonly bodyHash: Hash;
}

export function requestBytes(genesisHash: Hash, request: SignedRequest): Uint8Array {
  const line = utf8ToBytes(`${request.method.toUpperCase()}\n${request.path}\n${request.expiresMs}`);
  return concatBytes(domain('HAI/request/1'), genesisHash, sha256(line), request.bodyHash);
}

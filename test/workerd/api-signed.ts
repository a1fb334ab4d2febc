/** Requests signed by an account, as protocol/request-auth.ts says. */
import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { sign } from '../../protocol/ed25519.ts';
import { AUTH_HEADERS, requestBytes } from '../../protocol/request-auth.ts';
import { keyPair } from '../support/keys.ts';
import { call } from './api-caller.ts';

export interface SignedCall {
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly key?: string;
  /** Unix ms from now; a minute unless given. */
  readonly expiresInMs?: number;
  /** Signs for this path, method or body instead of the one that is sent. */
  readonly signedAs?: { readonly method?: string; readonly path?: string; readonly body?: Uint8Array };
}

export function signer(name: string, genesisHash: Uint8Array) {
  const { seed, address } = keyPair(name);
  return (method: string, path: string, options: SignedCall = {}): Promise<Response> => {
    const { json, bytes, key, expiresInMs = 60_000, signedAs = {} } = options;
    const text = json === undefined ? undefined : JSON.stringify(json);
    const body = bytes ?? new TextEncoder().encode(text ?? '');
    const expiresMs = BigInt(Date.now() + expiresInMs);
    const message = requestBytes(genesisHash, {
      method: signedAs.method ?? method,
      path: signedAs.path ?? path,
      expiresMs,
      bodyHash: sha256(signedAs.body ?? body),
    });
    return call(method, path, {
      ...(body.length === 0 ? {} : { bytes: body as Uint8Array<ArrayBuffer> }),
      ...(key === undefined ? {} : { key }),
      headers: {
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        [AUTH_HEADERS.account]: address,
        [AUTH_HEADERS.expires]: expiresMs.toString(),
        [AUTH_HEADERS.signature]: base64.encode(sign(seed, message)),
      },
    });
  };
}

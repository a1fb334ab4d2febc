/** Headers of a request that an account signs (protocol/request-auth.ts): uploads, deletions, webhooks. */
import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { AUTH_HEADERS, requestBytes } from '../../protocol/request-auth.ts';
import type { Context } from './context.ts';
import { type ApiRequest, bodyBytes, TRY_MS_MAX } from './transport.ts';

/** How far this clock may be behind the server's. It may be ahead by what REQUEST_EXPIRY_MS_MAX leaves: two minutes. */
const CLOCK_BEHIND_MS_MAX = 60_000;
const VALID_MS = TRY_MS_MAX + CLOCK_BEHIND_MS_MAX;

/** The request with a signature for each try: one alone may take the time that a signature is valid. */
export async function signedRequest(context: Context, request: ApiRequest): Promise<ApiRequest> {
  const account = context.account();
  const { hash } = await context.network();
  // The path as the server sees it: with whatever path the network's URL has.
  const { pathname, search } = new URL(`${context.transport.url}${request.path}`);
  const said = { method: request.method, path: `${pathname}${search}`, bodyHash: sha256(bodyBytes(request.body)) };
  return {
    ...request,
    async headersOfTry() {
      const expiresMs = BigInt(Date.now() + VALID_MS);
      return {
        [AUTH_HEADERS.account]: account.address,
        [AUTH_HEADERS.expires]: expiresMs.toString(),
        [AUTH_HEADERS.signature]: base64.encode(await account.sign(requestBytes(hash, { ...said, expiresMs }))),
      };
    },
  };
}

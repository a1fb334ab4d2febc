/** Headers of a request that an account signs (protocol/request-auth.ts): uploads, deletions, webhooks. */
import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { AUTH_HEADERS, requestBytes } from '../../protocol/request-auth.ts';
import type { Context } from './context.ts';
import { type ApiRequest, bodyBytes } from './transport.ts';

/** Well within REQUEST_EXPIRY_MS_MAX, so that clocks may differ by minutes. */
const VALID_MS = 120_000;

/** The request with its signature. Retries send the same headers: they fit into the time that it is valid. */
export async function signedRequest(context: Context, request: ApiRequest): Promise<ApiRequest> {
  const account = context.account();
  const { hash } = await context.network();
  const expiresMs = BigInt(Date.now() + VALID_MS);
  // The path as the server sees it: with whatever path the network's URL has.
  const { pathname, search } = new URL(`${context.transport.url}${request.path}`);
  const message = requestBytes(hash, {
    method: request.method,
    path: `${pathname}${search}`,
    expiresMs,
    bodyHash: sha256(bodyBytes(request.body)),
  });
  const headers = {
    ...request.headers,
    [AUTH_HEADERS.account]: account.address,
    [AUTH_HEADERS.expires]: expiresMs.toString(),
    [AUTH_HEADERS.signature]: base64.encode(await account.sign(message)),
  };
  return { ...request, headers };
}

/** Requests that an account signs (protocol/request-auth.ts): uploads and webhooks, whose effects are not on the chain. */
import { base64 } from '@scure/base';
import { parseAddress } from '../../protocol/address.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Hash } from '../../protocol/hash.ts';
import { AUTH_HEADERS, REQUEST_EXPIRY_MS_MAX, requestBytes, type SignedRequest } from '../../protocol/request-auth.ts';
import { verifyFast } from '../../sealing/signatures.ts';

export interface Credentials {
  readonly account: Uint8Array;
  readonly expiresMs: bigint;
  readonly signature: Uint8Array;
}

function base64Signature(text: string): Uint8Array | undefined {
  // 64 bytes in base64 are 88 characters: anything else is not decoded.
  if (text.length !== 88) return undefined;
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}

/** `header` is a request's header by its name, undefined when it is not there. */
export function parseCredentials(header: (name: string) => string | undefined): Result<Credentials> {
  const account = header(AUTH_HEADERS.account);
  const expires = header(AUTH_HEADERS.expires);
  const signature = header(AUTH_HEADERS.signature);
  if (account === undefined || expires === undefined || signature === undefined) {
    return fail('auth_required', `${Object.values(AUTH_HEADERS).join(', ')} are needed`);
  }
  const key = parseAddress(account);
  if (!key) return fail('invalid_field', 'not an address (hai1...)', AUTH_HEADERS.account);
  if (!/^[1-9]\d{0,18}$/.test(expires)) return fail('invalid_field', 'not Unix ms', AUTH_HEADERS.expires);
  const bytes = base64Signature(signature);
  if (bytes?.length !== 64) return fail('invalid_field', 'not 64 bytes in base64', AUTH_HEADERS.signature);
  return ok({ account: key, expiresMs: BigInt(expires), signature: bytes });
}

/** The account, when it signed exactly this request and the signature is still of use at `nowMs`. */
export async function verifyCredentials(
  { account, expiresMs, signature }: Credentials,
  request: Omit<SignedRequest, 'expiresMs'>,
  genesisHash: Hash,
  nowMs: bigint,
): Promise<Result<Uint8Array>> {
  const message = requestBytes(genesisHash, { ...request, expiresMs });
  if (!(await verifyFast(account, message, signature))) return fail('bad_signature');
  if (expiresMs < nowMs) return fail('auth_expired', 'expired');
  if (expiresMs > nowMs + REQUEST_EXPIRY_MS_MAX)
    return fail('auth_expired', `more than ${REQUEST_EXPIRY_MS_MAX} ms ahead`);
  return ok(account);
}

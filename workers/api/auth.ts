/** Who signed this request. */
import type { Result } from '../../protocol/errors.ts';
import { networkOf } from '../network.ts';
import { type ApiContext, pathOf } from './context.ts';
import { parseCredentials, verifyCredentials } from './credentials.ts';
import { sha256Of } from './digest.ts';

export async function signerOf(c: ApiContext): Promise<Result<Uint8Array>> {
  const credentials = parseCredentials((name) => c.req.header(name));
  if (!credentials.ok) return credentials;
  const { hash } = await networkOf(c.env);
  const request = { method: c.req.raw.method, path: pathOf(c.req.raw), bodyHash: await sha256Of(c.get('body')) };
  return verifyCredentials(credentials.value, request, hash, BigInt(Date.now()));
}

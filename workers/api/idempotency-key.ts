/** An Idempotency-Key, and what makes two requests the same under it. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { sha256Of } from './digest.ts';

const HEADER = 'Idempotency-Key';
const KEY = /^[\x21-\x7e]{1,255}$/;

export function parseIdempotencyKey(header: string | undefined): Result<string> {
  if (header === undefined) return fail('idempotency_key_required', undefined, HEADER);
  return KEY.test(header) ? ok(header) : fail('invalid_field', '1 to 255 visible ASCII characters', HEADER);
}

/** What makes two requests the same: method, path with query, and the body's bytes (by their hash, of fixed length). */
export async function requestHash(method: string, path: string, body: Uint8Array): Promise<Uint8Array> {
  return sha256(concatBytes(utf8ToBytes(`${method}\n${path}\n`), await sha256Of(body)));
}

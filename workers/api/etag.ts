/** Entity tags: a client that holds an answer is told whether it is still the same. */
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256Of } from './digest.ts';

/** RFC 9110 13.1.2: a list of tags or `*`; weak comparison. */
export function isNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** JSON under the hash of its text; 304 to whoever names that. */
export async function taggedJson(value: object, ifNoneMatch: string | undefined): Promise<Response> {
  const text = JSON.stringify(value);
  const etag = `"${bytesToHex(await sha256Of(utf8ToBytes(text)))}"`;
  const headers = { etag, 'cache-control': 'public, no-cache' };
  if (isNoneMatch(ifNoneMatch, etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, 'content-type': 'application/json' } });
}

/** The fields of requests: parsed at the edge into bytes and integers, one schema a kind. */
import { z } from '@hono/zod-openapi';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { parseAddress } from '../../protocol/address.ts';
import { PRICE_TABLE_VERSION } from '../../protocol/cycles.ts';
import { REGIONS } from '../../protocol/regions.ts';
import { type CursorKind, decodeCursor } from './cursor.ts';

// zod compiles parsers with `new Function` where it may; a Worker may not, and the two must not differ.
z.config({ jitless: true });

const U64_MAX = (1n << 64n) - 1n;
/** Of a public answer, documented and not parsed. */
export const decimalText = z.string().openapi({ pattern: '^(0|[1-9][0-9]*)$', example: '100000000' });
export const hexText = z.string().openapi({ pattern: '^[0-9a-f]{64}$' });
export const addressText = z.string().openapi({ pattern: '^hai1[02-9ac-hj-np-z]+$' });
export const base64Text = z.string().openapi({ format: 'byte' });
export const regionName = z.enum(REGIONS);
export const priceTableVersion = z.literal(PRICE_TABLE_VERSION).openapi({ type: 'integer' });

/** Bytes, from 64 lower-case hex digits. */
export const hash32 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits')
  .transform(hexToBytes)
  .openapi({ type: 'string', pattern: '^[0-9a-f]{64}$' });

/** An account's 32 bytes, from its address. */
export const account = z
  .string()
  .transform((text, context) => {
    const bytes = parseAddress(text);
    if (bytes) return bytes;
    context.addIssue({ code: 'custom', message: 'not an address (hai1...)' });
    return z.NEVER;
  })
  .openapi({ type: 'string', pattern: '^hai1[02-9ac-hj-np-z]+$' });

/** Canonical base64 (RFC 4648 section 4: padded, no white space, zero spare bits). The body's bound is its bound. */
export const base64Bytes = z
  .string()
  .transform((text, context) => {
    try {
      return base64.decode(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'not canonical base64' });
      return z.NEVER;
    }
  })
  .openapi({ type: 'string', format: 'byte' });

/** An unsigned integer below 2^64, as a canonical decimal string: never a JSON number, which is exact only below 2^53. */
export const u64 = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/, 'not a canonical decimal string')
  .transform((text, context) => {
    const value = BigInt(text);
    if (value <= U64_MAX) return value;
    context.addIssue({ code: 'custom', message: 'above 2^64 - 1' });
    return z.NEVER;
  })
  .openapi({ type: 'string', pattern: '^(0|[1-9][0-9]{0,19})$', example: '100000000' });

const PAGE_DEFAULT = 20;
export const PAGE_MAX = 100;

/** Rows of a page: as many as are asked for, or `rows`. */
export const pageLimitOr = (rows: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, `not an integer from 1 to ${PAGE_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= PAGE_MAX, `not an integer from 1 to ${PAGE_MAX}`)
    .optional()
    .transform((limit) => limit ?? rows)
    .openapi({ type: 'integer', minimum: 1, maximum: PAGE_MAX, default: rows });

export const pageLimit = pageLimitOr(PAGE_DEFAULT);

/** A cursor of this kind of list, as its last page gave it in `next`. */
export function pageCursor(kind: CursorKind) {
  return z
    .string()
    .transform((text, context) => {
      const position = decodeCursor(kind, text);
      if (position !== undefined) return position;
      context.addIssue({ code: 'custom', message: `not a cursor of this list` });
      return z.NEVER;
    })
    .optional()
    .openapi({ type: 'string', description: '`next` of the page before' });
}
